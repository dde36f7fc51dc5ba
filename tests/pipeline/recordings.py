"""Recordings in memory for tests of the pipeline."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.config import BirdiesConfig, CleaningConfig, SearchConfig
from fastpipe.data.birdies import Birdies
from fastpipe.data.dispersion_plan import DispersionPlan
from fastpipe.data.header import Header
from fastpipe.data.recording import Chunk
from fastpipe.execution.executors import SerialExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.birdies import find_birdies
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.dedispersion import dedisperse_pass
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.passes import plan_passes
from fastpipe.pipeline.preparation import prepare
from fastpipe.pipeline.rfi import find_rfi
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape

PULSAR = SimulatedPulsar(period_s=0.0893, dm=62.4, snr=30.0)
SHAPE = FilterbankShape(nchans=48, nsamples=2**15, tsamp=4e-4)


@dataclass(frozen=True)
class MemoryRecording:
    """A recording that was never written."""

    header: Header
    data: NDArray[Any]
    paths: tuple[Path, ...] = ()
    gaps: tuple[Chunk, ...] = ()
    oddities: tuple[str, ...] = ()

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return the spectra `start` to `stop`."""
        return self.data[start:stop]


def simulated(
    shape: FilterbankShape = SHAPE,
    pulsar: SimulatedPulsar | None = PULSAR,
    interference: SimulatedInterference | None = None,
    seed: int = 1,
) -> MemoryRecording:
    """Simulate a recording in memory."""
    header, blocks = simulate(shape, pulsar, interference, seed)
    return MemoryRecording(header, np.concatenate(list(blocks)))


def flipped(recording: MemoryRecording) -> MemoryRecording:
    """Return the same recording with the lowest channel first."""
    header = recording.header
    ascending = replace(header, fch1=header.fch1 + (header.nchans - 1) * header.foff, foff=-header.foff)
    return MemoryRecording(ascending, np.ascontiguousarray(recording.data[:, ::-1]))


def clean_as_searched(recording: MemoryRecording, **options: Any) -> CleanRecording:
    """Clean a recording as a search does, with options of the cleaning."""
    config, executor = CleaningConfig(**options), SerialExecutor(SilentProgress(), StageLedger())
    return prepare(recording, find_rfi(recording, config, executor), config, executor)


def birdies_of(
    clean: CleanRecording, plan: DispersionPlan, options: BirdiesConfig | None = None, executor: Executor | None = None
) -> Birdies:
    """Find the birdies of a recording as a search does, in the sub-bands of its first pass."""
    executor, options = executor or SerialExecutor(SilentProgress(), StageLedger()), options or BirdiesConfig()
    header, budget = clean.recording.header, Budget(PROGRAM_BYTES + 2**30, executor.nthreads, 2**18)
    reading = plan_passes(header, plan, budget, SearchConfig(birdies=options), clean.unfiltered_below_dm)[0]
    series = dedisperse_pass(clean, reading, np.empty(reading.values, np.float32), executor)
    subbands = series[-1] if reading.subbands else None
    return find_birdies(clean, subbands, options, executor, dm_max=float(plan.dm_trials.max()))
