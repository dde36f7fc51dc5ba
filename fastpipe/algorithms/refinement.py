"""Refinement of period, drift and DM on a folded cube, by turning sub-integrations and sub-bands."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.fourier_cube import (
    FourierCube,
    detection_level,
    dm_grid,
    drift_grid,
    sum_over_band,
    sum_over_time,
    to_fourier,
    to_profiles,
)
from fastpipe.algorithms.likelihood_peak import FREE_DM, FREE_FDOT, FREE_FREQ, Peak, climb
from fastpipe.algorithms.profile_snr import cube_noise, match_boxcars, normalised_profile
from fastpipe.algorithms.rotation import rotate, rotate_whole_bins
from fastpipe.data.catalogue import Fold
from fastpipe.data.folded_cube import FoldedCube
from fastpipe.dispersion import dm_delay_s

FDOT_GAIN_MIN: Final = 16.0
"""Gain in twice the log likelihood (S/N squared) for which a drift is believed: 4 sigma, as the search had no drift."""
_BEND_MIN_BINS: Final = 0.5
"""Phase bins by which a drift must bend the pulse's track: pulses of bright pulsars jitter by more than their noise."""
_COARSE_HARMONICS: Final = 16
_FREQ_RANGE_BINS: Final = 1.5
_FDOT_RANGE_BINS: Final = 4.0
_DM_RANGE_WIDTHS: Final = 2.0
_TURNS_A_SUBINT: Final = 0.15
"""Turns that a trial frequency may drift within a sub-integration: beyond that its profile would be smeared."""
_FOLLOW_SNR_GAIN: Final = 1.05
"""Factor in S/N for which the DM moves from the largest likelihood to the largest S/N."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refinement:
    """Refined values of a candidate. Errors are of one standard deviation; infinite where nothing was fitted."""

    freq_hz: float
    """Spin frequency at the epoch in Hz."""
    freq_err_hz: float
    fdot_hz_s: float
    """Derivative of the spin frequency in Hz s^-1: that of the fold unless the search found one or another is clearly
    better."""
    fdot_err_hz_s: float
    dm: float
    """DM in pc cm^-3."""
    dm_err: float
    snr: float
    """Matched-filter S/N of the profile."""
    width_phase: float
    """Width of the best boxcar in turns."""
    h_statistic: float
    """H statistic of the profile (de Jager, Raubenheimer & Swanepoel 1989, A&A 221, 180)."""
    noise: float
    """Noise of one channel sample in units of the clean data."""
    fold: Fold
    """Cube turned to these values, and the curves measured on it; no features yet."""


def refine(cube: FoldedCube, *, is_dm_free: bool = True, is_drifting: bool = False) -> Refinement:
    """Refine frequency, drift and DM of a folded candidate.

    Coarse grids (frequency, DM, then frequency and drift) find the peak, at its number of harmonics by the H statistic; the
    likelihood of a pulse of any shape with that many harmonics is then climbed to its top, whose curvature gives the errors.
    A drift that the search did not find keeps its folded value unless another one gains 16 in S/N squared and bends the
    track by half a bin. The DM keeps its value where the band does not constrain it within two pulse widths, and moves to
    the largest S/N where that is clearly elsewhere, because the pulse changes over the band. Errors are those of white
    noise; they cover from about S/N 12 on, and the scatter of fainter candidates is up to 1.6 times larger.

    Parameters
    ----------
    cube
        Folded cube.
    is_dm_free
        False for a series that was dedispersed before: its DM is kept.
    is_drifting
        True where the search found a drift: it is refined however little that gains.

    Returns
    -------
    Refinement
        Refined values, errors, S/N, turned cube and curves.
    """
    noise = cube_noise(cube)
    is_dm_free = is_dm_free and len(cube.subband_freqs_mhz) > 1
    if noise == 0.0:
        return _assemble(cube, noise, Peak.nowhere(), is_dm_free=False)
    fourier = to_fourier(cube, noise)
    dms = _dm_offsets(fourier, cube.dm) if is_dm_free else np.zeros(1)
    peak = _find_peak(fourier, dms, is_drifting)
    if len(dms) > 1 and not peak.errors[FREE_DM] < dms[-1]:
        without_dm = _find_peak(fourier, np.zeros(1), is_drifting)
        peak = replace(without_dm, errors=(without_dm.errors[FREE_FREQ], without_dm.errors[FREE_FDOT], peak.errors[FREE_DM]))
    refinement = _assemble(cube, noise, peak, is_dm_free)
    shift = _shift_to_best_snr(refinement)
    if shift == 0.0:
        return refinement
    freq_err, fdot_err, dm_err = peak.errors
    moved = replace(peak, dm_offset=peak.dm_offset + shift, errors=(freq_err, fdot_err, float(np.hypot(dm_err, shift))))
    return _assemble(cube, noise, moved, is_dm_free)


def _shift_to_best_snr(refinement: Refinement) -> float:
    """Return how far the DM of the largest S/N lies from that of the largest likelihood, 0 where both agree.

    They differ by part of the width of the pulse where its shape changes over the band. The S/N of the summed profile is
    then what counts, and the distance is part of the error. What peaks further away is another signal.
    """
    dms, snrs = refinement.fold.dm_curve.astype(np.float64)
    cube = refinement.fold.cube
    sweep_turns = cube.freq_hz * float(np.ptp(dm_delay_s(1.0, cube.subband_freqs_mhz, cube.reference_mhz)))
    near = np.abs(dms - refinement.dm) * sweep_turns <= refinement.width_phase / 2.0
    if not near.any() or snrs[near].max() < _FOLLOW_SNR_GAIN * refinement.snr:
        return 0.0
    return float(dms[near][snrs[near].argmax()] - refinement.dm)


def _find_peak(fourier: FourierCube, dms: NDArray[np.float64], is_drifting: bool) -> Peak:
    """Find the best frequency, DM (among offsets `dms`, if more than one) and, where it is there or gains enough, drift."""
    span_s = _span_s(fourier)
    freqs, fdots = _drift_offsets(fourier, span_s)
    free = (FREE_FREQ,) * (len(freqs) > 1) + (FREE_DM,) * (len(dms) > 1)
    dm_min = float(dms[0]) if len(dms) > 1 else 0.0

    freq_offset, _ = _best_drift(fourier, 0.0, freqs, np.zeros(1))
    dm_offset = _best_dm(fourier, freq_offset, dms)
    freq_offset, _ = _best_drift(fourier, dm_offset, freqs, np.zeros(1))
    steady = climb(fourier, (freq_offset, 0.0, dm_offset), free, dm_min=dm_min)
    if len(fdots) == 1:
        return steady
    freq_offset, fdot_offset = _best_drift(fourier, steady.dm_offset, freqs, fdots)
    drifting = climb(fourier, (freq_offset, fdot_offset, steady.dm_offset), (*free, FREE_FDOT), dm_min=dm_min)
    bend_bins = abs(drifting.fdot_offset_hz_s) * span_s**2 / 8.0 * fourier.nbins
    gain = 2.0 * (drifting.level - steady.level)
    if gain > 0.0 and (is_drifting or (gain > FDOT_GAIN_MIN and bend_bins > _BEND_MIN_BINS)):
        return drifting
    return replace(steady, errors=(steady.errors[FREE_FREQ], drifting.errors[FREE_FDOT], steady.errors[FREE_DM]))


def _span_s(fourier: FourierCube) -> float:
    """Length of the recording in s, from the middles of its sub-integrations."""
    nsubints = len(fourier.subint_mid_s)
    return float(np.ptp(fourier.subint_mid_s)) * nsubints / max(nsubints - 1, 1)


def _drift_offsets(fourier: FourierCube, span_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Offsets in frequency and drift that are tried; only zero where there are too few sub-integrations to tell."""
    nsubints = len(fourier.subint_mid_s)
    nharm = min(len(fourier.harmonics), _COARSE_HARMONICS)
    freq_bins = min(_FREQ_RANGE_BINS, _TURNS_A_SUBINT * nsubints) if nsubints >= 2 else 0.0
    fdot_bins = min(_FDOT_RANGE_BINS, 2.0 * _TURNS_A_SUBINT * nsubints) if nsubints >= 8 else 0.0
    nfreqs, nfdots = int(np.ceil(freq_bins * 2 * nharm)), int(np.ceil(fdot_bins * nharm / 4))
    freqs = np.arange(-nfreqs, nfreqs + 1) / (2 * nharm * max(span_s, 1e-9))
    fdots = np.arange(-nfdots, nfdots + 1) * 4 / (nharm * max(span_s, 1e-9) ** 2)
    return freqs, fdots


def _dm_offsets(fourier: FourierCube, dm: float) -> NDArray[np.float64]:
    """DM offsets that shift the band's ends by up to two pulse widths, none below DM 0."""
    band_turns = float(np.ptp(fourier.turns_per_dm))
    profile = to_profiles(sum_over_band(fourier, 0.0).sum(axis=1), fourier.nbins)
    width = max(float(match_boxcars(profile).width_bins) / fourier.nbins, 1.0 / _COARSE_HARMONICS)
    offsets = np.linspace(-1.0, 1.0, 129) * _DM_RANGE_WIDTHS * width / max(band_turns, 1e-12)
    return offsets[offsets >= -max(dm, 0.0)]


def _best_drift(
    fourier: FourierCube, dm_offset: float, freqs: NDArray[np.float64], fdots: NDArray[np.float64]
) -> tuple[float, float]:
    band_sums = sum_over_band(fourier, dm_offset)[:_COARSE_HARMONICS]
    level, _ = detection_level(drift_grid(band_sums, fourier.subint_mid_s, freqs, fdots))
    fdot, freq = np.unravel_index(int(level.argmax()), level.shape)
    return float(freqs[freq]), float(fdots[fdot])


def _best_dm(fourier: FourierCube, freq_offset: float, dms: NDArray[np.float64]) -> float:
    level, _ = detection_level(dm_grid(sum_over_time(fourier, freq_offset, 0.0), fourier.turns_per_dm, dms))
    return float(dms[level.argmax()])


def _assemble(cube: FoldedCube, fit_noise: float, peak: Peak, is_dm_free: bool) -> Refinement:
    """Turn the cube to the peak and measure what the catalogue stores."""
    turned = turn_cube(cube, peak.freq_offset_hz, peak.fdot_offset_hz_s, peak.dm_offset)
    # A bright pulse out of line with itself passed for noise before; the errors were in proportion.
    noise = cube_noise(turned)
    excess = noise / fit_noise if fit_noise > 0.0 else 1.0
    errors = [error * excess for error in peak.errors]
    profile = normalised_profile(turned, noise)
    match = match_boxcars(profile)
    width_phase = float(match.width_bins) / cube.nbins
    grid, freqs, fdots = _period_fdot_grid(turned, noise)
    fold = Fold(
        cube=turned,
        profile=profile.astype(np.float32),
        dm_curve=_dm_curve(turned, noise, width_phase, is_dm_free),
        period_fdot_grid=grid.astype(np.float32),
        freq_offsets_hz=freqs,
        fdot_offsets_hz_s=fdots,
        features={},
    )
    return Refinement(
        freq_hz=turned.freq_hz,
        freq_err_hz=errors[FREE_FREQ],
        fdot_hz_s=turned.fdot_hz_s,
        fdot_err_hz_s=errors[FREE_FDOT],
        dm=turned.dm,
        dm_err=errors[FREE_DM],
        snr=float(match.snr),
        width_phase=width_phase,
        h_statistic=h_statistic(profile),
        noise=noise,
        fold=fold,
    )


def h_statistic(profile: NDArray[np.float64]) -> float:
    """Return the H statistic of a profile in units of its noise, shape [nbins]."""
    nbins = len(profile)
    harmonics = np.fft.rfft(profile)[1 : (nbins + 1) // 2] / np.sqrt(nbins)
    return float(2.0 * detection_level(harmonics)[0])


def turn_cube(cube: FoldedCube, freq_offset_hz: float, fdot_offset_hz_s: float, dm_offset: float) -> FoldedCube:
    """Turn a cube to other values.

    Parameters
    ----------
    cube
        Folded cube.
    freq_offset_hz, fdot_offset_hz_s, dm_offset
        New less old values in Hz, Hz s^-1 and pc cm^-3.

    Returns
    -------
    FoldedCube
        The cube as if folded at the new values, but for drift within a sub-integration or sub-band. Counts are turned by
        whole bins.
    """
    x = cube.subint_mid_s
    in_time = freq_offset_hz * x + 0.5 * fdot_offset_hz_s * x * x
    in_band = -dm_offset * cube.freq_hz * dm_delay_s(1.0, cube.subband_freqs_mhz, cube.reference_mhz)
    turns = in_time[:, None] + in_band
    return replace(
        cube,
        cube=rotate(cube.cube.astype(np.float64), turns).astype(np.float32),
        counts=rotate_whole_bins(cube.counts, turns),
        freq_hz=cube.freq_hz + freq_offset_hz,
        fdot_hz_s=cube.fdot_hz_s + fdot_offset_hz_s,
        dm=cube.dm + dm_offset,
    )


def _period_fdot_grid(
    cube: FoldedCube, noise: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """S/N against frequency and drift around the values of a cube, with the offsets."""
    if noise == 0.0:
        return np.zeros((1, 1)), np.zeros(1), np.zeros(1)
    fourier = to_fourier(cube, noise)
    freqs, fdots = _drift_offsets(fourier, _span_s(fourier))
    band_sums = sum_over_band(fourier, 0.0)[:_COARSE_HARMONICS]
    profiles = to_profiles(drift_grid(band_sums, fourier.subint_mid_s, freqs, fdots), min(cube.nbins, 2 * _COARSE_HARMONICS))
    return match_boxcars(profiles).snr, freqs, fdots


def _dm_curve(cube: FoldedCube, noise: float, width_phase: float, is_dm_free: bool) -> NDArray[np.float32]:
    """S/N against DM: from 0 to twice the DM, and densely around it."""
    if not is_dm_free or noise == 0.0:
        return np.zeros((2, 0), np.float32)
    fourier = to_fourier(cube, noise)
    width_dm = width_phase / max(float(np.ptp(fourier.turns_per_dm)), 1e-12)
    near = cube.dm + width_dm * np.linspace(-4.0, 4.0, 65)
    wide = np.linspace(0.0, 2.0 * max(cube.dm, width_dm), 65)
    dms = np.unique(np.concatenate((near[near >= 0.0], wide, [max(cube.dm, 0.0)])))
    sums = dm_grid(sum_over_time(fourier, 0.0, 0.0), fourier.turns_per_dm, dms - cube.dm)
    return np.stack((dms, match_boxcars(to_profiles(sums, cube.nbins)).snr)).astype(np.float32)
