"""Refinement of period, drift and DM on a folded cube, by turning sub-integrations and sub-bands."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.cube_noise import cube_noise, normalised_profile
from fastpipe.algorithms.fourier_cube import (
    FourierCube,
    detection_level,
    dm_grid,
    drift_grid,
    sum_over_band,
    sum_over_time,
    to_fourier,
)
from fastpipe.algorithms.likelihood_peak import FREE_DM, FREE_FDOT, FREE_FREQ, Peak, climb
from fastpipe.algorithms.peak_search import COARSE_HARMONICS, drift_offsets, find_peak
from fastpipe.algorithms.profile_snr import match_harmonics, match_profiles
from fastpipe.algorithms.rotation import rotate_cube, rotate_whole_bins
from fastpipe.data.catalogue import Fold
from fastpipe.data.folded_cube import FoldedCube
from fastpipe.dispersion import dm_delay_s


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
    """Full width at half height of the Gaussian pulse that matches the profile best, in turns."""
    h_statistic: float
    """H statistic of the profile (de Jager, Raubenheimer & Swanepoel 1989, A&A 221, 180)."""
    noise: float
    """Noise of one channel sample in units of the clean data."""
    fold: Fold
    """Cube turned to these values, and the curves measured on it; no features yet."""


def refine(cube: FoldedCube, *, is_dm_free: bool = True, is_drifting: bool = False) -> Refinement:
    """Refine frequency, drift and DM of a folded candidate.

    Coarse grids (frequency, DM, then frequency and drift) find the peak; the likelihood of a Gaussian pulse is then climbed
    to its top, where its sharpness and the scatter of the cells give the errors. Sub-integrations count at the mean time of
    their pulses. A drift that the search did not find keeps its folded value unless another one gains 16 in S/N squared and
    bends the track by half a bin. The DM keeps its value where the band does not constrain it within two pulse widths.
    Errors cover from S/N 7 on (docs/folding.md).

    The number of trial points is bounded, whatever the candidate: two times 97 frequencies, 129 DMs, and two times 97
    frequencies by 33 drifts, then at most four climbs of four times 20 steps. It costs 10 to 25 ms for a cube of
    32 x 32 x 128.

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
    peak = find_peak(fourier, cube.dm, is_dm_free=is_dm_free, is_drifting=is_drifting)
    timed = replace(cube, subint_mid_s=pulse_times_s(cube, peak))
    fourier = replace(fourier, subint_mid_s=timed.subint_mid_s)
    peak = climb(fourier, peak.offsets, peak.free, dm_min=-cube.dm).with_errors_of(peak)
    found = _assemble(timed, noise, peak, is_dm_free)
    return replace(found, fold=replace(found.fold, cube=replace(found.fold.cube, subint_mid_s=cube.subint_mid_s)))


def keep_values(cube: FoldedCube, *, is_dm_free: bool = True, is_drifting: bool = False) -> Refinement:
    """Measure a cube at the values at which it was folded, with the errors that a fit would have; arguments as `refine`."""
    fitted = refine(cube, is_dm_free=is_dm_free, is_drifting=is_drifting)
    kept = _assemble(cube, cube_noise(cube), Peak.nowhere(), is_dm_free and len(cube.subband_freqs_mhz) > 1)
    return replace(kept, freq_err_hz=fitted.freq_err_hz, fdot_err_hz_s=fitted.fdot_err_hz_s, dm_err=fitted.dm_err)


def pulse_times_s(cube: FoldedCube, peak: Peak) -> NDArray[np.float64]:
    """Return the mean time of the pulses in each sub-integration.

    It is up to half a turn from the middle of a sub-integration, which matters where that holds few turns.

    Parameters
    ----------
    cube
        Folded cube.
    peak
        Frequency and drift of the pulses, and the phase of their peak.

    Returns
    -------
    ndarray
        Times in s after the epoch, shape [nsubints]; the middle where there is no pulse.
    """
    middle = cube.subint_mid_s
    if len(middle) < 2:
        return middle
    freq_hz, half_fdot = cube.freq_hz + peak.freq_offset_hz, 0.5 * (cube.fdot_hz_s + peak.fdot_offset_hz_s)
    phase = peak.peak_turns + 0.5 / cube.nbins
    between = 0.5 * (middle[1:] + middle[:-1])
    edges = np.concatenate(([2.0 * middle[0] - between[0]], between, [2.0 * middle[-1] - between[-1]]))
    numbers = np.ceil((freq_hz + half_fdot * edges) * edges - phase)
    turns = 0.5 * (numbers[:-1] + numbers[1:] - 1.0) + phase
    times_s = middle + (turns - (freq_hz + half_fdot * middle) * middle) / (freq_hz + 2.0 * half_fdot * middle)
    return np.where(numbers[1:] > numbers[:-1], times_s, middle)


def _assemble(cube: FoldedCube, fit_noise: float, peak: Peak, is_dm_free: bool) -> Refinement:
    """Turn the cube to the peak and measure what the catalogue stores."""
    turned = turn_cube(cube, peak.freq_offset_hz, peak.fdot_offset_hz_s, peak.dm_offset)
    # A bright pulse out of line with itself passed for noise before; the errors were in proportion.
    noise = cube_noise(turned)
    excess = noise / fit_noise if fit_noise > 0.0 else 1.0
    errors = [error * excess for error in peak.errors]
    profile = normalised_profile(turned, noise)
    match = match_profiles(profile)
    width_phase = float(match.width_turns)
    fourier = to_fourier(turned, noise) if noise > 0.0 else None
    grid, freqs, fdots = _period_fdot_grid(fourier)
    fold = Fold(
        cube=turned,
        profile=profile.astype(np.float32),
        dm_curve=_dm_curve(fourier if is_dm_free else None, turned.dm, width_phase),
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
    return replace(
        cube,
        cube=rotate_cube(cube.cube, in_time, in_band),
        counts=rotate_whole_bins(cube.counts, in_time[:, None] + in_band),
        freq_hz=cube.freq_hz + freq_offset_hz,
        fdot_hz_s=cube.fdot_hz_s + fdot_offset_hz_s,
        dm=cube.dm + dm_offset,
    )


def _period_fdot_grid(
    fourier: FourierCube | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """S/N against frequency and drift around the values of a cube, with the offsets."""
    if fourier is None:
        return np.zeros((1, 1)), np.zeros(1), np.zeros(1)
    freqs, fdots = drift_offsets(fourier)
    band_sums = sum_over_band(fourier, 0.0)[:COARSE_HARMONICS]
    sums = drift_grid(band_sums, fourier.subint_mid_s, freqs, fdots)
    return match_harmonics(np.moveaxis(sums, 0, -1), min(fourier.nbins, 2 * COARSE_HARMONICS + 2)).snr, freqs, fdots


def _dm_curve(fourier: FourierCube | None, dm: float, width_phase: float) -> NDArray[np.float32]:
    """S/N against DM: from 0 to twice the DM, and densely around it."""
    if fourier is None:
        return np.zeros((2, 0), np.float32)
    width_dm = width_phase / max(float(np.ptp(fourier.turns_per_dm)), 1e-12)
    near = dm + width_dm * np.linspace(-4.0, 4.0, 65)
    wide = np.linspace(0.0, 2.0 * max(dm, width_dm), 65)
    dms = np.unique(np.concatenate((near[near >= 0.0], wide, [max(dm, 0.0)])))
    sums = dm_grid(sum_over_time(fourier, 0.0, 0.0), fourier.turns_per_dm, dms - dm)
    return np.stack((dms, match_harmonics(sums.T, fourier.nbins).snr)).astype(np.float32)
