"""A night of FAST's 19 beams in small files: a pulsar near beam 7, interference in most beams."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from fastpipe.algorithms.beam_pattern import BEAM_FWHM_ARCMIN
from fastpipe.data.beams import NBEAMS, beam_offsets_arcmin, beam_position_deg
from fastpipe.io.sigproc import write_filterbank
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape

POINTING_DEG = (291.0, 12.5)
PULSAR_BEAM = 7
PULSAR_PERIOD_S, PULSAR_DM = 0.0923, 18.0
RFI_PERIOD_S, RFI_DM = 0.2371, 11.0
_PEAK_SNR = 1000.0
_RFI_SNR = 22.0
_LEAST_SNR = 1.0
_OFF_AXIS_ARCMIN = 3.0


def pulsar_snrs() -> np.ndarray:
    """S/N of the pulsar in every beam: it lies off beam 7, towards the point between two of its neighbours."""
    offsets = beam_offsets_arcmin()
    own = offsets[PULSAR_BEAM - 1]
    distances = np.hypot(*(offsets - own).T)
    neighbours = offsets[np.argsort(distances, kind="stable")[1:7]]
    # Two neighbours of beam 7 that are neighbours of each other.
    second = min(neighbours[1:], key=lambda place: float(np.hypot(*(place - neighbours[0]))))
    towards = (neighbours[0] + second) / 2.0 - own
    source = own + _OFF_AXIS_ARCMIN * towards / math.hypot(*towards)
    response = 0.5 ** (4.0 * (np.hypot(*(offsets - source).T) / BEAM_FWHM_ARCMIN) ** 2)
    return np.asarray(_PEAK_SNR * response)


def file_of_beam(folder: Path, beam: int) -> Path:
    return folder / f"J1924+1230_tracking-M{beam:02d}_0001.fil"


def write_beam(path: Path, beam: int, *, nchans: int = 64, nsamples: int = 6000, tsamp: float = 1e-3) -> Path:
    """Write what one beam recorded; those that do not see the pulsar see the interference."""
    ra_deg, dec_deg = beam_position_deg(*POINTING_DEG, beam)
    shape = FilterbankShape(
        nchans=nchans, nsamples=nsamples, tsamp=tsamp, source_name="J1924+1230", ra_deg=ra_deg, dec_deg=dec_deg
    )
    snr = float(pulsar_snrs()[beam - 1])
    if snr > _LEAST_SNR:
        signal = SimulatedPulsar(period_s=PULSAR_PERIOD_S, dm=PULSAR_DM, snr=snr)
    else:
        signal = SimulatedPulsar(period_s=RFI_PERIOD_S, dm=RFI_DM, snr=_RFI_SNR)
    header, blocks = simulate(shape, signal, seed=beam)
    write_filterbank(path, replace(header, ibeam=beam), blocks)
    return path


def all_beams() -> range:
    return range(1, NBEAMS + 1)
