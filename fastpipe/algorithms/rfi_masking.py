"""From the statistics of a recording to its mask."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.rfi_tests import Cells, band_edges, clipped, jumping, misshapen, noisy, periodic
from fastpipe.data.channel_statistics import ChannelStatistics, IntervalStatistics
from fastpipe.data.rfi_mask import Reason, RFIMask

_TOO_MUCH = 0.5
"""Part of the channels, or of the intervals, that is never masked as a whole for what was found in a part of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskingRules:
    """Thresholds of the tests for interference."""

    spread_sigma: float = 3.0
    """Robust standard deviations by which the noise of a channel must exceed that of its neighbours (IQRM)."""
    interval_sigma: float = 10.0
    """Robust standard deviations by which mean or noise of a channel may differ from those in its other intervals."""
    shape_sigma: float = 6.0
    """Robust standard deviations by which skewness and kurtosis may differ from those of neighbouring channels."""
    fourier_sigma: float = 5.0
    """Significance, after all trials, beyond which a periodic signal in one channel is masked."""
    max_bad_intervals: float = 0.3
    """Fraction of bad intervals beyond which a channel is masked as a whole."""
    max_bad_channels: float = 0.7
    """Fraction of bad channels beyond which an interval is masked as a whole."""
    edge_level: float = 0.1
    """Fraction of the median level below which channels at the ends of the band are masked."""


def find_mask(statistics: IntervalStatistics, rules: MaskingRules) -> RFIMask:
    """Find which channels are interference in which intervals.

    Parameters
    ----------
    statistics
        Of every channel in every interval. Channels follow one another in frequency, in either direction.
    rules
        Thresholds.

    Returns
    -------
    RFIMask
        With the reasons for each cell; no bad samples.

    Notes
    -----
    Costs about 2 us a channel and interval.

    Examples
    --------
    >>> noise = np.random.default_rng(1).standard_normal((3, 8, 32))
    >>> noise[0, :, 5] = 9.0
    >>> ones, still = np.ones((8, 32)), 1.0 + 0.01 * noise[1]
    >>> statistics = IntervalStatistics(500, 4000, np.full((8, 32), 500), noise[0], still, *(0.1 * noise[1:]), ones * 8.0,
    ...     0 * ones, np.zeros(4000, np.float32))
    >>> find_mask(statistics, MaskingRules()).masked_fraction
    0.0
    """
    live = (statistics.counts > 0) & (statistics.std > 0.0)
    reasons = np.where(live, 0, Reason.DEAD).astype(np.uint16)
    edges = band_edges(statistics, live, rules.edge_level)
    reasons[:, edges] |= np.uint16(Reason.EDGE)
    channels = np.flatnonzero(live.any(axis=0) & ~edges)
    if len(channels) > 0:
        cells = Cells(_of_channels(statistics, channels), live[:, channels])
        for reason, test in _tests(rules).items():
            reasons[:, channels] |= np.where(test(cells), reason, 0).astype(np.uint16)
    return RFIMask(_complete(reasons, rules), statistics.interval_samples, statistics.nsamples)


def _tests(rules: MaskingRules) -> dict[Reason, Callable[[Cells], NDArray[np.bool_]]]:
    return {
        Reason.SPREAD: lambda cells: noisy(cells, rules.spread_sigma),
        Reason.LEVEL: lambda cells: jumping(cells, rules.interval_sigma),
        Reason.SHAPE: lambda cells: misshapen(cells, rules.shape_sigma),
        Reason.PERIODIC: lambda cells: periodic(cells, rules.fourier_sigma),
        Reason.CLIPPED: clipped,
    }


def _of_channels(statistics: IntervalStatistics, channels: NDArray[np.int64]) -> IntervalStatistics:
    return replace(
        statistics,
        counts=statistics.counts[:, channels],
        mean=statistics.mean[:, channels],
        std=statistics.std[:, channels],
        skewness=statistics.skewness[:, channels],
        kurtosis=statistics.kurtosis[:, channels],
        fourier_power=statistics.fourier_power[:, channels],
        clipped=statistics.clipped[:, channels],
    )


def _complete(reasons: NDArray[np.uint16], rules: MaskingRules) -> NDArray[np.uint16]:
    """Mask intervals and channels as a whole where too much of them is bad.

    Intervals first, over channels that are good most of the time: one burst must not cost channels. Then channels, over the
    intervals that are left; then intervals once more, over the channels that are left. What would take more than half of the
    channels or intervals is no exception any more, and stays as it was found.
    """
    complete = reasons.copy()
    _mask_intervals(complete, rules.max_bad_channels)
    _mask_channels(complete, rules.max_bad_intervals)
    _mask_intervals(complete, rules.max_bad_channels)
    return complete


def _mask_intervals(reasons: NDArray[np.uint16], max_bad_channels: float) -> None:
    bad = reasons != 0
    channels = np.mean(bad, axis=0) <= 0.5
    recorded = ~(reasons & Reason.DEAD != 0).all(axis=1)
    if channels.any():
        full = recorded & (np.mean(bad[:, channels], axis=1) > max_bad_channels)
        if 0 < np.count_nonzero(full) <= _TOO_MUCH * np.count_nonzero(recorded):
            reasons[full] |= np.uint16(Reason.INTERVAL)


def _mask_channels(reasons: NDArray[np.uint16], max_bad_intervals: float) -> None:
    bad = reasons != 0
    alive = ~(reasons & (Reason.DEAD | Reason.EDGE) != 0).all(axis=0)
    intervals = ~(reasons & Reason.INTERVAL != 0).any(axis=1) & ~bad.all(axis=1)
    if intervals.any():
        full = alive & (np.mean(bad[intervals], axis=0) > max_bad_intervals)
        if 0 < np.count_nonzero(full) <= _TOO_MUCH * np.count_nonzero(alive):
            reasons[:, full] |= np.uint16(Reason.CHANNEL)


def channel_statistics(statistics: IntervalStatistics, rfi_mask: RFIMask) -> ChannelStatistics:
    """Take mean and spread of every channel over what is not masked.

    Parameters
    ----------
    statistics
        Of every channel in every interval.
    rfi_mask
        Mask with the same intervals.

    Returns
    -------
    ChannelStatistics
        Mean over all unmasked samples, and standard deviation within the intervals: slow drifts of the mean do not count.
        Both are 0 for channels that are masked throughout.
    """
    counts = np.where(rfi_mask.mask, 0, statistics.counts)
    number = counts.sum(axis=0)
    share = counts / np.maximum(number, 1)
    mean = np.sum(share * statistics.mean, axis=0)
    std = np.sqrt(np.sum(share * statistics.std**2, axis=0))
    return ChannelStatistics(mean, std, int(number.max(initial=0)))


def mask_remarks(rfi_mask: RFIMask) -> tuple[str, ...]:
    """Return sentences on a mask that a person should look at.

    Parameters
    ----------
    rfi_mask
        The mask, with its reasons.

    Returns
    -------
    tuple of str
        Empty for most recordings.
    """
    left = (rfi_mask.reasons & (Reason.DEAD | Reason.EDGE | Reason.GIVEN)) == 0
    if not left.any():
        return ("No channel records noise: nothing can be searched.",)
    fraction = float(np.mean(rfi_mask.mask[left]))
    if fraction <= _TOO_MUCH:
        return ()
    return (f"{100 * fraction:.0f} % of what was recorded is masked as interference: look at the mask before you trust it.",)
