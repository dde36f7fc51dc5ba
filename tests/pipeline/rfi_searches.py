"""Searches of recordings with and without interference, to see what it costs and what cleaning brings back."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastpipe.config import SearchConfig, override
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.recording import Recording
from fastpipe.execution.executors import ThreadedExecutor
from fastpipe.execution.machine import available_cores
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.rfi_mask_file import write_rfi_mask
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.search import search_recording
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import simulated

NO_CLEANING = {"find_rfi": False, "find_birdies": False, "zero_dm": "off", "noise_diode": "off", "spike_sigma": 0.0}
_MAX_HARMONIC = 32
_SIGNIFICANT = -2.0
"""log10 of the number that noise gives in a search; default thresholds let up to one through, whatever the interference."""


@dataclass(frozen=True)
class Found:
    """What one search says of one pulsar."""

    snr: float
    """S/N of its fold, 0 where it is not among the candidates."""
    rank: int
    """Its place in the table of candidates from 1, 0 where it is not there."""
    nfalse: int
    """Candidates that are neither the pulsar nor a harmonic or sub-harmonic of it, nor what noise gives now and then."""
    masked_fraction: float
    """Part of the samples that is masked."""


@dataclass(frozen=True)
class Recovery:
    """One pulsar in one kind of interference."""

    reference: Found
    """Without the interference, and with the mask that the default cleaning makes with it."""
    cleaned: Found
    """With the interference and the default cleaning."""
    uncleaned: Found
    """With the interference, not cleaned."""

    @property
    def ratio(self) -> float:
        """S/N of the pulsar in the cleaned recording over that in the clean one."""
        return self.cleaned.snr / self.reference.snr if self.reference.snr else 0.0


def search_with(recording: Recording, config: SearchConfig) -> CatalogueTables:
    """Search a recording with all cores and as much memory as such recordings need."""
    executor = ThreadedExecutor(available_cores(), SilentProgress(), StageLedger())
    return search_recording(recording, config, Budget(PROGRAM_BYTES + 3 * 2**30, executor.nthreads, 2**25), executor)


def look_for(tables: CatalogueTables, freq_hz: float, dm: float | None) -> Found:
    """Look for a pulsar in a catalogue: at its frequency to half a Fourier bin, and near its DM if that is known."""
    candidates, tobs_s = tables.candidates, float(tables.observations["tobs_s"][0])
    fits = np.abs(candidates["freq_hz"] - freq_hz) * tobs_s < 0.5
    if dm is not None:
        fits &= np.abs(candidates["dm"] - dm) < np.maximum(4.0 * candidates["dm_err"], 0.1 * dm + 2.0)
    is_false = ~fits & ~_is_related(candidates["freq_hz"], freq_hz, tobs_s) & (candidates["log10_fap"] < _SIGNIFICANT)
    (places,) = np.nonzero(fits)
    first = int(places[0]) if places.size else -1
    return Found(
        snr=float(candidates["snr"][first]) if first >= 0 else 0.0,
        rank=first + 1,
        nfalse=int(np.count_nonzero(is_false)),
        masked_fraction=tables.masks[1].masked_fraction if tables.masks else 0.0,
    )


def _is_related(freqs_hz: NDArray[np.float64], freq_hz: float, tobs_s: float) -> NDArray[np.bool_]:
    """Tell which frequencies are a harmonic or sub-harmonic of one, to half a Fourier bin of the higher of the two."""
    factors = np.arange(1, _MAX_HARMONIC + 1)
    above = np.abs(freqs_hz[:, None] - freq_hz * factors) * tobs_s < 0.5 * factors
    below = np.abs(freqs_hz[:, None] * factors - freq_hz) * tobs_s < 0.5 * factors
    return np.asarray(above.any(axis=1) | below.any(axis=1))


def recover(
    shape: FilterbankShape,
    pulsar: SimulatedPulsar,
    interference: SimulatedInterference,
    config: SearchConfig,
    folder: Path,
    seed: int = 1,
) -> Recovery:
    """Search the same noise and pulsar three times: cleaned by default, not cleaned, and without the interference."""
    disturbed = simulated(shape, pulsar, interference, seed)
    tables = search_with(disturbed, config)
    uncleaned = search_with(disturbed, override(config, **NO_CLEANING))
    write_rfi_mask(folder / "mask.h5", disturbed.header, tables.masks[1])
    same_mask = override(config, **NO_CLEANING, mask_file=str(folder / "mask.h5"))
    reference = search_with(simulated(shape, pulsar, None, seed), same_mask)
    return Recovery(*(look_for(found, pulsar.freq_hz, pulsar.dm) for found in (reference, tables, uncleaned)))
