"""What the mask does to a candidate: whether it beats at the candidate's period, and whether it takes the signal away."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.boxcar_match import match_boxcars
from fastpipe.algorithms.fourier_cube import detection_level

_PERIODIC_LEVEL: Final = 12.0
"""Half of the H statistic from which on a mask counts as periodic: chance gives it in 1 of 15,000 candidates."""
_LEAST_MODULATION: Final = 0.05
"""Difference of the masked fraction between two phases below which it does no harm."""
_SNR_LOSS: Final = 1.1
"""Factor in S/N, about a fifth in energy, by which a candidate may be stronger without the mask."""
_SNR_SCATTER: Final = 1.5
"""Gain in S/N that noise alone gives now and then when masked samples come back."""


def on_pulse(profile: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the phase bins of the best boxcar of a profile in units of its noise, shape [nbins].

    Examples
    --------
    >>> on_pulse(np.array([0.0, 9.0, 8.0, 0.0, 0.0, 0.0, 0.0, 0.0])).nonzero()[0].tolist()
    [1, 2]
    """
    match = match_boxcars(profile)
    is_on = np.zeros(len(profile), np.bool_)
    is_on[(int(match.first_bin) + np.arange(int(match.width_bins))) % len(profile)] = True
    return is_on


def masked_fraction(recorded: NDArray[np.float64], present: NDArray[np.float64], is_on: NDArray[np.bool_]) -> float:
    """Return the fraction of the recorded samples of some phase bins that is masked.

    Parameters
    ----------
    recorded, present
        Samples that were recorded and those of them that are not masked, shape [nsubints, nbins].
    is_on
        The phase bins, shape [nbins].

    Returns
    -------
    float
        0 where nothing was recorded.

    Examples
    --------
    >>> masked_fraction(np.full((2, 4), 10.0), np.array([[10.0, 5, 10, 10], [10, 10, 10, 10]]), np.arange(4) == 1)
    0.25
    """
    total = recorded[:, is_on].sum()
    return float(1.0 - present[:, is_on].sum() / total) if total > 0 else 0.0


def is_periodic(recorded: NDArray[np.float64], present: NDArray[np.float64]) -> bool:
    """Tell whether a mask is periodic at the period at which it was folded.

    The harmonics of the masked samples are compared between their sum over sub-integrations and the sub-integrations alone:
    they add up where the phase of the mask stays, and as a random walk where it does not, whatever lengths and numbers of
    stretches are masked. The H statistic of de Jager et al. (1989, A&A 221, 180) takes as many harmonics as it needs.

    Parameters
    ----------
    recorded, present
        Samples that were recorded and those of them that are not masked, shape [nsubints, nbins].

    Returns
    -------
    bool
        True where chance does not do it and the masked fraction differs between phases by 5 % or more.
    """
    of_phase = recorded.sum(axis=0)
    filled = of_phase > 0
    if not filled.any():
        return False
    absent = recorded - present
    if np.ptp(absent.sum(axis=0)[filled] / of_phase[filled]) < _LEAST_MODULATION:
        return False
    harmonics = np.fft.rfft(absent, axis=1)[:, 1 : (absent.shape[1] + 1) // 2].T
    alone = np.sqrt(np.sum(np.abs(harmonics) ** 2, axis=1))
    together = np.divide(harmonics.sum(axis=1), alone, out=np.zeros(len(alone), np.complex128), where=alone > 0)
    level, _ = detection_level(together)
    return bool(level > _PERIODIC_LEVEL)


def mask_warning(
    recorded: NDArray[np.float64], present: NDArray[np.float64], is_on: NDArray[np.bool_], *, snr: float, snr_unmasked: float
) -> str:
    """Say in a few words what a person should know of the mask before believing a candidate.

    Parameters
    ----------
    recorded, present
        Samples that were recorded and those of them that are not masked, folded at the candidate, shape [nsubints, nbins].
    is_on
        Phase bins of its pulse, shape [nbins].
    snr, snr_unmasked
        S/N with the mask, and without (NaN where that is the same).

    Returns
    -------
    str
        Warnings separated by "; ", empty where there are none: the mask follows the pulse (it eats a bright pulsar, or hides
        periodic interference), or has the period of the candidate elsewhere in phase (and may have made it); the candidate
        is stronger without the mask by a tenth: the mask eats it, or it is what is left of interference.
    """
    warnings = []
    if is_periodic(recorded, present):
        is_on_more = masked_fraction(recorded, present, is_on) > masked_fraction(recorded, present, ~is_on)
        warnings.append("mask follows the pulse" if is_on_more else "mask has the period of the candidate")
    if snr_unmasked > max(_SNR_LOSS * snr, snr + _SNR_SCATTER):
        warnings.append("stronger without the mask")
    return "; ".join(warnings)
