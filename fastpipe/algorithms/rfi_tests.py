"""Tests for interference on the statistics of every channel in every interval.

Each returns True where it finds interference, shape [nintervals, nchans]. All compare with neighbouring channels (see
`channel_contrast`), so none can mark half of what it looks at.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.channel_contrast import (
    LEAST_CHANNELS,
    contrast_of_cells,
    contrast_of_channels,
    lag_radius,
    neighbour_median,
)
from fastpipe.algorithms.iqrm import iqrm_outliers
from fastpipe.algorithms.robust_statistics import live_median, robust_std
from fastpipe.algorithms.significance import log_noise_probability, power_threshold
from fastpipe.data.channel_statistics import IntervalStatistics

_LEAST_INTERVALS = 4
"""With fewer intervals a channel cannot be compared with itself at other times."""

_LEAST_EXCESS = 0.05
"""Excess of the noise that is worth a channel: by less it costs less sensitivity than the channel is worth."""

_STORM = math.log(2.0)
"""Logarithm of the noise of an interval, over that of the others, at which it does more harm than good."""

_LEAST_SHAPE = (math.asinh(1.5), math.log1p(8.0 / 3.0))
"""Difference of skewness (1.5 more than Gaussian) and kurtosis (8 more), both compressed, that is worth a channel. Channels
are scaled by their own noise, so moderate impulses in a few of hundreds are nothing in the sum; and a bright pulsar that
scintillates reaches a kurtosis of 7 where it is brightest."""

_AMPLITUDE_STD = math.sqrt(0.5)
"""Standard deviation of the root of a normalised power, where there is a signal."""

_CLIPPED = 0.05
"""Fraction of clipped values, beyond that of the neighbours, at which a channel's statistics mean nothing."""

_SATURATED = 0.3
"""The same beyond the channel's median over intervals, whatever its neighbours do."""


@dataclass(frozen=True)
class Cells:
    """Statistics of the channels to test, in the order of the band; arrays are [nintervals, nchans]."""

    statistics: IntervalStatistics
    """Of these channels only."""
    live: NDArray[np.bool_]
    """True where a channel recorded noise."""

    def error(self, degrees: float) -> NDArray[np.float64]:
        """Return the standard error of a statistic of white noise whose variance is 1 / (`degrees` x number of samples)."""
        return np.asarray(1.0 / np.sqrt(degrees * np.maximum(self.statistics.counts, 1)))

    @cached_property
    def log_std(self) -> NDArray[np.float64]:
        """Logarithm of the standard deviation; 0 in dead cells."""
        return np.log(np.where(self.live, self.statistics.std, 1.0))

    @cached_property
    def noise_contrast(self) -> NDArray[np.float64]:
        """By how much `log_std` exceeds that of other intervals and neighbours."""
        return contrast_of_cells(self.log_std, self.live)


def band_edges(statistics: IntervalStatistics, live: NDArray[np.bool_], edge_level: float) -> NDArray[np.bool_]:
    """Find the channels at both ends of the band where the receiver hears little, shape [nchans].

    The level is that of the noise: it falls with the gain whatever was added to the data or taken from them. Where the mean
    is that of a detected power (never negative, and above the noise in most channels) it counts as well. Dead channels do
    not end the search inwards.
    """
    alive = np.asarray(live.any(axis=0))
    if not alive.any():
        return alive
    std, mean = live_median(statistics.std, live), live_median(statistics.mean, live)
    low = std < edge_level * np.median(std[alive])
    if mean[alive].min() >= 0.0 and np.median(mean[alive]) >= np.median(std[alive]):
        low |= mean < edge_level * np.median(mean[alive])
    inside = np.flatnonzero(alive & ~low)
    if len(inside) == 0:
        return np.zeros_like(alive)
    edge = alive.copy()
    edge[inside[0] : inside[-1] + 1] = False
    return edge


def noisy(cells: Cells, spread_sigma: float) -> NDArray[np.bool_]:
    """Find channels with more noise than their neighbours: IQRM on the recording's median, and interval by interval.

    Logarithms of the standard deviation are compared, so that a slope of the band is a constant difference. A channel must
    exceed its neighbours itself, not just a quiet one among them.
    """
    if cells.live.shape[1] < LEAST_CHANNELS:
        return np.zeros_like(cells.live)
    radius = lag_radius(cells.live.shape[1])

    def outliers(excess: NDArray[np.float64], error: NDArray[np.float64]) -> NDArray[np.bool_]:
        # Votes are about differences, whose noise is larger by the root of 2.
        scatter = math.sqrt(2.0) * spread_sigma * np.maximum(robust_std(excess, axis=1)[:, None], error)
        return iqrm_outliers(excess, spread_sigma, radius) & (excess > np.maximum(scatter, _LEAST_EXCESS))

    error = cells.error(2.0)
    always = outliers(contrast_of_channels(live_median(cells.log_std, cells.live))[None], _error_of_median(error))
    return np.asarray((always | outliers(cells.noise_contrast, error)) & cells.live)


def _error_of_median(error: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard error of the median over intervals, from the error in one, shape [1, nchans]."""
    return np.asarray(1.25 * np.median(error, axis=0, keepdims=True) / math.sqrt(len(error)))


def jumping(cells: Cells, interval_sigma: float) -> NDArray[np.bool_]:
    """Find intervals in which the mean or the noise of a channel is far from its others, as PRESTO's rfifind does.

    What all neighbours do at the same time is subtracted first, unless it doubles the noise of most channels: for that a
    pulse must have an S/N of about sqrt(3 x samples) in each of them. The scatter is that of the channel over intervals, and
    at least that of most channels, as of few intervals it is badly known, and that of white noise.
    """
    if len(cells.live) < _LEAST_INTERVALS:
        return np.zeros_like(cells.live)
    noise = live_median(cells.statistics.std, cells.live)
    level = cells.statistics.mean / np.where(noise > 0.0, noise, 1.0)
    jumps = np.zeros_like(cells.live)
    for excess, degrees in ((contrast_of_cells(level, cells.live), 1.0), (cells.noise_contrast, 2.0)):
        error = cells.error(degrees)
        # In units of that of white noise, so that a short interval may scatter more.
        scatter = robust_std(excess / error, axis=0)
        scatter = np.maximum(scatter, max(float(np.median(scatter)), 1.0))
        jumps |= np.abs(excess) > interval_sigma * scatter * error
    return (jumps | _is_storm(cells)[:, None]) & cells.live


def _is_storm(cells: Cells) -> NDArray[np.bool_]:
    """Find the intervals in which most channels have twice the noise of their other intervals, shape [nintervals]."""
    excess = cells.log_std - live_median(cells.log_std, cells.live)
    return live_median(excess.T, cells.live.T) > _STORM


def misshapen(cells: Cells, shape_sigma: float) -> NDArray[np.bool_]:
    """Find channels whose samples are distributed unlike those of their neighbours.

    Skewness and kurtosis rather than the spectral kurtosis of Nita & Gary (2010, MNRAS 406, L60): that one needs the true
    zero of the power and the number of spectra added up, which are lost where samples were scaled to few bits. Both are
    compressed (inverse hyperbolic sine and logarithm), as few spectra added up have long tails, and their moments longer
    ones.
    """
    if cells.live.shape[1] < LEAST_CHANNELS:
        return np.zeros_like(cells.live)
    odd = np.zeros_like(cells.live)
    skewness, kurtosis = np.arcsinh(cells.statistics.skewness), np.log1p(np.maximum(cells.statistics.kurtosis, -2.0) / 3.0)
    # The variances of skewness and kurtosis are 6 and 24 over the number of samples, and the logarithm divides by 3.
    shapes = (skewness, cells.error(1.0 / 6.0)), (kurtosis, cells.error(9.0 / 24.0))
    for (values, error), least in zip(shapes, _LEAST_SHAPE, strict=True):
        always = contrast_of_channels(live_median(values, cells.live))[None]
        for excess, floor in ((always, _error_of_median(error)), (contrast_of_cells(values, cells.live), error)):
            scatter = np.maximum(robust_std(excess, axis=1)[:, None], floor)
            odd |= np.abs(excess) > np.maximum(shape_sigma * scatter, least)
    return odd & cells.live


def periodic(cells: Cells, fourier_sigma: float) -> NDArray[np.bool_]:
    """Find channels with a periodic signal that their neighbours do not have.

    The largest power must be beyond what noise gives in all intervals, channels and Fourier bins, and its root, the
    amplitude, beyond the amplitudes of the neighbours by more than these scatter: a pulsar raises all, a scintillating one
    widens the scatter.
    """
    if cells.live.shape[1] < LEAST_CHANNELS:
        return np.zeros_like(cells.live)
    power = np.where(cells.live, cells.statistics.fourier_power, 0.0)
    trials = cells.live.sum() * max(int(cells.statistics.counts.max()) // 2, 1)
    beyond_trials = power + float(log_noise_probability(power_threshold(fourier_sigma, 1), 1)) > math.log(max(trials, 1))
    amplitude = np.sqrt(power)
    excess = amplitude - neighbour_median(amplitude)
    scatter = np.maximum(robust_std(excess, axis=1), _AMPLITUDE_STD)[:, None]
    return np.asarray(beyond_trials & (excess > fourier_sigma * scatter))


def clipped(cells: Cells) -> NDArray[np.bool_]:
    """Find channels that are clipped far more than their neighbours, or in an interval far more than in most."""
    fraction = np.where(cells.live, cells.statistics.clipped, 0.0)
    own = live_median(fraction, cells.live)
    saturated = fraction - own > _SATURATED
    if cells.live.shape[1] < LEAST_CHANNELS or not (fraction > _CLIPPED).any():
        return saturated
    return np.asarray(saturated | (fraction - neighbour_median(fraction) > _CLIPPED))
