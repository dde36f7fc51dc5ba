"""Executors: one after the other, or as a Dask graph over the threads of this process."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from fastpipe.execution.progress import Progress

Item = TypeVar("Item")
Result = TypeVar("Result")


class StageTimes:
    """Wall and CPU seconds of every stage, summed over its calls, in the order of first use."""

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}

    def add(self, stage: str, wall_s: float, cpu_s: float) -> None:
        """Add one call of a stage."""
        wall, cpu = self.seconds.get(stage, (0.0, 0.0))
        self.seconds[stage] = (wall + wall_s, cpu + cpu_s)


class SerialExecutor:
    """Runs tasks one after the other in the calling thread: the oracle that all others must agree with to the bit."""

    def __init__(self, progress: Progress, times: StageTimes) -> None:
        self.nthreads = 1
        self._progress = progress
        self._times = times

    def map(self, function: Callable[[Item], Result], items: Sequence[Item], stage: str) -> list[Result]:
        """Run `function` on every item, in order."""
        self._progress.stage(stage, len(items))
        wall, cpu = time.perf_counter(), time.process_time()
        results = self._run(self._counted(function), items)
        self._times.add(stage, time.perf_counter() - wall, time.process_time() - cpu)
        return results

    def _run(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        return [function(item) for item in items]

    def _counted(self, function: Callable[[Item], Result]) -> Callable[[Item], Result]:
        def run(item: Item) -> Result:
            result = function(item)
            self._progress.advance()
            return result

        return run


class ThreadedExecutor(SerialExecutor):
    """Runs tasks as a Dask graph over `nthreads` threads. Kernels release the GIL, so they run at the same time."""

    def __init__(self, nthreads: int, progress: Progress, times: StageTimes) -> None:
        super().__init__(progress, times)
        self.nthreads = nthreads

    def _run(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        from dask.base import compute
        from dask.delayed import delayed

        # Dask runs tasks that do not depend on one another in an order of its own. In the order of the items, the recording
        # is read from its beginning to its end, and what takes longest can be put first.
        order = iter(range(len(items)))
        lock = threading.Lock()
        results: dict[int, Result] = {}

        def run_next() -> None:
            with lock:
                index = next(order)
            results[index] = function(items[index])

        task: Any = delayed(run_next, pure=False)
        compute(*(task() for _ in items), scheduler="threads", num_workers=self.nthreads)
        return [results[index] for index in range(len(items))]
