"""Searches of pure noise, to count false alarms."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.config import SearchConfig, override
from fastpipe.data.tables import Fate
from fastpipe.execution.executors import StageTimes, ThreadedExecutor
from fastpipe.execution.machine import available_cores
from fastpipe.execution.progress import SilentProgress
from fastpipe.pipeline.search import search_recording
from fastpipe.pipeline.shards import PROGRAM_BYTES, Budget
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import simulated

NOISE_SHAPE = FilterbankShape(nchans=128, nsamples=305_176, tsamp=196.608e-6)


def false_alarms(seed: int) -> NDArray[np.float64]:
    """Search a minute of noise and return `log10_fap` of every signal found, duplicates left out, ascending."""
    config = override(SearchConfig(), log10_fap_max=-99.0)
    executor = ThreadedExecutor(available_cores(), SilentProgress(), StageTimes())
    budget = Budget(PROGRAM_BYTES + 3 * 2**30, executor.nthreads, 2**25)
    detections = search_recording(simulated(NOISE_SHAPE, None, seed=seed), config, budget, executor).detections
    return np.sort(detections["log10_fap"][detections["fate"] != Fate.DUPLICATE])
