"""Whether a candidate was folded at its own frequency or at a sub-harmonic of it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_CHANCE: Final = 0.01
_PULSE_VARIANCE: Final = 3.0
"""Variance of the pulses of a bright pulsar from turn to turn, in squares of their mean."""
_MOST_VARIED: Final = 0.01
"""Largest part of the power that is put down to such a variance: an interpulse half as strong makes 0.1."""


def peaks_a_turn(profile: NDArray[np.float64], *, nturns: float = np.inf, max_peaks: int = 32) -> int:
    """Return how many equal pulses a turn of a profile holds.

    A profile folded at 1/k of the pulsar's frequency has power in multiples of harmonic k alone. The answer is the largest k
    for which the power in all other harmonics, up to the last significant one, is no more than noise and pulses that vary
    would give in 1 of 100 cases, while that in the multiples is far more. To decide between f and f/2, fold at f/2: the
    answer 2 means that f is the frequency, 1 that f/2 is.

    Parameters
    ----------
    profile
        Profile in units of its noise, shape [nbins].
    nturns
        Turns that were folded: the fewer, the less equal pulses are that are equal in the mean.
    max_peaks
        Largest number tried.

    Returns
    -------
    int
        Pulses a turn; the true frequency is this times the folded one.

    Examples
    --------
    >>> phase = (np.arange(64) + 0.5) / 64
    >>> peaks_a_turn(20 * np.exp(10 * np.cos(2 * np.pi * phase) - 10))
    1
    >>> peaks_a_turn(20 * np.exp(10 * np.cos(6 * np.pi * phase) - 10))
    3
    """
    from scipy.special import gammaincc

    nbins = len(profile)
    powers = np.abs(np.fft.rfft(profile)[1 : (nbins + 1) // 2]) ** 2 / nbins
    levels = np.cumsum(powers) - 2.0 * np.arange(len(powers))
    numbers = np.arange(1, int(levels.argmax()) + 2) if len(powers) else np.zeros(0, np.int64)
    varied = min(_PULSE_VARIANCE / nturns, _MOST_VARIED)
    for npeaks in range(min(max_peaks, len(numbers)), 1, -1):
        is_multiple = numbers % npeaks == 0
        others, multiples = powers[numbers - 1][~is_multiple], powers[numbers - 1][is_multiple]
        scale = 1.0 + varied * multiples.sum() / max(len(others), 1)
        chance_of_others = gammaincc(len(others), others.sum() / scale)
        chance_of_multiples = gammaincc(len(multiples), multiples.sum())
        if chance_of_others > _CHANCE and chance_of_multiples < _CHANCE**3:
            return npeaks
    return 1
