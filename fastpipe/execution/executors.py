"""Executors: one after the other, or as a Dask graph over the threads of this process."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, TypeVar

from fastpipe.execution.progress import Progress
from fastpipe.execution.stage_ledger import StageLedger

Item = TypeVar("Item")
Result = TypeVar("Result")

DRAIN_S: Final = 20.0
"""Longest wait in s for the tasks that run when a search is interrupted: batch systems kill half a minute after asking."""


class SerialExecutor:
    """Runs tasks one after the other in the calling thread: the oracle that all others must agree with to the bit."""

    def __init__(self, progress: Progress, ledger: StageLedger) -> None:
        self.nthreads = 1
        self._progress = progress
        self._ledger = ledger

    def map(self, function: Callable[[Item], Result], items: Sequence[Item], stage: str) -> list[Result]:
        """Run `function` on every item, in order."""
        self._progress.stage(stage, len(items))
        with self._ledger.stage(stage, len(items), self.nthreads):
            return self._run(self._counted(function), items)

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

    def __init__(self, nthreads: int, progress: Progress, ledger: StageLedger) -> None:
        super().__init__(progress, ledger)
        self.nthreads = nthreads

    def _run(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        from dask.base import compute
        from dask.delayed import delayed
        from dask.threaded import get

        tasks = _OrderedTasks(function, items)
        task: Any = delayed(tasks.run_next, pure=False)
        try:
            # By its name, Dask would look for a cluster first, and import all that takes.
            compute(*(task() for _ in items), scheduler=get, num_workers=self.nthreads)
        except BaseException:
            tasks.stop(DRAIN_S)
            raise
        return [tasks.results[index] for index in range(len(items))]


class _OrderedTasks(Generic[Item, Result]):
    """Items that are begun in their order, whichever thread asks for the next.

    Dask runs tasks that do not depend on one another in an order of its own. In the order of the items, the recording is
    read from its beginning to its end, and what takes longest can be put first.
    """

    def __init__(self, function: Callable[[Item], Result], items: Sequence[Item]) -> None:
        self.results: dict[int, Result] = {}
        self._function, self._items = function, items
        self._begun = self._running = 0
        self._is_stopped = False
        self._changed = threading.Condition()

    def run_next(self) -> None:
        """Run the next item, unless the tasks were stopped."""
        with self._changed:
            if self._is_stopped:
                return
            index = self._begun
            self._begun += 1
            self._running += 1
        try:
            self.results[index] = self._function(self._items[index])
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def stop(self, wait_s: float) -> None:
        """Begin no more tasks, and give those that run some time to end: what they finish is kept."""
        with self._changed:
            self._is_stopped = True
            self._changed.wait_for(lambda: self._running == 0, wait_s)
