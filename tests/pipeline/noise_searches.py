"""Searches of pure noise, to count false alarms."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.config import SearchConfig, override
from fastpipe.data.tables import Fate
from fastpipe.execution.executors import ThreadedExecutor
from fastpipe.execution.machine import available_cores
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.search import search_recording
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import simulated

NOISE_SHAPE = FilterbankShape(nchans=64, nsamples=2**17, tsamp=196.608e-6)
LARGEST_LOG10_FAP = 0.5
_NOT_COUNTED = (Fate.DUPLICATE, Fate.HARMONIC, Fate.FAINT)
"""Duplicates and harmonics share the noise of a better one, so effective numbers of trials count them with it."""


def false_alarms(seed: int, **options: Any) -> NDArray[np.float64]:
    """Search 26 s of noise and return `log10_fap`, up to 0.5, of every signal found, in ascending order.

    Signals that are rejected for their DM count: that rule is not part of the promise.
    """
    config = override(SearchConfig(), log10_fap_max=LARGEST_LOG10_FAP, max_candidates=1, **options)
    executor = ThreadedExecutor(available_cores(), SilentProgress(), StageLedger())
    budget = Budget(PROGRAM_BYTES + 3 * 2**30, executor.nthreads, 2**25)
    detections = search_recording(simulated(NOISE_SHAPE, None, seed=seed), config, budget, executor).detections
    return np.sort(detections["log10_fap"][~np.isin(detections["fate"], _NOT_COUNTED)])
