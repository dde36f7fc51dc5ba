"""Which detections are of one signal: near in frequency and drift, the wings of its line, or the trace of its sweep."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.tables import Table

DRIFT_STEPS: Final = 4.0
"""Steps of frequency (half a bin) in a step of drift (2 bins): errors of drifts are larger than those of frequencies."""
_SWEPT_MARGIN: Final = 4.0
"""How much more power a template of another drift may see than that of the signal over the length of its sweep: 1.4 times
as much at the ends of an even sweep, more where the signal is strong in part of the observation or drifts unevenly."""

_CANCELLED: Final = 0.7
"""Part of the power that a template of another w may see: its z may make up for that over more than half the observation."""


@dataclass(frozen=True, slots=True)
class _Ascending:
    """What the grouping needs of the detections, by ascending frequency; each of shape [ndetections]."""

    bins: NDArray[np.float64]
    z: NDArray[np.float64]
    w: NDArray[np.float64]
    nharm: NDArray[np.float64]
    excess: NDArray[np.float64]
    """Summed power above that of noise."""
    has_drift: bool
    """Whether any of them drifts."""


def strongest_first(table: Table) -> NDArray[np.intp]:
    """Return the order of detections by falling sigma, then DM, frequency, drift and its change; shape [ndetections]."""
    keys = (*(table[name] for name in ("w", "z", "freq_hz", "dm")), -table["sigma"])
    return np.asarray(np.lexsort(keys))


def group_detections(table: Table, tobs_s: float, tolerance_bins: float) -> NDArray[np.intp]:
    """Return for each detection the index of the strongest one of the same signal.

    Strongest first, a detection takes all weaker ones that are left and that it explains. A template with drift z sees a
    signal with drift z' over ``|z - z'|`` bins (`sweep_bins`), with as much less power; beyond, the wings of a line fall off
    as the inverse square of the distance. Detections near in frequency and drift are the same signal whatever their power.

    Parameters
    ----------
    table
        Detections, strongest first: columns `freq_hz`, `z`, `w`, `power`, `nharm`.
    tobs_s
        Length of the observation in s.
    tolerance_bins
        Distance in Fourier bins, beside the sweep, up to which two detections are the same signal.

    Returns
    -------
    ndarray
        Index of the leader of the group, its own for a leader, shape [ndetections].
    """
    order = np.argsort(table["freq_hz"], kind="stable")
    excess = np.maximum(table["power"] - table["nharm"], 0.0)[order].astype(np.float64)
    nharm = table["nharm"][order].astype(np.float64)
    z, w = table["z"][order], table["w"][order]
    ascending = _Ascending(table["freq_hz"][order] * tobs_s, z, w, nharm, excess, bool(z.any() or w.any()))
    reach = _reach_bins(ascending, tolerance_bins)
    first = np.searchsorted(ascending.bins, ascending.bins - reach, "left")
    last = np.searchsorted(ascending.bins, ascending.bins + reach, "right")
    leader = np.full(len(table), -1, np.intp)
    for position in np.argsort(order):
        if leader[position] < 0:
            group = slice(first[position], last[position])
            same = _explained_by(ascending, position, group, tolerance_bins) & (leader[group] < 0)
            leader[group][same] = order[position]
            leader[position] = order[position]
    return leader[np.argsort(order)]


def sweep_bins(z: NDArray[np.float64], w: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far a frequency strays from that in the middle of the observation.

    Parameters
    ----------
    z, w
        Drift and its change in Fourier bins, or differences of those of a signal and of a template.

    Returns
    -------
    ndarray
        Fourier bins to either side.

    Examples
    --------
    >>> float(sweep_bins(np.float64(-80.0), np.float64(16.0)))
    42.0
    """
    return np.asarray(np.abs(z) / 2.0 + np.abs(w) / 8.0)


def _reach_bins(ascending: _Ascending, tolerance_bins: float) -> NDArray[np.float64]:
    """Return the distance at which each detection may still explain any other."""
    faintest = max(ascending.excess.min(initial=np.inf), 1.0)
    z, w = np.abs(ascending.z), np.abs(ascending.w)
    farthest = sweep_bins(z + z.max(initial=0.0), w + w.max(initial=0.0))
    # Of a signal that drifts most harmonics may be beyond the range of the search.
    more = np.where(farthest > 0.0, ascending.nharm.max(initial=1) / ascending.nharm, 1.0)
    return np.asarray(np.maximum(tolerance_bins, _wing_bins(more * ascending.excess, faintest)) + farthest)


def _explained_by(ascending: _Ascending, leader: int, group: slice, tolerance_bins: float) -> NDArray[np.bool_]:
    """Tell which detections of a stretch of frequencies are of the same signal as one of them."""
    excess, others = ascending.excess[leader], ascending.excess[group]
    distance = np.abs(ascending.bins[group] - ascending.bins[leader])
    if not ascending.has_drift:
        return np.asarray((distance <= tolerance_bins) | (distance <= _wing_bins(excess, others)))
    other_w = ascending.w[group] - ascending.w[leader]
    sweep = sweep_bins(ascending.z[group] - ascending.z[leader], other_w)
    # More harmonics have more power, as many times as much at most; a signal that does not drift shows what it has.
    more = np.where(sweep > 0.0, np.maximum(ascending.nharm[group] / ascending.nharm[leader], 1.0), 1.0)
    swept = more * excess * np.maximum(_SWEPT_MARGIN / np.maximum(2.0 * sweep, 1.0), _CANCELLED * (other_w != 0.0))
    is_weak_enough = (2.0 * sweep <= DRIFT_STEPS * tolerance_bins) | (others <= swept)
    reach = np.maximum(tolerance_bins, _wing_bins(more * excess, others))
    return np.asarray((distance - sweep <= reach) & is_weak_enough)


def _wing_bins(power: NDArray[np.float64], wing_power: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Distance in Fourier bins at which the wings of a line still have `wing_power`: twice the amplitude of sinc."""
    return np.asarray(2.0 / np.pi * np.sqrt(power / np.maximum(wing_power, 1.0)))
