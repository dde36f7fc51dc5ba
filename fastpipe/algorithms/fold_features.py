"""Physical features of a fold: how the signal persists in time and over the band, and whether it looks dispersed."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.curve_moments import curve_moments, even_dm_curve
from fastpipe.algorithms.dm_expectation import expected_dm_curve
from fastpipe.algorithms.fourier_cube import FourierCube, detection_level, drift_grid, sum_over_band, to_fourier
from fastpipe.algorithms.harmonic_check import peaks_a_turn
from fastpipe.algorithms.pulse_strengths import measure_strengths
from fastpipe.algorithms.refinement import Refinement
from fastpipe.data.catalogue import Fold
from fastpipe.data.contribution_groups import MOMENTS
from fastpipe.data.tables import Table

_DM_NEAREST: Final = 1.0
"""Error of the DM in pc cm^-3 below which a DM of zero within its error is that of the ground: no pulsar is that near."""
_DM_SIGNIFICANT: Final = 3.0
"""DM over its error from which on it is not zero."""
_DM_TESTED_RATIO: Final = 0.9
"""A DM curve is judged only if a pulsar would lose at least the rest of its S/N at DM 0."""
_NOISE_SNR: Final = 2.5
"""Largest S/N over all phases and widths that noise gives on average."""
_BIRDIE_HARMONICS: Final = 4
"""Harmonics of a candidate that are looked for among the birdies; with more, slow pulsars always meet one."""
_BIRDIE_FAR_BINS: Final = 100.0
"""Largest distance from a birdie that is told, in Fourier bins."""
_SHAPE_PART: Final = 0.1
"""Part of its S/N by which the DM curve of a real pulsar may differ from the expected one."""
_PEAK_HEIGHT: Final = 0.25
"""Part of the highest peak from which on another one is counted."""
_PEAK_SIGMA: Final = 4.0
"""Height over noise that it also needs."""
_OF_CUBE: Final = (
    *(f"{part}_{kind}" for part in ("subint", "subband") for kind in ("persistence", "modulation", "phase_chi2")),
    "period_fit",
)
"""Features that need the cube."""
_OF_DM: Final = (
    "dm",
    "dm_err",
    "dm_significance",
    "dm0_ratio",
    "dm0_expected",
    "dm0_excess",
    "dm_fit",
    "dm0_excess_snr",
    "dm_misfit",
    "dispersed_snr",
)
"""Features that need a band."""


def measure_features(refinement: Refinement) -> dict[str, float]:
    """Measure what tells pulsars from noise and interference.

    docs/score.md has the list with the meaning of each.

    Parameters
    ----------
    refinement
        Refined fold of a candidate.

    Returns
    -------
    dict
        Features by name. NaN where the recording cannot tell: of a series all that concern band and DM.
    """
    fold = refinement.fold
    profile = fold.profile.astype(np.float64)
    nturns = _nturns(refinement)
    features = {
        "snr": refinement.snr,
        "h_statistic": refinement.h_statistic,
        "width_phase": refinement.width_phase,
        "nturns": nturns,
        "peaks_a_turn": float(peaks_a_turn(profile, nturns=nturns)),
        "npeaks": float(count_peaks(profile)),
    }
    features |= {f"profile_{name}": value for name, value in zip(MOMENTS, curve_moments(profile), strict=True)}
    features |= dict.fromkeys(_OF_CUBE, np.nan)
    if refinement.noise > 0.0:
        fourier = to_fourier(fold.cube, refinement.noise)
        features |= _over_time_and_band(fourier, refinement)
        features["period_fit"] = _period_fit(fourier, fold)
    return features | _of_dm(refinement)


def _nturns(refinement: Refinement) -> float:
    """Return the turns that were folded."""
    middles = refinement.fold.cube.subint_mid_s
    return refinement.freq_hz * float(np.ptp(middles)) * len(middles) / (len(middles) - 1) if len(middles) > 1 else 1.0


def count_peaks(profile: NDArray[np.float64]) -> int:
    """Count the separate peaks of a profile.

    The profile is smoothed to the harmonics that hold its signal; stretches above a quarter of the highest peak, and above
    four times the noise, count.

    Parameters
    ----------
    profile
        Profile in units of its noise, shape [nbins].

    Examples
    --------
    >>> phase = (np.arange(64) + 0.5) / 64
    >>> count_peaks(20 * np.exp(30 * np.cos(2 * np.pi * phase) - 30) + 9 * np.exp(-30 * np.cos(2 * np.pi * phase) - 30))
    2
    """
    nbins = len(profile)
    harmonics = np.fft.rfft(profile)
    count = int(detection_level(harmonics[1 : (nbins + 1) // 2] / np.sqrt(nbins))[1]) if nbins > 2 else 0
    harmonics[count + 1 :] = 0.0
    smooth = np.fft.irfft(harmonics, nbins)
    smooth = smooth - np.median(smooth)
    noise = np.sqrt(2.0 * count / nbins)
    is_high = smooth > max(_PEAK_HEIGHT * float(smooth.max()), _PEAK_SIGMA * noise)
    return int(np.count_nonzero(is_high & ~np.roll(is_high, 1)))


def _over_time_and_band(fourier: FourierCube, refinement: Refinement) -> dict[str, float]:
    """Return persistence, modulation and straightness over time and over the band."""
    counts = refinement.fold.cube.counts
    features = {}
    for axis, part in enumerate(("subint", "subband")):
        weights = counts.sum(axis=(1 - axis, 2), dtype=np.float64)
        strengths = measure_strengths(fourier, weights, axis, refinement.snr)
        features[f"{part}_persistence"] = strengths.persistence
        features[f"{part}_modulation"] = strengths.modulation
        features[f"{part}_phase_chi2"] = strengths.phase_chi2
    return features


def _period_fit(fourier: FourierCube, fold: Fold) -> float:
    """Correlate amplitude against frequency with that of the same pulse, equally bright all the time; NaN if too few turns.

    A signal that is there for part of the time has a wider peak, one that changes its period a broken one.
    """
    if len(fold.freq_offsets_hz) < 3:
        return float("nan")
    band_sums = sum_over_band(fourier, 0.0)
    mean = band_sums.sum(axis=1)
    count = int(detection_level(mean)[1])
    weights = fold.cube.counts.sum(axis=(1, 2), dtype=np.float64)
    steady = mean[:count, None] * (weights / weights.sum())
    zero = np.zeros(1)
    measured, expected = (
        np.sqrt(np.sum(np.abs(drift_grid(sums, fourier.subint_mid_s, fold.freq_offsets_hz, zero)) ** 2, axis=(0, 1)))
        for sums in (band_sums[:count], steady)
    )
    return _correlation(measured, expected)


def _of_dm(refinement: Refinement) -> dict[str, float]:
    """Return the features that need a band."""
    fold = refinement.fold
    moments = curve_moments(even_dm_curve(fold.dm_curve))
    features = {f"dm_curve_{name}": value for name, value in zip(MOMENTS, moments, strict=True)}
    features |= dict.fromkeys(_OF_DM, np.nan)
    if fold.dm_curve.shape[1] < 3 or refinement.noise <= 0.0:
        return features
    measured, expected = fold.dm_curve[1].astype(np.float64), expected_dm_curve(fold, refinement.noise)
    features["dm"], features["dm_err"] = refinement.dm, refinement.dm_err
    features["dm_significance"] = _dm_significance(refinement.dm, refinement.dm_err)
    features["dm0_ratio"] = float(_at_dm_zero(fold.dm_curve[0], measured) / max(measured.max(), 1e-9))
    features["dm0_expected"] = float(_at_dm_zero(fold.dm_curve[0], expected) / max(expected.max(), 1e-9))
    if features["dm0_expected"] <= _DM_TESTED_RATIO:
        # Noise alone gives some S/N at any DM, which adds to what is left of the pulse.
        floor = np.hypot(features["dm0_expected"], _NOISE_SNR / max(refinement.snr, _NOISE_SNR))
        features["dm0_excess"] = features["dm0_ratio"] - min(float(floor), 1.0)
        features["dm_fit"] = _correlation(measured, expected)
        # In units of noise, but for a tenth of the S/N: the pulse of a bright pulsar changes over the band.
        softened = refinement.snr / float(np.sqrt(1.0 + (_SHAPE_PART * refinement.snr) ** 2))
        features["dm0_excess_snr"] = features["dm0_excess"] * softened
        features["dm_misfit"] = (1.0 - features["dm_fit"]) * softened**2
        features["dispersed_snr"] = refinement.snr * float(np.sqrt(max(1.0 - features["dm0_ratio"] ** 2, 0.0)))
    return features


def _dm_significance(dm: float, dm_err: float) -> float:
    """Return DM over its error; NaN where a pulsar nearby would look like the ground."""
    if not np.isfinite(dm_err) or (dm < _DM_SIGNIFICANT * dm_err and dm_err > _DM_NEAREST):
        return float("nan")
    return dm / max(dm_err, 1e-9)


def birdie_distance_bins(freq_hz: float, tobs_s: float, birdies: Table) -> float:
    """Return the distance of a candidate from the nearest birdie in Fourier bins.

    Parameters
    ----------
    freq_hz
        Spin frequency in Hz.
    tobs_s
        Length of the recording in s.
    birdies
        Columns BIRDIE_COLUMNS, in the frame of the candidate.

    Returns
    -------
    float
        Smallest distance of one of the first four harmonics from the edge of a birdie, 0 inside, at most 100.
    """
    if not len(birdies):
        return _BIRDIE_FAR_BINS
    harmonics_hz = freq_hz * np.arange(1, _BIRDIE_HARMONICS + 1)
    outside_hz = np.abs(harmonics_hz[:, None] - birdies["freq_hz"]) - birdies["width_hz"] / 2.0
    return float(np.clip(outside_hz.min() * tobs_s, 0.0, _BIRDIE_FAR_BINS))


def _at_dm_zero(dms: NDArray[np.float32], snrs: NDArray[np.float64]) -> float:
    return float(snrs[np.argmin(np.abs(dms))])


def _correlation(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    left, right = left - left.mean(), right - right.mean()
    scale = np.sqrt(np.sum(left**2) * np.sum(right**2))
    return float(np.sum(left * right) / scale) if scale > 0 else float("nan")
