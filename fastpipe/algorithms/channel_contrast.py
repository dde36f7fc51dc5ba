"""What sets a channel apart from its neighbours, and an interval from the others: the measure of all tests for interference.

A pulsar is in all channels alike, and a drift of the gain too. Interference of a channel is what differs from the
neighbouring channels at the same time; so every test subtracts a running median over channels, which follows slopes and
steps of the band (the border of a dispersed pulse among them) and leaves what is narrower than half its width.
"""

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.robust_statistics import live_median
from fastpipe.algorithms.running_median import sparse_running_median

LEAST_CHANNELS = 9
"""With fewer channels none can be compared with its neighbours."""

_PIVOT = 10
"""Largest distance from the end of the band of the channel at which the band is reflected."""


def neighbour_median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the running median over channels, as wide as a fifth of the band.

    Parameters
    ----------
    values
        Finite values, shape [n, nchans].

    Returns
    -------
    ndarray
        Median of each value and its neighbours, shape [n, nchans]. The band goes on past its ends with its slope there. Of
        fewer than `LEAST_CHANNELS` channels it is the median over all.
    """
    nchans = values.shape[1]
    if nchans < LEAST_CHANNELS:
        return np.broadcast_to(np.median(values, axis=1, keepdims=True), values.shape)
    # Point reflection about a channel near the end, at the median of all up to twice as far in: no single channel decides.
    first = 2 * min(max(nchans // 20, 2), _PIVOT) + 1
    last = nchans - first
    half = min(lag_radius(nchans), last)
    low_end = 2.0 * np.median(values[:, :first], axis=1, keepdims=True) - values[:, first : first + half][:, ::-1]
    high_end = 2.0 * np.median(values[:, last:], axis=1, keepdims=True) - values[:, last - half : last][:, ::-1]
    padded = np.concatenate((low_end, values, high_end), axis=1).astype(np.float32)
    return sparse_running_median(padded, half)[:, half : half + nchans].astype(np.float64)


def lag_radius(nchans: int) -> int:
    """Return how many channels away a channel's neighbours may be: a tenth of the band, at least 4."""
    return max(4, nchans // 10)


def contrast_of_channels(typical: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how much the value of each channel exceeds that of its neighbours, shape [nchans]."""
    return np.asarray(typical - neighbour_median(typical[None])[0])


def contrast_of_cells(values: NDArray[np.float64], live: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return by how much a channel exceeds its own median, less what its neighbours do in the same interval.

    Parameters
    ----------
    values
        Any statistic, shape [nintervals, nchans].
    live
        True where it means something, shape [nintervals, nchans].

    Returns
    -------
    ndarray
        Shape [nintervals, nchans]; 0 where it means nothing.
    """
    excess = np.where(live, values - live_median(values, live), 0.0)
    return np.where(live, excess - neighbour_median(excess), 0.0)
