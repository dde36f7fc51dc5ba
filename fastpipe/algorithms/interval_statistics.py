"""Statistics of every channel in one interval of a recording, and the sum over the band sample by sample."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.interval_sums import IntervalSums, Spectra, series_values
from fastpipe.algorithms.lane_fft import transform_passes
from fastpipe.algorithms.reference_levels import ReferenceLevels
from fastpipe.constants import LANES
from fastpipe.data.channel_statistics import IntervalStatistics
from fastpipe_kernels.interval_statistics import FLUSH_ROWS
from fastpipe_kernels.largest_powers import largest_powers

PART_MULTIPLE = FLUSH_ROWS
"""Where the parts of an interval begin at multiples of this many samples, their number does not change a bit."""

LONGEST_SAMPLE_S = 0.5e-3
"""Longest time whose samples are added into one of the series that are searched for periodic interference, in s."""

_ALIGNED_SAMPLES = 64
_FIRST_BIN = 5

_ROUNDING = 1e-6
"""Variance over mean square, or power over that of white noise, below which it is what float32 leaves of a constant."""


@dataclass(frozen=True, slots=True)
class IntervalGrid:
    """How a recording is cut into intervals of time."""

    interval_samples: int
    """Samples of an interval; the last one may be shorter."""
    decimation: int
    """Samples added into one of the series that are searched for periodic interference, a power of two."""


def interval_grid(tsamp: float, interval_s: float) -> IntervalGrid:
    """Choose the length of the intervals.

    Parameters
    ----------
    tsamp
        Sampling time in s.
    interval_s
        Wanted length of an interval in s.

    Returns
    -------
    IntervalGrid
        Series of at most `LONGEST_SAMPLE_S` a sample, and the length nearest to `interval_s` whose series have 2^a 3^b 5^c
        samples; a multiple of 64 where it is longer than 64, so that nothing that adds up to 64 samples lies in two
        intervals.

    Examples
    --------
    >>> interval_grid(49.152e-6, 1.0)
    IntervalGrid(interval_samples=20480, decimation=8)
    """
    decimation = 1 << max(0, math.floor(math.log2(LONGEST_SAMPLE_S / tsamp)))
    wanted = interval_s / tsamp
    unit = max(decimation, _ALIGNED_SAMPLES) if wanted > _ALIGNED_SAMPLES else decimation
    units = max(wanted / unit, 1.0)
    shorter = _smooth_at_most(math.floor(units))
    longer = next(number for number in range(math.ceil(units), 2 * math.ceil(units) + 1) if _is_smooth(number))
    return IntervalGrid(unit * (longer if longer * shorter < units**2 else shorter), decimation)


def interval_statistics(
    parts: Iterable[tuple[int, Spectra]],
    nsamples: int,
    reference: ReferenceLevels,
    decimation: int,
    *,
    count_ends: bool,
    space: NDArray[np.float32] | None = None,
) -> IntervalStatistics:
    """Take the statistics of one interval.

    Parameters
    ----------
    parts
        First sample, counted from the start of the interval, and spectra, uint8 or float32 [n, nchans], of everything that
        was recorded in the interval, in the order of time; channels in file order.
    nsamples
        Length of the interval.
    reference
        Levels that the sum over the band is counted from.
    decimation
        Samples added into one of the series that are searched for periodic interference, a power of two.
    count_ends
        True to count 0 and 255 in spectra of uint8 as clipped.
    space
        Memory to work in, at least `series_values(nchans, nsamples, decimation)` float32; made anew by default.

    Returns
    -------
    IntervalStatistics
        Of one interval. Values that are not finite, or more than 1e9 reference deviations from the level, are left out, and
        count as the level in the sum over the band. The powers are those of bins from 5 up, over the mean of all
        powers; mean and gaps are taken out before.

    Notes
    -----
    Mean, standard deviation and largest power are what the tests of PRESTO's rfifind rest on; skewness and kurtosis
    are those of Men et al. 2023, A&A 679, A20.
    """
    nchans = len(reference.mean)
    remaining = iter(parts)
    head = next(remaining, (0, np.empty((0, nchans), np.uint8)))
    work = np.empty(series_values(nchans, nsamples, decimation), np.float32) if space is None else space
    sums = IntervalSums(nsamples, decimation, reference, head[1], work)
    for first, data in chain([head], remaining):
        sums.add(first, data)
    counts = sums.counts
    mean, std, skewness, kurtosis = _moments(
        sums.sums[1:] / np.maximum(sums.nrecorded if sums.is_bytes else sums.sums[0], 1.0)
    )
    powers = _largest_powers(sums.filled_series(mean), nsamples // decimation, mean, std, decimation)
    clipped = sums.sums[0] / max(sums.nrecorded, 1) * (count_ends and sums.is_bytes)
    own = slice(nchans)
    return IntervalStatistics(
        interval_samples=nsamples,
        nsamples=nsamples,
        counts=counts[None],
        mean=(sums.level + mean[own] / sums.scale)[None],
        std=(std[own] / sums.scale)[None],
        skewness=skewness[None, own],
        kurtosis=kurtosis[None, own],
        fourier_power=powers[None, own],
        clipped=clipped[None, own],
        zero_dm=sums.zero_dm,
    )


def _moments(means: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return mean, standard deviation, skewness and excess kurtosis from means of y, y^2, y^3 and y^4, shape [4, nchans]."""
    mean, square, cube, fourth = means
    variance = square - mean**2
    is_noise = variance > _ROUNDING * square
    std = np.sqrt(np.where(is_noise, variance, 0.0))
    unit = np.where(is_noise, std, 1.0)
    third_moment = cube - 3 * mean * square + 2 * mean**3
    fourth_moment = fourth - 4 * mean * cube + 6 * mean**2 * square - 3 * mean**4
    skewness = np.where(is_noise, third_moment / unit**3, 0.0)
    return mean, std, skewness, np.where(is_noise, fourth_moment / unit**4 - 3.0, 0.0)


def _largest_powers(
    series: NDArray[np.float32], nseries: int, mean: NDArray[np.float64], std: NDArray[np.float64], decimation: int
) -> NDArray[np.float64]:
    """Return the largest power of every channel over the mean of its powers, of `nseries` samples."""
    found = np.zeros((len(series), 2, LANES), np.float32)
    length = _smooth_at_most(max(nseries, 1))
    npowers = (length + 1) // 2 - 1
    if npowers < _FIRST_BIN:
        return np.zeros(series.shape[0] * LANES)
    gain = np.where(std > 0, 1.0 / np.maximum(std, np.finfo(np.float64).tiny) / np.sqrt(decimation), 0.0)
    scaling = np.stack([mean * decimation, gain]).astype(np.float32).reshape(2, -1, LANES).transpose(1, 0, 2).copy()
    scratch = np.empty(3 * length * LANES, np.float32)
    largest_powers(series, scaling, transform_passes(length), _FIRST_BIN, scratch, found)
    largest, total = found.astype(np.float64).transpose(1, 0, 2).reshape(2, -1)
    # White noise has a mean power of `length`, as the series were divided by their standard deviation.
    is_noise = total > _ROUNDING * length * npowers
    return np.where(is_noise, largest * npowers / np.where(is_noise, total, 1.0), 0.0)


def join_intervals(intervals: Sequence[IntervalStatistics], interval_samples: int) -> IntervalStatistics:
    """Put the statistics of all intervals of a recording, in the order of time, into one table."""
    names = ("counts", "mean", "std", "skewness", "kurtosis", "fourier_power", "clipped", "zero_dm")
    joined = {name: np.concatenate([getattr(interval, name) for interval in intervals]) for name in names}
    return IntervalStatistics(
        interval_samples=interval_samples, nsamples=sum(interval.nsamples for interval in intervals), **joined
    )


def _is_smooth(number: int) -> bool:
    """Return True for 2^a 3^b 5^c."""
    return pow(30, 64, number) == 0


def _smooth_at_most(limit: int) -> int:
    """Return the largest 2^a 3^b 5^c that is not above a limit of at least 1."""
    return next(number for number in range(limit, 0, -1) if _is_smooth(number))
