"""Which detections are of one signal: those that a stronger one explains, strongest first."""

import math
from typing import Any

from numpy.typing import NDArray

from fastpipe_kernels._jit import inlined, kernel

BINS, Z, W, NHARM, EXCESS = range(5)
"""Columns of the signals of the kernels that sift."""


@inlined
def sweep_of(z: Any, w: Any) -> Any:
    """Return how far a frequency strays from that in the middle for a drift z that changes by w, in Fourier bins."""
    return abs(z) / 2.0 + abs(w) / 8.0


@kernel
def _is_explained(strong: NDArray[Any], weak: NDArray[Any], tolerance_bins: float, limits: NDArray[Any]) -> bool:
    """Tell whether a weaker detection is of the same signal: near it, in wings of its line, or in the trace of its drift.

    `limits` are the margin of swept power, the part of it that a change of drift cancels, and the steps of a drift.
    """
    swept_margin, cancelled, drift_steps = limits
    distance = abs(weak[BINS] - strong[BINS])
    other_w = weak[W] - strong[W]
    sweep = sweep_of(weak[Z] - strong[Z], other_w)
    power = strong[EXCESS]
    if sweep > 0.0:
        # More harmonics have more power, as many times as much at most; a signal that does not drift shows what it has.
        power *= max(weak[NHARM] / strong[NHARM], 1.0)
        part = swept_margin / max(2.0 * sweep, 1.0)
        if other_w != 0.0:
            part = max(part, cancelled)
        if 2.0 * sweep > drift_steps * tolerance_bins and weak[EXCESS] > part * power:
            return False
    beyond = distance - sweep
    # The amplitude of sinc, twice as large where a line is not quite steady.
    reach = 2.0 / math.pi * math.sqrt(power / max(weak[EXCESS], 1.0))
    return bool(beyond <= max(tolerance_bins, reach))


@kernel
def _next_free(free: NDArray[Any], place: int) -> int:
    """Return the first place from `place` on that is not taken, and shorten the way there."""
    while free[place] != place:
        free[place] = free[free[place]]
        place = free[place]
    return place


@kernel
def find_leaders(
    signals: NDArray[Any],
    windows: NDArray[Any],
    order: NDArray[Any],
    tolerance_bins: float,
    limits: NDArray[Any],
    free: NDArray[Any],
    leader: NDArray[Any],
) -> None:
    """Give every signal the strongest one that explains it and is explained by none.

    Parameters
    ----------
    signals
        By ascending frequency: Fourier bin, z, w, harmonics and power above that of noise, float64,
        shape [n, 5].
    windows
        First place and place after the last that a signal may explain, int64, shape [n, 2].
    order
        Place of each signal by ascending frequency, strongest first, int64, shape [n].
    tolerance_bins
        Distance in Fourier bins up to which two are the same signal whatever their power.
    limits
        As `_is_explained` has them, float64, shape [3].
    free
        Overwritten: int64, shape [n + 1].
    leader
        Output by ascending frequency: rank by strength of the leader of each signal, its own for a leader, int64, shape [n].

    Notes
    -----
    Cost: 20 operations for each pair of a leader and a signal in its window that no stronger one has taken.
    """
    n = len(order)
    for place in range(n + 1):
        free[place] = place
    for rank in range(n):
        own = order[rank]
        if free[own] != own:
            continue
        leader[own] = rank
        free[own] = own + 1
        place = _next_free(free, windows[own, 0])
        while place < windows[own, 1]:
            if _is_explained(signals[own], signals[place], tolerance_bins, limits):
                leader[place] = rank
                free[place] = place + 1
            place = _next_free(free, place + 1)
