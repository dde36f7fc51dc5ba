"""Physical features of a fold: how the signal persists in time and over the band, and whether it looks dispersed."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.fourier_cube import dm_grid, to_fourier, to_profiles
from fastpipe.algorithms.harmonic_check import peaks_a_turn
from fastpipe.algorithms.profile_snr import match_boxcars
from fastpipe.algorithms.refinement import Refinement

_GROUP_SNR: Final = 3.0
"""S/N that the signal should have in each stretch of time or band in which its presence is judged."""
_PRESENT: Final = 1.0 / 3.0
"""Part of the expected S/N from which on the signal counts as present."""


def measure_features(refinement: Refinement) -> dict[str, float]:
    """Measure what tells pulsars from noise and interference.

    Parameters
    ----------
    refinement
        Refined fold of a candidate.

    Returns
    -------
    dict
        ``snr``, ``width_phase`` (turns), ``peaks_a_turn``, ``subint_persistence`` and ``subband_persistence`` (fraction of
        stretches of time and band that show the pulse at its phase), ``dm`` and ``dm_err`` (pc cm^-3), ``dm0_ratio`` (S/N at
        DM 0 over the best), ``dm0_expected`` (the same for a real pulsar of this profile), ``dm_fit`` (correlation of the DM
        curve with the expected one). NaN where the recording cannot tell: of a series all that concern band and DM.
    """
    fold = refinement.fold
    in_time, in_band = _presence_over(refinement, axis=1), _presence_over(refinement, axis=0)
    features = {
        "snr": refinement.snr,
        "width_phase": refinement.width_phase,
        "peaks_a_turn": float(peaks_a_turn(fold.profile.astype(np.float64), nturns=_nturns(refinement))),
        "subint_persistence": in_time,
        "subband_persistence": in_band,
        "dm": np.nan,
        "dm_err": np.nan,
        "dm0_ratio": np.nan,
        "dm0_expected": np.nan,
        "dm_fit": np.nan,
    }
    if fold.dm_curve.shape[1] > 2:
        measured, expected = fold.dm_curve[1].astype(np.float64), expected_dm_curve(refinement)
        features["dm"], features["dm_err"] = refinement.dm, refinement.dm_err
        features["dm0_ratio"] = float(_at_dm_zero(fold.dm_curve[0], measured) / max(measured.max(), 1e-9))
        features["dm0_expected"] = float(_at_dm_zero(fold.dm_curve[0], expected) / max(expected.max(), 1e-9))
        features["dm_fit"] = _correlation(measured, expected)
    return features


def _nturns(refinement: Refinement) -> float:
    """Return the turns that were folded."""
    middles = refinement.fold.cube.subint_mid_s
    return refinement.freq_hz * float(np.ptp(middles)) * len(middles) / (len(middles) - 1) if len(middles) > 1 else 1.0


def expected_dm_curve(refinement: Refinement) -> NDArray[np.float64]:
    """S/N that a pulsar with the profile of the fold, equally bright over the band, shows at the DMs of its DM curve.

    Parameters
    ----------
    refinement
        Refined fold of a candidate whose DM curve is not empty.

    Returns
    -------
    ndarray
        S/N, shape [ndms].
    """
    fold = refinement.fold
    fourier = to_fourier(fold.cube, refinement.noise)
    weights = fold.cube.counts.sum(axis=(0, 2), dtype=np.float64)
    profile_harmonics = fourier.harmonics.sum(axis=(1, 2))
    of_band = profile_harmonics[:, None] * (weights / weights.sum())
    return match_boxcars(
        to_profiles(
            dm_grid(of_band, fourier.turns_per_dm, fold.dm_curve[0].astype(np.float64) - refinement.dm), fourier.nbins
        )
    ).snr


def _presence_over(refinement: Refinement, axis: int) -> float:
    """Return in which part of the band (sums over `axis` 0) or of the time (over 1) the best boxcar is seen in its place."""
    cube = refinement.fold.cube
    match = match_boxcars(refinement.fold.profile.astype(np.float64))
    template = np.zeros(cube.nbins)
    template[(int(match.first_bin) + np.arange(int(match.width_bins))) % cube.nbins] = 1.0
    template -= template.mean()
    template /= max(float(np.sqrt(np.sum(template**2))), 1e-9)
    pulse = cube.cube.sum(axis=axis, dtype=np.float64) @ template
    counts = cube.counts.sum(axis=(axis, 2), dtype=np.float64) / cube.nbins
    return _persistence(pulse / max(refinement.noise, 1e-9), counts, refinement.snr)


def _persistence(pulse: NDArray[np.float64], counts: NDArray[np.float64], snr: float) -> float:
    """Fraction of groups of about the same counts that show their share of `snr`; NaN for fewer than two groups.

    `pulse` is the strength of the pulse in each stretch, whose noise is the root of its `counts`.
    """
    pulse, counts = pulse[counts > 0], counts[counts > 0]
    ngroups = min(len(pulse), int((snr / _GROUP_SNR) ** 2))
    if ngroups < 2:
        return float("nan")
    middle = (np.cumsum(counts) - counts / 2.0) / counts.sum()
    _, starts = np.unique((ngroups * middle).astype(np.int64), return_index=True)
    of_groups, of_counts = np.add.reduceat(pulse, starts), np.add.reduceat(counts, starts)
    return float(np.mean(of_groups / np.sqrt(of_counts) > _PRESENT * snr * np.sqrt(of_counts / counts.sum())))


def _at_dm_zero(dms: NDArray[np.float32], snrs: NDArray[np.float64]) -> float:
    return float(snrs[np.argmin(np.abs(dms))])


def _correlation(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    left, right = left - left.mean(), right - right.mean()
    scale = np.sqrt(np.sum(left**2) * np.sum(right**2))
    return float(np.sum(left * right) / scale) if scale > 0 else float("nan")
