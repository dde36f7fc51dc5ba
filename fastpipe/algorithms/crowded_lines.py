"""Lines that are too broad for one signal: many detections side by side, of which the strongest stands for all."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_LEAST_MEMBERS: Final = 5
_NEIGHBOURS: Final = 3
"""Signals on either side in which one looks for its next."""
_LINK_BINS: Final = 20.0
"""Largest distance of neighbours in a crowd, in Fourier bins."""
_LINK_PART: Final = 0.01
"""The same as a part of the frequency: below some 30 Hz in a minute all signals are near one another."""
_LINK_SPACING: Final = 0.05
"""The same as a part of the mean spacing of all signals: five unrelated ones then are a crowd once in 10^5 signals."""


def find_crowds(
    fourier_bins: NDArray[np.float64], dm_low: NDArray[np.float64], dm_high: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Find signals that crowd around a stronger one, at DMs at which it was seen.

    A pulsar is one line for each harmonic. Interference whose period varies, such as a radar with staggered pulses, and a
    pulsar that drifts more than was searched have lines of tens of bins with many peaks: five or more signals, each within
    20 bins, 1 % of the frequency and a twentieth of the mean spacing of all signals of the next, are one of them. Signals
    that were seen at no common DM are apart, so a pulsar beside a broad line from the ground survives.

    Parameters
    ----------
    fourier_bins
        Frequency times length of the observation, strongest signal first, shape [nsignals].
    dm_low, dm_high
        Lowest and highest DM in pc cm^-3 at which each was seen, shape [nsignals].

    Returns
    -------
    ndarray
        Index of the strongest signal of the crowd; -1 for that itself and for signals in no crowd, shape [nsignals].

    Examples
    --------
    >>> bins = np.array([9003.0, 9000.0, 9007.0, 9012.0, 20000.0, 8993.0, 8991.0])
    >>> find_crowds(bins, np.zeros(7), np.array([3.0, 2.0, 2.0, 4.0, 1.0, 1.0, 1.0])).tolist()
    [-1, 0, 0, 0, -1, 0, 0]
    """
    strongest = np.full(len(fourier_bins), -1, np.intp)
    if len(fourier_bins) < _LEAST_MEMBERS:
        return strongest
    order = np.argsort(fourier_bins, kind="stable")
    crowd = _linked(fourier_bins[order], dm_low[order], dm_high[order])
    first = np.full(crowd.max() + 1, len(order), np.intp)
    np.minimum.at(first, crowd, order)
    is_member = (np.bincount(crowd) >= _LEAST_MEMBERS)[crowd] & (order != first[crowd])
    strongest[order[is_member]] = first[crowd[is_member]]
    return strongest


def _linked(
    bins: NDArray[np.float64], dm_low: NDArray[np.float64], dm_high: NDArray[np.float64]
) -> NDArray[np.integer[Any]]:
    """Return a number for each signal by ascending frequency, the same for those that a chain of neighbours links."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    link = np.minimum(np.minimum(_LINK_BINS, _LINK_PART * bins), _LINK_SPACING * bins[-1] / len(bins))
    starts, ends = [], []
    # One that was seen at other DMs does not part its neighbours.
    for step in range(1, min(_NEIGHBOURS, len(bins) - 1) + 1):
        is_near = bins[step:] - bins[:-step] <= link[step:]
        is_near &= np.maximum(dm_low[step:], dm_low[:-step]) <= np.minimum(dm_high[step:], dm_high[:-step])
        starts.append(np.flatnonzero(is_near))
        ends.append(starts[-1] + step)
    start, end = np.concatenate(starts), np.concatenate(ends)
    links = coo_array((np.ones(len(start), np.int8), (start, end)), shape=(len(bins), len(bins)))
    return np.asarray(connected_components(links, directed=False)[1])
