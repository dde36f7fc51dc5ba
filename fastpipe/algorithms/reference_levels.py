"""Level and noise of every channel from a short look at a recording, before its statistics are taken."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.robust_statistics import live_median
from fastpipe.algorithms.running_median import sparse_running_median

_NEIGHBOURS = 8
"""Channels on each side, but no more than a third of all, with whose median a channel's noise is compared."""

_UNLIKE = 1.5
"""Ratio of a channel's noise to that of its neighbours, or the inverse, beyond which the sum over the band is without it."""

_ROUNDING = 1e-12
"""Standard deviation over level that is rounding error of float64."""


@dataclass(frozen=True, slots=True)
class ReferenceLevels:
    """What the statistics of a recording are counted from, channels in file order."""

    mean: NDArray[np.float64]
    """Level in the units of the file, shape [nchans]."""
    std: NDArray[np.float64]
    """Standard deviation in the units of the file; 0 for channels that did not change, shape [nchans]."""
    weight: NDArray[np.float64]
    """Factor of (value - mean) in the sum over the band: with these, noise that channels do not share adds up to a standard
    deviation of 1; 0 for channels that are dead or unlike their neighbours, shape [nchans]."""


def reference_levels(stretches: Iterable[NDArray[np.uint8] | NDArray[np.float32]], nchans: int) -> ReferenceLevels:
    """Take level and noise of every channel as medians over stretches of a recording.

    Medians over stretches do not mind interference that comes and goes. A thousand spectra in all know the noise to a few
    per cent, which is enough to weigh channels.

    Parameters
    ----------
    stretches
        Spectra, uint8 or float32 [nsamples, nchans], channels in file order; values that are not finite are left out.
    nchans
        Number of channels.

    Returns
    -------
    ReferenceLevels
        Levels, and the weights of the sum over the band. Without any stretch all are 0.
    """
    moments = [_moments(data) for data in stretches] or [np.zeros((2, nchans))]
    mean, std = (live_median(values, ~np.isnan(values)) for values in np.stack(moments, axis=1))
    is_used = _is_like_neighbours(std)
    weight = np.zeros(nchans)
    weight[is_used] = 1.0 / (std[is_used] * np.sqrt(np.count_nonzero(is_used)))
    return ReferenceLevels(mean, std, weight)


def _moments(data: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float64]:
    """Return mean and standard deviation of the finite values, shape [2, nchans]; NaN where there are none."""
    is_finite = np.isfinite(data)
    number = np.count_nonzero(is_finite, axis=0)
    values = np.where(is_finite, data, np.float64(0.0))
    mean = values.sum(axis=0) / np.maximum(number, 1)
    deviations = np.where(is_finite, values - mean, 0.0)
    std = np.sqrt(np.square(deviations).sum(axis=0) / np.maximum(number, 1))
    # What rounding leaves of a constant is no noise.
    std = np.where(std > _ROUNDING * np.abs(mean), std, 0.0)
    return np.where(number > 0, [mean, std], np.nan)


def _is_like_neighbours(std: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return True for channels that change, and whose noise is about that of the channels around them."""
    alive = np.flatnonzero(std > 0)
    like = np.zeros(len(std), np.bool_)
    level = np.log(std[alive]).astype(np.float32)
    median = sparse_running_median(level[None], min(_NEIGHBOURS, len(alive) // 3))[0]
    like[alive] = np.abs(level - median) <= np.log(_UNLIKE)
    return like
