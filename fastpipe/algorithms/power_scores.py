"""What single powers say about the level of the noise, and how much they then have part in their own level.

A power u over its level scores s(u) = u up to 2, 2 up to 4, from there on less until it scores the mean m of noise at 12 and
beyond (a redescending M-estimator, Hampel et al. 1986, Robust Statistics, 2.6). The level at which the mean score is m uses
exponential noise nearly as well as its mean does, and strong signals have no part in it.
"""

import math
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels.half_bins import SIDE_BINS
from fastpipe_kernels.whitening import CLIPPED_POWER, FADING_POWER, IGNORED_POWER

SCORE_STEP: Final = 0.25
"""Step of the powers for which `own_scores` has values."""
_SCORE_STOP: Final = 60.0
_NQUADRATURE: Final = 32
_NQUANTILES: Final = 1 << 15

_FADING_SPAN: Final = IGNORED_POWER - FADING_POWER
_MEAN_FADING: Final = (math.exp(-FADING_POWER) - math.exp(-IGNORED_POWER)) / _FADING_SPAN
MEAN_SCORE: Final = (1.0 - math.exp(-CLIPPED_POWER) - CLIPPED_POWER * _MEAN_FADING) / (1.0 - _MEAN_FADING)
"""Mean score of noise whose level is right."""
SCORE_GAIN: Final = (1.0 - (1.0 + CLIPPED_POWER) * math.exp(-CLIPPED_POWER)) - (
    CLIPPED_POWER - MEAN_SCORE
) / _FADING_SPAN * ((1.0 + FADING_POWER) * math.exp(-FADING_POWER) - (1.0 + IGNORED_POWER) * math.exp(-IGNORED_POWER))
"""Change of the mean score with ln of the powers."""


def scores(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scores of powers less their mean in noise, over what the mean changes with ln level.

    Parameters
    ----------
    powers
        Over the level of the noise, any shape.

    Returns
    -------
    ndarray
        The change of ln level that each asks for.
    """
    fading = np.clip((powers - FADING_POWER) / _FADING_SPAN, 0.0, 1.0)
    excess = (np.minimum(powers, CLIPPED_POWER) - MEAN_SCORE) * (1.0 - fading)
    return np.asarray(excess / SCORE_GAIN)


@cache
def score_variance() -> float:
    """Return the variance of the score of a bin of noise: that of ln level times the number of bins that it is made of."""
    powers = -np.log((np.arange(_NQUANTILES) + 0.5) / _NQUANTILES)
    return float((scores(powers) ** 2).mean())


@cache
def own_scores() -> NDArray[np.float64]:
    """Return what a power at a bin and one at a half bin add to the scores of the bins that it is made of.

    A half bin has the amplitude a = sum of w_j A_j over 16 bins. Given a, A_j is w_j a and noise of power 1 - w_j^2.

    Returns
    -------
    ndarray
        Mean sums of scores, read-only, shape [2, npowers]: at bins, at half bins, for powers of 0, `SCORE_STEP` ...
    """
    powers = np.arange(0.0, _SCORE_STOP + SCORE_STEP, SCORE_STEP)
    weights = 1.0 / (np.arange(SIDE_BINS) + 0.5)
    weights /= np.sqrt(2.0 * (weights**2).sum())
    noise, chance = np.polynomial.laguerre.laggauss(_NQUADRATURE)
    turns = np.exp(2j * np.pi * (np.arange(_NQUADRATURE) + 0.5) / _NQUADRATURE)
    table = np.stack([scores(powers), np.zeros(powers.size)])
    for weight in weights:
        rest = np.sqrt((1.0 - weight**2) * noise)[:, np.newaxis] * turns
        amplitudes = weight * np.sqrt(powers)[:, np.newaxis, np.newaxis] + rest
        table[1] += 2.0 * (scores(np.abs(amplitudes) ** 2).mean(axis=2) @ chance)
    table.flags.writeable = False
    return table
