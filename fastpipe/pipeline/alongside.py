"""Work that only one thread can do, at the same time as a stage that all threads share."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from fastpipe.pipeline.executor import Executor

Item = TypeVar("Item")
Result = TypeVar("Result")
Beside = TypeVar("Beside")


class Alongside(Generic[Beside]):
    """An executor that runs one more task beside the first stage that it is given, and begins with it.

    Parameters
    ----------
    executor
        Runs the tasks of all stages.
    task
        What to do besides. It must not depend on the stage.

    Examples
    --------
    >>> from fastpipe.execution.executors import SerialExecutor
    >>> from fastpipe.execution.stage_ledger import StageLedger
    >>> from fastpipe.execution.progress import SilentProgress
    >>> both = Alongside(SerialExecutor(SilentProgress(), StageLedger()), lambda: "digest")
    >>> both.map(abs, [-1, -2], "statistics"), both.result("digest of the files")
    ([1, 2], 'digest')
    """

    def __init__(self, executor: Executor, task: Callable[[], Beside]) -> None:
        self._executor = executor
        self._task: Callable[[], Beside] | None = task
        self._results: list[Beside] = []

    @property
    def nthreads(self) -> int:
        """Number of functions that may run at the same time."""
        return self._executor.nthreads

    def map(self, function: Callable[[Item], Result], items: Sequence[Item], stage: str) -> list[Result]:
        """Run `function` on every item, and show the progress of the stage under this name."""
        task, self._task = self._task, None
        if task is None:
            return self._executor.map(function, items, stage)

        def run(index: int) -> list[Result]:
            if index < 0:
                self._results.append(task())
                return []
            return [function(items[index])]

        parts = self._executor.map(run, range(-1, len(items)), stage)
        return [result for part in parts for result in part]

    def result(self, stage: str) -> Beside:
        """Return the result of the task; where there was no stage to run it beside, it is run as a stage of this name."""
        if not self._results:
            self.map(abs, [], stage)
        return self._results[0]
