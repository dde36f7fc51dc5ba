"""Tasks that a cluster has now: handed to its scheduler, and collected when they are finished."""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from fastpipe.errors import BusyError
from fastpipe.execution.cluster_connection import ClusterConnection
from fastpipe.execution.dask_settings import MEMORY

_GATHER_S = 10.0
_CANCEL_S = 5.0
_UNFETCHED_S = 120.0
_MOST_FAILURES = 20
_ASK_S = 0.1


@dataclass(frozen=True, slots=True)
class Task:
    """A call of a function that a worker makes."""

    key: str
    """Name of the task in messages."""
    argument: Any
    """What the function is called with: small, for it travels; paths and ranges, never samples."""
    memory_bytes: int
    """Memory that it needs, in bytes; it is placed on a worker that has as much."""


@dataclass(frozen=True, slots=True)
class Landing:
    """A task that is finished."""

    task: Task
    result: Any = None
    error: BaseException | None = None
    """What it raised, or why there is no result."""


class TaskFlight:
    """The tasks of a run that the scheduler knows. A lost scheduler is a `BusyError` in all calls.

    Parameters
    ----------
    connection
        The cluster.
    function
        What the tasks call; importable on the workers.
    """

    def __init__(self, connection: ClusterConnection, function: Callable[[Any], Any]) -> None:
        from distributed import as_completed

        self._connection = connection
        self._client = connection.client
        self._function = function
        self._tasks: dict[Any, Task] = {}
        self._completed = as_completed(loop=self._client.loop)
        # One group of tasks in the scheduler for the whole run: it remembers groups for ever.
        self._group = f"{getattr(function, '__name__', 'task')}-{uuid4().hex[:8]}"
        self._serial = itertools.count()
        # How often results could not be fetched since some could, and since when.
        self._nfailed, self._failed_s = 0, 0.0

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def most_bytes(self) -> int:
        """Memory of the largest task, in bytes."""
        return max((task.memory_bytes for task in self._tasks.values()), default=0)

    def submit(self, tasks: Iterable[Task]) -> None:
        """Hand tasks to the scheduler."""
        for memory_bytes, group in itertools.groupby(tasks, lambda task: task.memory_bytes):
            equals = list(group)
            # A task that is tried again must not be taken for its first trial.
            keys = [(self._group, next(self._serial)) for _ in equals]
            futures = self._client.map(
                self._function,
                [task.argument for task in equals],
                key=keys,
                resources={MEMORY: memory_bytes},
                pure=False,
            )
            self._tasks.update((future, task) for future, task in zip(futures, equals, strict=True))
            self._completed.update(futures)

    def collect(self, seconds: float) -> list[Landing]:
        """Return what is finished; waits for something at most `seconds`.

        Raises
        ------
        BusyError
            If the scheduler is gone.
        """
        with self._completed.thread_condition:
            if not self._completed.has_ready():
                self._completed.thread_condition.wait(seconds)
        futures = self._completed.next_batch(block=False)
        if self._client.status != "running" or any(future.status in ("cancelled", "lost") for future in futures):
            raise self._connection.lost()
        return list(self._land(futures))

    def _land(self, futures: Sequence[Any]) -> Iterator[Landing]:
        finished = [future for future in futures if future.status == "finished"]
        for future, result in self._gather(finished):
            yield Landing(self._tasks.pop(future), result)
        for future in futures:
            if future.status == "error" and future in self._tasks:
                yield Landing(self._tasks.pop(future), error=future.exception())
        # The worker of some died before it gave the result away: they run again.
        self._completed.update([future for future in futures if future in self._tasks])

    def _gather(self, futures: list[Any]) -> list[tuple[Any, Any]]:
        """Fetch results; of none where the worker of one is gone, for who knows when it is computed again."""
        if not futures:
            return []
        try:
            results = self._client.sync(self._client.gather, futures, callback_timeout=_GATHER_S)
        except CancelledError as error:
            raise self._connection.lost() from error
        except Exception as error:
            if self._client.status != "running":
                raise self._connection.lost() from None
            self._note_failure(error)
            return []
        self._nfailed = 0
        return list(zip(futures, results, strict=True))

    def _note_failure(self, error: Exception) -> None:
        """Give up where nothing can be fetched for long, though tasks are finished: they would run again for ever."""
        now = time.monotonic()
        if not self._nfailed:
            self._failed_s = now
        self._nfailed += 1
        # A worker may have died in a long task twice in a row, but not that often.
        if self._nfailed > _MOST_FAILURES and now - self._failed_s > _UNFETCHED_S:
            raise BusyError(
                f"found results on workers of {self._connection.name} that cannot be fetched for {_UNFETCHED_S:.0f} s "
                f"({type(error).__name__}), expected workers that its scheduler can reach, with the same fastpipe; check "
                "both and run the same command again, it resumes"
            ) from error
        time.sleep(_ASK_S)

    def drain(self, seconds: float) -> None:
        """Cancel what has not begun, and wait for what runs: what it writes is not lost then.

        Parameters
        ----------
        seconds
            Longest time to wait.
        """
        futures = list(self._tasks)
        self._tasks.clear()
        if not futures or self._client.status != "running":
            return
        end = time.monotonic() + seconds
        try:
            self._client.sync(self._client.cancel, futures, callback_timeout=_CANCEL_S)
            while self._running():
                if time.monotonic() > end:
                    self._connection.is_abandoned = True
                    return
                time.sleep(_ASK_S)
        except (OSError, RuntimeError, TimeoutError, CancelledError):
            # Without a scheduler there is nobody to wait for: workers end their tasks by themselves.
            self._connection.is_abandoned = True

    def _running(self) -> int:
        counts = self._client.sync(self._client.run, _count_running, on_error="ignore", callback_timeout=_CANCEL_S)
        return sum(counts.values())


def _count_running(dask_worker: Any) -> int:
    return len(dask_worker.state.executing)
