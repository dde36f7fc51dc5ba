"""Search for the frequency, drift and DM of a folded pulse: coarse grids of bounded size, then the climb to the top."""

from dataclasses import replace
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
)
from fastpipe.algorithms.likelihood_peak import FREE_DM, FREE_FDOT, FREE_FREQ, Peak, climb
from fastpipe.algorithms.profile_snr import match_harmonics

_FDOT_GAIN_MIN: Final = 16.0
"""Gain in twice the log likelihood (S/N squared) for which a drift is believed: 4 sigma, as the search had no drift."""
COARSE_HARMONICS: Final = 16
"""Harmonics of which grids over frequency and drift are made."""
_MATCHED_HARMONICS: Final = 31
"""Harmonics of which grids over frequency or DM alone are made."""
_BEND_MIN_BINS: Final = 0.5
"""Phase bins by which a drift must bend the pulse's track: pulses of bright pulsars jitter by more than their noise."""
_FREQ_RANGE_BINS: Final = 1.5
_FDOT_RANGE_BINS: Final = 4.0
_DM_RANGE_WIDTHS: Final = 2.0
_NDMS: Final = 129
_TURNS_A_SUBINT: Final = 0.15
"""Turns that a trial frequency may drift within a sub-integration: beyond that its profile would be smeared."""


def find_peak(fourier: FourierCube, dm: float, *, is_dm_free: bool, is_drifting: bool) -> Peak:
    """Find the best frequency and DM, and the drift where it is there or gains enough.

    The grids have 97 frequencies, 129 DMs, and 97 frequencies by 33 drifts; the climb begins at the best point of each. A DM
    that the band does not constrain within two pulse widths keeps its value.

    Parameters
    ----------
    fourier
        Cube to search.
    dm
        DM of the cube in pc cm^-3; offsets do not lead below 0.
    is_dm_free, is_drifting
        As of `fastpipe.algorithms.refinement.refine`.

    Returns
    -------
    Peak
        The top of the likelihood.
    """
    if not is_dm_free:
        return _find(fourier, np.zeros(1), is_drifting)
    dms = _dm_offsets(fourier, dm)
    peak = _find(fourier, dms, is_drifting)
    if peak.errors[FREE_DM] < dms[-1]:
        return peak
    without_dm = _find(fourier, np.zeros(1), is_drifting)
    freq_err, fdot_err, _ = without_dm.errors
    return replace(without_dm, errors=(freq_err, fdot_err, peak.errors[FREE_DM]))


def _find(fourier: FourierCube, dms: NDArray[np.float64], is_drifting: bool) -> Peak:
    """Find the peak, among offsets `dms` if more than one."""
    freqs, fdots = drift_offsets(fourier)
    free = (FREE_FREQ,) * (len(freqs) > 1) + (FREE_DM,) * (len(dms) > 1)
    dm_min = float(dms[0]) if len(dms) > 1 else 0.0
    freq_offset = _best_freq(fourier, 0.0, freqs)
    dm_offset = _best_dm(fourier, freq_offset, dms)
    freq_offset = _best_freq(fourier, dm_offset, freqs)
    steady = climb(fourier, (freq_offset, 0.0, dm_offset), free, dm_min=dm_min)
    if len(fdots) == 1:
        return steady
    freq_offset, fdot_offset = _best_drift(fourier, steady.dm_offset, freqs, fdots)
    starts = [(freq_offset, fdot_offset, steady.dm_offset), (steady.freq_offset_hz, 0.0, steady.dm_offset)]
    tops = [climb(fourier, start, (*free, FREE_FDOT), dm_min=dm_min) for start in starts[: 1 + is_drifting]]
    drifting = max(tops, key=lambda peak: peak.snr)
    bend_bins = abs(drifting.fdot_offset_hz_s) * span_s(fourier.subint_mid_s) ** 2 / 8.0 * fourier.nbins
    gain = drifting.snr**2 - steady.snr**2
    if gain > 0.0 and (is_drifting or (gain > _FDOT_GAIN_MIN and bend_bins > _BEND_MIN_BINS)):
        return drifting
    return replace(steady, errors=(steady.errors[FREE_FREQ], drifting.errors[FREE_FDOT], steady.errors[FREE_DM]))


def span_s(subint_mid_s: NDArray[np.float64]) -> float:
    """Return the length of the recording in s, from the middles of its sub-integrations."""
    nsubints = len(subint_mid_s)
    return float(np.ptp(subint_mid_s)) * nsubints / max(nsubints - 1, 1)


def drift_offsets(fourier: FourierCube) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the offsets in frequency (Hz) and drift (Hz s^-1) of the grid; only zero where too few sub-integrations tell.

    They reach 1.5 Fourier bins and 4 bins of drift either way, in steps of half a turn of the highest harmonic.
    """
    nsubints, length_s = len(fourier.subint_mid_s), max(span_s(fourier.subint_mid_s), 1e-9)
    nharm = min(len(fourier.harmonics), COARSE_HARMONICS)
    freq_bins = min(_FREQ_RANGE_BINS, _TURNS_A_SUBINT * nsubints) if nsubints >= 2 else 0.0
    fdot_bins = min(_FDOT_RANGE_BINS, 2.0 * _TURNS_A_SUBINT * nsubints) if nsubints >= 8 else 0.0
    nfreqs, nfdots = int(np.ceil(freq_bins * 2 * nharm)), int(np.ceil(fdot_bins * nharm / 4))
    freqs = np.arange(-nfreqs, nfreqs + 1) / (2 * nharm * length_s)
    fdots = np.arange(-nfdots, nfdots + 1) * 4 / (nharm * length_s**2)
    return freqs, fdots


def _dm_offsets(fourier: FourierCube, dm: float) -> NDArray[np.float64]:
    """Return DM offsets that shift the band's ends by up to two pulse widths, none below DM 0."""
    band_turns = float(np.ptp(fourier.turns_per_dm))
    match = match_harmonics(fourier.harmonics.sum(axis=(1, 2)), fourier.nbins)
    width = max(float(match.width_turns), 1.0 / COARSE_HARMONICS)
    offsets = np.linspace(-1.0, 1.0, _NDMS) * _DM_RANGE_WIDTHS * width / max(band_turns, 1e-12)
    return offsets[offsets >= -max(dm, 0.0)]


def _best_freq(fourier: FourierCube, dm_offset: float, freqs: NDArray[np.float64]) -> float:
    band_sums = sum_over_band(fourier, dm_offset)[:_MATCHED_HARMONICS]
    sums = drift_grid(band_sums, fourier.subint_mid_s, freqs, np.zeros(1))[:, 0]
    return float(freqs[_match(sums).argmax()])


def _best_dm(fourier: FourierCube, freq_offset: float, dms: NDArray[np.float64]) -> float:
    time_sums = sum_over_time(fourier, freq_offset, 0.0)[:_MATCHED_HARMONICS]
    return float(dms[_match(dm_grid(time_sums, fourier.turns_per_dm, dms)).argmax()])


def _match(sums: NDArray[np.complex128]) -> NDArray[np.float64]:
    """S/N of profiles of these harmonics, shape [nharm, nprofiles]."""
    return match_harmonics(sums.T, 2 * len(sums) + 2).snr


def _best_drift(
    fourier: FourierCube, dm_offset: float, freqs: NDArray[np.float64], fdots: NDArray[np.float64]
) -> tuple[float, float]:
    """Return frequency and drift of the largest H statistic, which costs little at 3200 points."""
    band_sums = sum_over_band(fourier, dm_offset)[:COARSE_HARMONICS]
    level, _ = detection_level(drift_grid(band_sums, fourier.subint_mid_s, freqs, fdots))
    fdot, freq = np.unravel_index(int(level.argmax()), level.shape)
    return float(freqs[freq]), float(fdots[fdot])
