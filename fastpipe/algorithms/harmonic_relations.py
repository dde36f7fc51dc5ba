"""Which signals are harmonics of a stronger one, and which only happen to lie at such a frequency."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.detection_groups import DRIFT_STEPS, sweep_bins

_RATIOS: Final = sorted(
    {Fraction(p) for p in range(2, 17)}
    | {Fraction(1, q) for q in range(2, 33)}
    | {Fraction(text) for text in ("3/2", "5/2", "2/3", "4/3", "5/3", "3/4", "5/4", "2/5", "3/5", "4/5")}
)
_UP: Final = np.array([ratio.numerator for ratio in _RATIOS], np.float64)
_DOWN: Final = np.array([ratio.denominator for ratio in _RATIOS], np.float64)
_GAP: Final = np.gradient(_UP / _DOWN)

_CHANCE_MAX: Final = 0.05
"""A single match is believed when this is the chance that an unrelated signal lies as near to any stronger one."""
_MANY_CHANCE_MAX: Final = 1e-3
"""All matches of a signal are believed when chance gives so many with at most this probability."""
_SIDEBAND: Final = 20.0
"""Width of the stretch around a window in which unrelated signals are counted, in widths of the window."""
_BRIGHT_POWER: Final = 200.0
"""Summed power (20 sigma) from which on a signal is expected to show at fractions of its frequency that are not simple."""
_MOST_SHARED: Final = 8.0
"""How much stronger than the mean harmonic of a signal those that it shares with another frequency may be."""
_MOST_COVERED: Final = 0.3
"""Where the windows of simpler fractions cover more than this part of all frequencies, lying in one says nothing."""


def find_harmonics(
    fourier_bins: NDArray[np.float64],
    nharm: NDArray[np.integer[Any]],
    tolerance_bins: float = 1.1,
    *,
    excess_power: NDArray[np.float64] | None = None,
    drifts: NDArray[np.float64] | None = None,
) -> NDArray[np.intp]:
    """Find for each signal the stronger one whose harmonic, sub-harmonic or simple fraction it is.

    Signals at ratio p/q meet at the frequency q times the one and p times the other. A detection that summed n harmonics
    knows its fundamental to `tolerance_bins` / n, so the two must agree there within the sum of both errors, and never worse
    than `tolerance_bins` at the higher of the two frequencies; so must their drifts. In a short recording a few bins hold
    all frequencies, and most signals lie near some fraction of another: a match therefore counts only if chance is an
    unlikely explanation, for this one match (windows of all stronger signals together) or for the number of matches the
    stronger signal has.

    A bright pulsar is detected at other fractions p/q too, wherever every q-th harmonic summed is one of its own, and
    templates of other drifts see its harmonics anywhere in their sweep. Those count only for signals no stronger than the
    harmonics they share, spread over the sweep.

    Parameters
    ----------
    fourier_bins
        Frequency times length of the observation, strongest signal first, shape [nsignals].
    nharm
        Harmonics summed in each, shape [nsignals].
    tolerance_bins
        Error in Fourier bins of the highest harmonic summed.
    excess_power
        Summed power above that of noise, shape [nsignals]; without it only harmonics up to 16, sub-harmonics up to 32 and
        the simplest fractions are looked at, and only at the same drift.
    drifts
        z and w in Fourier bins, shape [2, nsignals]; None where nothing drifts.

    Returns
    -------
    ndarray
        Index of the stronger signal, which is itself no harmonic; -1 for none. Shape [nsignals].

    Examples
    --------
    >>> find_harmonics(np.array([9000.0, 18000.1, 12345.6, 4500.0]), np.array([8, 4, 8, 16])).tolist()
    [-1, 0, -1, 0]
    """
    count = len(fourier_bins)
    power = np.zeros(count) if excess_power is None else excess_power
    has_drift = drifts is not None and bool(drifts.any())
    signals = _Signals(fourier_bins, nharm, power, drifts if has_drift else None, tolerance_bins)
    order = np.argsort(fourier_bins, kind="stable")
    ascending = fourier_bins[order]
    parent = np.full(count, -1, np.intp)
    nroots = 0
    for root in range(count):
        if parent[root] >= 0:
            continue
        nroots += 1
        near, relation, expected = _near_relations(fourier_bins[root], ascending, tolerance_bins)
        weaker = order[near]
        free = (weaker > root) & (parent[weaker] < 0)
        weaker, relation = weaker[free], relation[free]
        up, down = _UP[relation], _DOWN[relation]
        tolerance = tolerance_bins * np.minimum(down / nharm[weaker] + up / nharm[root], np.minimum(up, down))
        matches = np.abs(down * fourier_bins[weaker] - up * fourier_bins[root]) <= tolerance
        matches &= 2.0 * signals.sweep(root, weaker, up, down) <= DRIFT_STEPS * tolerance
        chance = 2.0 * tolerance[matches] / (down * _GAP[relation] * fourier_bins[root])[matches]
        parent[_believed(weaker[matches], nroots * chance, expected)] = root
        if power[root] >= _BRIGHT_POWER:
            parent[_sharing_harmonics(signals, root, parent)] = root
    return parent


@dataclass(frozen=True, slots=True)
class _Signals:
    """Signals that may be harmonics of one another, strongest first; arrays of shape [nsignals]."""

    fourier_bins: NDArray[np.float64]
    nharm: NDArray[np.integer[Any]]
    excess_power: NDArray[np.float64]
    drifts: NDArray[np.float64] | None
    """z and w, shape [2, nsignals]; None where nothing drifts."""
    tolerance_bins: float

    @property
    def spreading(self) -> float:
        """Power of the bins swept by which a line is weaker: with jerk it dwells where its drift turns round (Airy)."""
        return 2.0 / 3.0 if self.drifts is not None and self.drifts[1].any() else 1.0

    def sweep(
        self, root: int, others: NDArray[np.intp], up: NDArray[np.float64], down: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return how far harmonics `down` of others stray from harmonics `up` of one signal, in bins to either side."""
        if self.drifts is None:
            return np.zeros(())
        z, w = self.drifts
        return sweep_bins(down * z[others] - up * z[root], down * w[others] - up * w[root])


def _believed(matched: NDArray[np.intp], chance: NDArray[np.float64], expected: float) -> NDArray[np.intp]:
    """Keep all matches where chance would not give so many, else those that chance would not give."""
    if len(matched) > 0 and _poisson_tail(len(matched), expected) > _MANY_CHANCE_MAX:
        return matched[chance <= _CHANCE_MAX]
    return matched


def _sharing_harmonics(signals: _Signals, root: int, parent: NDArray[np.intp]) -> NDArray[np.intp]:
    """Signals weaker than a bright one, not explained yet, of which every q-th harmonic is one of its own, for any q."""
    weaker = root + 1 + np.flatnonzero(parent[root + 1 :] < 0)
    if len(weaker) == 0:
        return weaker
    root_bins, nsummed = signals.fourier_bins[root], signals.nharm[weaker]
    bins, power = signals.fourier_bins[weaker], signals.excess_power
    down = np.arange(1.0, 1.0 + nsummed.max())[:, None]
    up = np.maximum(np.rint(down * bins / root_bins), 1.0)
    # The errors of strong lines are half of the largest allowed.
    errors = np.minimum(0.5 * (down / nsummed + up / signals.nharm[root]), np.minimum(up, down))
    sweep = signals.sweep(root, weaker, up, down)
    reach = signals.tolerance_bins * errors + sweep
    mean_power = float(power[root]) / float(signals.nharm[root]) / np.maximum(2.0 * sweep, 1.0) ** signals.spreading
    shared_power = _MOST_SHARED * mean_power * (nsummed // down)
    is_possible = (down <= nsummed) & (power[weaker] <= shared_power)
    covered = np.cumsum(np.where(is_possible, 2.0 * reach / root_bins, 0.0), axis=0)
    is_possible &= covered <= _MOST_COVERED
    matches = is_possible & (np.abs(down * bins - up * root_bins) <= reach)
    matched = np.flatnonzero(matches.any(axis=0))
    expected = np.max(covered, axis=0, where=is_possible, initial=0.0).sum()
    return _believed(weaker[matched], covered[matches[:, matched].argmax(axis=0), matched], float(expected))


def find_same_source(
    fourier_bins: NDArray[np.float64],
    nharm: NDArray[np.integer[Any]],
    tolerance_bins: float = 1.1,
    *,
    drifts: NDArray[np.float64] | None = None,
) -> NDArray[np.intp]:
    """Find for each signal the stronger one that comes from the same source: at its frequency, or as `find_harmonics` says.

    Parameters and returns as for `find_harmonics`; use it where frequencies may agree, as true frequencies from folds may.
    Those that agree are one source whatever their drifts: two folds of one signal may differ in what they make of it.

    Examples
    --------
    >>> find_same_source(np.array([9000.0, 9000.3, 18000.1]), np.array([32, 32, 16])).tolist()
    [-1, 0, 0]
    """
    parent = find_harmonics(fourier_bins, nharm, tolerance_bins, drifts=drifts)
    for signal in range(1, len(fourier_bins)):
        same = np.flatnonzero(np.abs(fourier_bins[:signal] - fourier_bins[signal]) <= tolerance_bins)
        if len(same):
            parent[signal] = same[0]
        # Stronger signals are settled already, so one step leads to the strongest.
        if parent[signal] >= 0 and parent[parent[signal]] >= 0:
            parent[signal] = parent[parent[signal]]
    return parent


def _near_relations(
    fourier_bin: float, ascending: NDArray[np.float64], tolerance_bins: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], float]:
    """Positions in `ascending` near any relation of one signal, the relation of each, and how many chance would give."""
    ratio = _UP / _DOWN
    half = tolerance_bins * np.minimum(1.0, ratio)
    centre = ratio * fourier_bin
    first = np.searchsorted(ascending, centre - half, "left")
    count = np.searchsorted(ascending, centre + half, "right") - first
    around = np.searchsorted(ascending, np.stack((centre - _SIDEBAND * half, centre + _SIDEBAND * half)))
    sideband = np.maximum(around[1] - around[0] - count, 0)
    relation = np.repeat(np.arange(len(_UP)), count)
    within = np.arange(len(relation)) - np.repeat(np.cumsum(count) - count, count)
    return first[relation] + within, relation, float(sideband.sum()) / (_SIDEBAND - 1.0)


def _poisson_tail(count: int, expected: float) -> float:
    """Probability that chance gives `count` or more where it gives `expected` in the mean."""
    from scipy.special import gammainc

    return float(gammainc(count, expected))
