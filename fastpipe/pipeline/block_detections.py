"""From the peaks of one lane block to rows of the table of detections, the best of each signal refined."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.acceleration_filters import DRIFT_STEP, JERK_STEP
from fastpipe.algorithms.acceleration_peaks import ACCELERATION_PEAK_DTYPE
from fastpipe.algorithms.detection_groups import group_detections, strongest_first
from fastpipe.algorithms.fourier_refinement import refine_detections
from fastpipe.algorithms.harmonic_series import Spin
from fastpipe.algorithms.significance import log10_fap
from fastpipe.data.harmonic_powers import MOST_HARMONICS, FoundDetections, HarmonicPowers
from fastpipe.data.tables import DETECTION_COLUMNS, Table, empty_table

_KINDS: Final = np.array([b"fft", b"accel", b"jerk"])
"""Names of the searches with one, two and three free parameters."""
_STEPS_BINS: Final = (0.5, DRIFT_STEP, JERK_STEP)
"""Steps of the trials in frequency, z and w of the highest harmonic, in Fourier bins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchedBlock:
    """What turns peaks in the spectra of a lane block into detections."""

    spectra: NDArray[np.float32]
    """Whitened spectra, shape [nfft // 2 + 1, 2, 16]."""
    dm_trials: NDArray[np.float64]
    """DMs of the lanes in pc cm^-3; lanes beyond them are left out, shape [ntrials]."""
    nsamples: int
    """Samples of a series that hold data; zeros follow."""
    tsamp: float
    """Sampling time in s, in the frame of the search."""
    tobs_s: float
    """Length of the observation in s, to which z and w of detections refer."""
    freq_max_hz: float
    """Largest frequency that can be folded, in Hz."""

    @property
    def nfft(self) -> int:
        """Length of the transform in samples."""
        return 2 * (len(self.spectra) - 1)


def make_detections(block: SearchedBlock, peaks: list[Table], ntrials: float, log10_fap_max: float) -> FoundDetections:
    """Turn the peaks of a lane block into detections.

    Peaks are at the middle of the transform, detections at that of the data. Of the detections that may become candidates
    the strongest of each signal in the block is refined: in frequency; in z too if it was found with drift; in w too if that
    drift changes. One that was found without drift keeps z = 0, which most pulsars have, and its fold tries drifts again.
    The others have the step of the search as their error.

    Parameters
    ----------
    block
        The block and its spectra.
    peaks
        Tables of peaks of the searches, with `z` and `w` where these were searched.
    ntrials
        Effective number of trials of the whole run, to which `log10_fap` refers.
    log10_fap_max
        Largest `log10_fap` of a candidate.

    Returns
    -------
    FoundDetections
        By lane, then in the order of the peaks, with all columns but `obs_id` and those that sifting fills; powers of the
        harmonics of the refined ones.
    """
    merged = _merge(peaks, len(block.dm_trials), block.freq_max_hz)
    kind = np.where(merged["w"] != 0.0, 2, np.where(merged["z"] != 0.0, 1, 0))
    detections = empty_table(DETECTION_COLUMNS, len(merged))
    detections["search"], detections["dm"] = _KINDS[kind], block.dm_trials[merged["lane"]]
    for name in ("nharm", "power", "sigma", "nzapped"):
        detections[name] = merged[name]
    detections["log10_fap"] = log10_fap(merged["log_probability"], ntrials)
    _fill_from_grid(detections, merged, kind, block)
    best = np.sort(_best_of_signals(detections, block.tobs_s, log10_fap_max))
    powers = np.zeros((len(best), MOST_HARMONICS), np.float32)
    for nfree in (1, 2, 3):
        is_chosen = kind[best] == nfree - 1
        chosen = best[is_chosen]
        if len(chosen):
            refined = refine_detections(
                block.spectra, merged[chosen], tsamp=block.tsamp, nsamples=block.nsamples, nfree=nfree
            )
            detections[chosen] = _refined(detections[chosen], refined, block, nfree)
            powers[is_chosen] = refined["harmonic_powers"]
    return FoundDetections(detections, HarmonicPowers(best, powers))


def _merge(peaks: list[Table], nlanes: int, freq_max_hz: float) -> Table:
    """Put the peaks of all searches together, by lane, without those that are not wanted."""
    merged = np.zeros(sum(map(len, peaks)), ACCELERATION_PEAK_DTYPE)
    start = 0
    for table in peaks:
        for name in table.dtype.names or ():
            merged[name][start : start + len(table)] = table[name]
        start += len(table)
    merged = merged[(merged["lane"] < nlanes) & (merged["freq_hz"] <= freq_max_hz)]
    return merged[np.argsort(merged["lane"], kind="stable")]


def _fill_from_grid(detections: Table, peaks: Table, kind: NDArray[np.int64], block: SearchedBlock) -> None:
    """Write frequencies and drifts of peaks at the middle of the data, and the steps of the search as errors."""
    at_middle = Spin(fourier_bin=peaks["freq_hz"] * block.nfft * block.tsamp, z=peaks["z"], w=peaks["w"])
    in_data = at_middle.in_part(block.nsamples / block.nfft)
    data_s = block.nsamples * block.tsamp
    errors = [np.where(kind >= index, step / peaks["nharm"], np.inf) for index, step in enumerate(_STEPS_BINS)]
    detections["freq_hz"], detections["freq_err_hz"] = in_data.fourier_bin / data_s, errors[0] / (block.nfft * block.tsamp)
    scale = block.tobs_s / data_s
    detections["z"], detections["w"] = in_data.z * scale**2, in_data.w * scale**3
    detections["z_err"], detections["w_err"] = errors[1], errors[2]


def _best_of_signals(detections: Table, tobs_s: float, log10_fap_max: float) -> NDArray[np.intp]:
    """Return the indices of the strongest detection of each signal of the block that may become a candidate."""
    possible = np.flatnonzero(detections["log10_fap"] <= log10_fap_max)
    possible = possible[strongest_first(detections[possible])]
    leader = group_detections(detections[possible], tobs_s)
    return np.asarray(possible[leader == np.arange(len(possible))])


def _refined(detections: Table, refined: Table, block: SearchedBlock, nfree: int) -> Table:
    """Return detections with the frequencies and drifts of the largest power near their peaks, and the errors of these."""
    table, tobs_s = detections.copy(), block.tobs_s
    # What lies at the upper end of the search can still be folded.
    table["freq_hz"], table["freq_err_hz"] = np.minimum(refined["freq_hz"], block.freq_max_hz), refined["freq_err_hz"]
    if nfree > 1:
        table["z"], table["z_err"] = refined["fdot_hz_s"] * tobs_s**2, refined["fdot_err_hz_s"] * tobs_s**2
    if nfree > 2:
        table["w"], table["w_err"] = refined["fddot_hz_s2"] * tobs_s**3, refined["fddot_err_hz_s2"] * tobs_s**3
    return table
