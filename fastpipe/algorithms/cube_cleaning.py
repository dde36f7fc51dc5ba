"""Interference in folded cubes: profiles of single cells that do not look like those of the others.

The features and the rule are those of clfd (Morello et al. 2019, MNRAS 483, 3673): standard deviation, range and amplitude
of the fundamental of each profile, and Tukey's rule on each. Unlike there, they are those of what is left of a profile
without the pulse, so that a bright pulsar, or one that is there in few cells, is no outlier.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from fastpipe.algorithms.cube_noise import cube_noise
from fastpipe.constants import LANES
from fastpipe.data.folded_cube import FoldedCube
from fastpipe_kernels.fold_noise import column_medians

_FENCE: Final = 3.0
"""Interquartile ranges above the upper quartile at which Tukey's rule draws the line. The 2 of clfd take 0.7 % of the
profiles of noise, these take up to 7 in 10,000."""
_LEAST_CELLS: Final = 16
"""Profiles with data without which quartiles tell nothing."""
_LEAST_PARTS: Final = 4
"""Sub-integrations, or sub-bands, whose median is a pulse without the interference of one of them."""
_MEDIAN_VARIANCE: Final = np.pi / 2.0
"""Variance of a median over that of a mean."""
_NEIGHBOURS: Final = 5
"""Sub-bands whose median is the pulse of the middle one: interference is narrower, and pulses change slowly."""
_PULSE_SHARE: Final = 0.5
"""Energy of what is left over that of the pulse below which a cell stays: no pulse is exactly like the others."""
_CLEAR: Final = 3.0
"""Energy over that of noise above which a median is a pulse; fainter ones need not be taken off, and would fit anything."""
_QUIET: Final = 3.0
"""Standard deviations of its noise below which a harmonic of the pulse is not used to line it up."""


@dataclass(frozen=True, slots=True)
class CleanedCube:
    """A cube without the cells that hold interference."""

    cube: FoldedCube
    """Sums and counts are 0 in the cells that were removed."""
    removed_fraction: float
    """Fraction of what was counted that was removed."""


def clean_cube(cube: FoldedCube) -> CleanedCube:
    """Remove the profiles of a cube that hold interference.

    The pulse of a cell is made of three parts: the median over the band in its sub-integration, that over time in its
    sub-band and its neighbours, and both combined for pulses that drift over both; whatever sum of them fits best is taken
    off. What is left is an outlier if its standard deviation, its range or its fundamental lies above Tukey's upper fence,
    and if its energy in excess of noise is more than half of that of the pulse. Cubes of few cells stay as they are.

    Parameters
    ----------
    cube
        Folded cube.

    Returns
    -------
    CleanedCube
        The cube, and how much of it was removed.
    """
    profiles = _normalised(cube)
    is_filled = np.asarray(cube.counts.any(axis=2))
    if np.count_nonzero(is_filled) < _LEAST_CELLS or max(is_filled.shape) < _LEAST_PARTS:
        return CleanedCube(cube, 0.0)
    pulses = _pulses(profiles, is_filled, cube_noise(cube))
    left = np.subtract(profiles, pulses, out=profiles)
    is_bad = _outliers(left, is_filled)
    energy, of_pulse = (np.einsum("ibk,ibk->ib", values, values) for values in (left, pulses))
    excess = energy - np.median(energy[is_filled])
    is_bad &= excess > _PULSE_SHARE * of_pulse
    if not is_bad.any() or is_bad[is_filled].all():
        return CleanedCube(cube, 0.0)
    removed = float(cube.counts[is_bad].sum(dtype=np.float64) / cube.counts.sum(dtype=np.float64))
    kept = ~is_bad[:, :, None]
    return CleanedCube(replace(cube, cube=cube.cube * kept, counts=cube.counts * kept), removed)


def _normalised(cube: FoldedCube) -> NDArray[np.float64]:
    """Return profiles in units in which all have the same noise, 0 where nothing was counted."""
    profiles = cube.cube / np.sqrt(np.maximum(cube.counts, 1.0, dtype=np.float64))
    return np.asarray(profiles if cube.counts.all() else np.where(cube.counts > 0, profiles, 0.0))


def _pulses(profiles: NDArray[np.float64], is_filled: NDArray[np.bool_], noise: float) -> NDArray[np.float64]:
    """Return the best fit to every profile of the pulses of its sub-integration and of its sub-band."""
    parts = []
    for axis in (0, 1):
        if is_filled.shape[axis] >= _LEAST_PARTS:
            count = is_filled.sum(axis=axis, keepdims=True)[:, :, None]
            median = _median_over(profiles, is_filled, axis)
            variance = np.divide(_MEDIAN_VARIANCE * noise**2, count, out=np.zeros(count.shape), where=count > 0)
            if axis == 0:
                median, variance = _median_of_neighbours(median), variance * _MEDIAN_VARIANCE / _NEIGHBOURS
            is_clear = np.mean(median**2, axis=2, keepdims=True) > _CLEAR * variance
            parts.append(np.broadcast_to(np.where(is_clear, median, 0.0), profiles.shape))
    if len(parts) == 2:
        parts.append(_lined_up(*parts))
    return _fit(profiles, parts)


def _median_over(profiles: NDArray[np.float64], is_filled: NDArray[np.bool_], axis: int) -> NDArray[np.float64]:
    """Return the median of the profiles that hold data over one axis, kept with length 1; 0 where there are none."""
    # Those without data go to the end.
    values = np.where(is_filled[:, :, None], profiles, np.inf).astype(np.float32)
    nbins, scratch = profiles.shape[2], np.empty((values.shape[axis], LANES), np.float32)
    counts = np.repeat(is_filled.sum(axis=axis), nbins)
    medians = np.empty(counts.size)
    if axis == 0:
        column_medians(values.reshape(len(values), -1), counts, scratch, medians)
        return medians.reshape(1, -1, nbins)
    for of_subint, count, median in zip(values, counts.reshape(-1, nbins), medians.reshape(-1, nbins), strict=True):
        column_medians(of_subint, count, scratch, median)
    return medians.reshape(-1, 1, nbins)


def _fit(profiles: NDArray[np.float64], parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the sum of parts that is nearest to each profile."""
    products = [[np.einsum("ibk,ibk->ib", left, right) for right in parts[: row + 1]] for row, left in enumerate(parts)]
    normal = np.empty((*profiles.shape[:2], len(parts), len(parts)))
    for row, of_row in enumerate(products):
        for column, product in enumerate(of_row):
            normal[:, :, row, column] = normal[:, :, column, row] = product
    # Parts that are alike, or nothing, share what there is.
    inverse = np.linalg.pinv(normal, rcond=1e-6, hermitian=True)
    overlaps = np.stack([np.einsum("ibk,ibk->ib", part, profiles) for part in parts], axis=-1)
    amounts = np.einsum("ibpq,ibq->pib", inverse, overlaps)
    fitted = np.zeros_like(profiles)
    # One sub-integration after the other: what lies between stays in the cache.
    for index, of_subint in enumerate(fitted):
        for amount, part in zip(amounts, parts, strict=True):
            of_subint += amount[index, :, None] * part[index]
    return fitted


def _median_of_neighbours(of_subbands: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the running median of profiles, shape [1, nsubbands, nbins], over a band that goes on as its mirror image."""
    reach = min(_NEIGHBOURS, of_subbands.shape[1]) // 2
    mirrored = np.pad(of_subbands, ((0, 0), (reach, reach), (0, 0)), mode="symmetric")
    return np.asarray(np.median(sliding_window_view(mirrored, 2 * reach + 1, axis=1), axis=-1))


def _lined_up(of_subbands: NDArray[np.float64], of_subints: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the pulses that drift as those of the sub-integrations in time and as those of the sub-bands over the band.

    A pulse that is turned by one angle in each sub-integration and by another in each sub-band has the product of both for
    its harmonics, over that of the pulse of all.
    """
    nbins = of_subbands.shape[2]
    in_time, in_band = np.fft.rfft(of_subints[:, :1]), np.fft.rfft(of_subbands[:1])
    of_all = in_time.mean(axis=0, keepdims=True)
    power = np.abs(of_all) ** 2
    noise = np.median(power[..., 1:]) / np.log(2.0)
    weight = np.divide(np.conj(of_all), power, out=np.zeros_like(of_all), where=power > _QUIET**2 * noise)
    return np.fft.irfft((in_time * weight) * in_band, nbins)


def _outliers(left: NDArray[np.float64], is_filled: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which profiles have a feature above Tukey's upper fence."""
    phase = 2.0 * np.pi * np.arange(left.shape[2]) / left.shape[2]
    fundamental = np.hypot(*(np.einsum("ibk,k->ib", left, wave) for wave in (np.cos(phase), np.sin(phase))))
    variance = np.einsum("ibk,ibk->ib", left, left) / left.shape[2] - left.mean(axis=2) ** 2
    features = (np.sqrt(np.maximum(variance, 0.0)), np.ptp(left, axis=2), fundamental)
    is_bad = np.zeros(is_filled.shape, np.bool_)
    for feature in features:
        lower, upper = np.quantile(feature[is_filled], (0.25, 0.75))
        is_bad |= is_filled & (feature > upper + _FENCE * (upper - lower))
    return is_bad
