"""How often noise gives candidates: the promise of `log10_fap`, counted.

``python -m benchmarks.false_alarms 100`` searches 100 noise recordings of 60 s and prints, for several values of
`log10_fap`, how many signals below it were found and how many there may be.
"""

import sys

import numpy as np
from numpy.typing import NDArray

from fastpipe.config import SearchConfig, override
from fastpipe.data.tables import Fate
from fastpipe.execution.executors import StageTimes, ThreadedExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.search import available_cores
from fastpipe.pipeline.search import search_recording
from fastpipe.pipeline.shards import PROGRAM_BYTES, Budget
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import simulated

SHAPE = FilterbankShape(nchans=128, nsamples=305_176, tsamp=196.608e-6)
LEVELS = (0.5, 0.0, -0.5, -1.0, -2.0)


def false_alarms(seed: int, shape: FilterbankShape = SHAPE) -> NDArray[np.float64]:
    """Search one recording of noise and return `log10_fap` of every signal found, duplicates left out, ascending."""
    config = override(SearchConfig(), log10_fap_max=-99.0)
    executor = ThreadedExecutor(available_cores(), SilentProgress(), StageTimes())
    budget = Budget(PROGRAM_BYTES + 3 * 2**30, executor.nthreads, 2**25)
    detections = search_recording(simulated(shape, None, seed=seed), config, budget, executor).detections
    return np.sort(detections["log10_fap"][detections["fate"] != Fate.DUPLICATE])


def main(nrecordings: int) -> None:
    """Search recordings with seeds 1, 2, ... and print the counts."""
    found = np.concatenate([false_alarms(seed) for seed in range(1, nrecordings + 1)])
    print(f"{nrecordings} recordings of noise, {SHAPE.nsamples * SHAPE.tsamp:.0f} s, {SHAPE.nchans} channels, DM 0 to 500")
    print("log10_fap below   found   at most expected")
    for level in LEVELS:
        print(f"{level:15.1f} {np.count_nonzero(found < level):7d} {nrecordings * 10**level:18.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
