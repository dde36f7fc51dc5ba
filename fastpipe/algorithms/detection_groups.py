"""Which detections are of one signal: near in frequency and drift, the wings of its line, or the trace of its sweep."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.tables import Table
from fastpipe_kernels.detection_groups import find_leaders

TOLERANCE_BINS: Final = 1.1
"""Error of a frequency in Fourier bins, within which two are the same."""
DRIFT_STEPS: Final = 4.0
"""Steps of frequency (half a bin) in a step of drift (2 bins): errors of drifts are larger than those of frequencies."""
_SWEPT_MARGIN: Final = 4.0
"""How much more power a template of another drift may see than that of the signal over the length of its sweep: 1.4 times
as much at the ends of an even sweep, more where the signal is strong in part of the observation or drifts unevenly."""
_CANCELLED: Final = 0.7
"""Part of the power that a template of another w may see: its z may make up for that over more than half the observation."""


def strongest_first(table: Table) -> NDArray[np.intp]:
    """Return the order of detections by falling sigma, then DM, frequency, drift and its change; shape [ndetections]."""
    keys = (*(table[name] for name in ("w", "z", "freq_hz", "dm")), -table["sigma"])
    return np.asarray(np.lexsort(keys))


def _signal_columns(table: Table, tobs_s: float) -> NDArray[np.float64]:
    """Return Fourier bin, z, w, harmonics and summed power above that of noise of each detection, shape [ndetections, 5]."""
    excess = np.maximum(table["power"] - table["nharm"], 0.0)
    return np.stack((table["freq_hz"] * tobs_s, table["z"], table["w"], table["nharm"], excess), axis=1).astype(np.float64)


def group_detections(table: Table, tobs_s: float, tolerance_bins: float = TOLERANCE_BINS) -> NDArray[np.intp]:
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
    ascending = np.argsort(table["freq_hz"], kind="stable")
    signals = _signal_columns(table, tobs_s)[ascending]
    reach = _reach_bins(signals, tolerance_bins)
    bins = signals[:, 0]
    windows = np.stack((np.searchsorted(bins, bins - reach), np.searchsorted(bins, bins + reach, "right")), axis=1)
    order = np.argsort(ascending)
    leader = np.empty(len(table), np.intp)
    limits = np.array([_SWEPT_MARGIN, _CANCELLED, DRIFT_STEPS])
    find_leaders(signals, windows, order, tolerance_bins, limits, np.empty(len(table) + 1, np.int64), leader)
    return leader[order]


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


def _reach_bins(signals: NDArray[np.float64], tolerance_bins: float) -> NDArray[np.float64]:
    """Return the distance in Fourier bins at which each signal may still explain any other, shape [nsignals]."""
    _, z, w, nharm, excess = signals.T
    faintest = max(excess.min(initial=np.inf), 1.0)
    farthest = sweep_bins(np.abs(z) + np.abs(z).max(initial=0.0), np.abs(w) + np.abs(w).max(initial=0.0))
    # Of a signal that drifts most harmonics may be beyond the range of the search.
    more = np.where(farthest > 0.0, nharm.max(initial=1) / nharm, 1.0)
    if not w.any():
        # Farther away the template sees less than the faintest of all detections.
        seen = np.maximum(DRIFT_STEPS * tolerance_bins, _SWEPT_MARGIN * more * excess / faintest) / 2.0
        farthest = np.minimum(farthest, seen)
    wings = 2.0 / np.pi * np.sqrt(more * excess / faintest)
    return np.asarray(np.maximum(tolerance_bins, wings) + farthest)
