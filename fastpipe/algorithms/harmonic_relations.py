"""Which signals are harmonics of a stronger one, and which only happen to lie at such a frequency."""

import math
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.detection_groups import DRIFT_STEPS, TOLERANCE_BINS
from fastpipe.data.harmonic_powers import MOST_HARMONICS, HarmonicPowers
from fastpipe_kernels.harmonic_relations import Signals, find_parents

_SIMPLE: Final = sorted(
    {Fraction(p) for p in range(2, 17)}
    | {Fraction(1, q) for q in range(2, 33)}
    | {Fraction(text) for text in ("3/2", "5/2", "2/3", "4/3", "5/3", "3/4", "5/4", "2/5", "3/5", "4/5")}
)
_NUMBERS: Final = range(1, MOST_HARMONICS + 1)
_FRACTIONS: Final = sorted(
    {(p, q) for p in _NUMBERS for q in _NUMBERS if math.gcd(p, q) == 1 and p != q}, key=lambda pair: (sum(pair), pair)
)
"""Where harmonics of two signals can meet if both were measured, simplest first."""
_LOG10_OWN_CHANCE: Final = -6.0


def find_harmonics(
    fourier_bins: NDArray[np.float64],
    nharm: NDArray[np.integer[Any]],
    tolerance_bins: float = TOLERANCE_BINS,
    *,
    excess_power: NDArray[np.float64] | None = None,
    drifts: NDArray[np.float64] | None = None,
    harmonics: HarmonicPowers | None = None,
    log10_own_chance: float = _LOG10_OWN_CHANCE,
) -> NDArray[np.intp]:
    """Find for each signal the stronger one whose harmonic, sub-harmonic or simple fraction it is.

    Signals at ratio p/q meet at the frequency q times the one and p times the other. A detection that summed n harmonics
    knows its fundamental to `tolerance_bins` / n, so the two must agree there within the sum of both errors, and never worse
    than `tolerance_bins` at the higher of the two frequencies; so must their drifts.

    Where the powers of the harmonics of both were measured, these decide (`judge_by_power`): harmonics q, 2 q, ... of the
    weaker lie on harmonics p, 2 p, ... of the stronger. If what is left of the weaker without them is significant by itself,
    or if it has clearly more power there than the stronger, it is a signal of its own, even at a simple ratio; else it is
    explained, at any p/q.

    Elsewhere chance decides. In a short recording a few bins hold all frequencies, and most signals lie near some fraction
    of another: a match therefore counts only if chance is an unlikely explanation, for this one match (windows of all
    stronger signals together) or for the number of matches the stronger signal has. A bright pulsar is detected at other
    fractions too, wherever every q-th harmonic summed is one of its own, and templates of other drifts see its harmonics
    anywhere in their sweep. Those count only for signals no stronger than the harmonics they share, spread over the sweep.

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
    harmonics
        Powers of the harmonics of some of the signals; None for none.
    log10_own_chance
        Harmonics that are not shared make a signal of its own if noise gives so much power with at most this probability.

    Returns
    -------
    ndarray
        Index of the stronger signal, which is itself no harmonic; -1 for none. Shape [nsignals].

    Examples
    --------
    >>> find_harmonics(np.array([9000.0, 18000.1, 12345.6, 4500.0]), np.array([8, 4, 8, 16])).tolist()
    [-1, 0, -1, 0]
    """
    parent = np.full(len(fourier_bins), -1, np.intp)
    if not len(fourier_bins):
        return parent
    power = np.zeros(len(fourier_bins)) if excess_power is None else excess_power
    z, w = np.zeros((2, len(fourier_bins))) if drifts is None else drifts
    values = np.stack((fourier_bins, z, w, nharm, power), axis=1).astype(np.float64)
    signals = _signals(values, HarmonicPowers.none() if harmonics is None else harmonics)
    relations = np.array([(ratio.numerator, ratio.denominator) for ratio in _SIMPLE], np.float64)
    gaps = np.gradient(relations[:, 0] / relations[:, 1])
    limits = (tolerance_bins, DRIFT_STEPS, log10_own_chance * math.log(10.0))
    fractions = np.array(_FRACTIONS, np.int64)
    find_parents(tuple(signals), np.column_stack((relations, gaps)), fractions, limits, parent)
    return parent


def _signals(values: NDArray[np.float64], harmonics: HarmonicPowers) -> Signals:
    """Return what the kernel needs of all signals, with a table of places in which it begins to look for frequencies."""
    bins = values[:, 0]
    order = np.argsort(bins, kind="stable")
    ascending = bins[order]
    steps = np.linspace(ascending[0], ascending[-1], 2 * len(bins) + 1)
    return Signals(
        values=values,
        powers=harmonics.powers,
        rows=harmonics.place_of_each(len(values)),
        ascending=ascending,
        order=order,
        buckets=np.append(np.searchsorted(ascending, steps[:-1]), len(bins)),
        # With jerk a line dwells where its drift turns round (Airy).
        spreading=2.0 / 3.0 if values[:, 2].any() else 1.0,
        most_summed=0.0 if values[:, 1:3].any() else float(values[:, 3].max()),
    )


def find_same_source(
    fourier_bins: NDArray[np.float64],
    nharm: NDArray[np.integer[Any]],
    tolerance_bins: float = TOLERANCE_BINS,
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
