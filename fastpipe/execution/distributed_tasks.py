"""Many small calls on a cluster, in bounded numbers, whatever happens to workers."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any

from fastpipe.errors import ResourceError
from fastpipe.execution.cluster_connection import ClusterConnection
from fastpipe.execution.task_flight import Landing, Task, TaskFlight
from fastpipe.units import format_bytes

DRAIN_S = 20.0
"""Longest wait for tasks that run when the run is broken off, in s: less than batch queues allow before they kill."""

_AHEAD_S = 0.5
"""Work that the workers shall have at hand, in s."""
_LEAST_AHEAD = 2
"""Tasks a worker: one that runs, and one that begins when it is finished."""
_MOST_AHEAD = 150
_COLLECT_S = 0.2
_LOOK_S = 2.0
_REPLACE_S = 5.0

KilledHook = Callable[[Task], Task | None]


class TaskRunner:
    """Runs tasks on a cluster. Leaving its context cancels what has not begun and waits for what runs.

    A worker that dies takes down with it all tasks it had been given, of which one may be the reason. After its second death
    a task is put off to the end, where it runs alone: if workers still die of it, it is guilty.

    Parameters
    ----------
    connection
        The cluster.

    Examples
    --------
    ::

        with open_cluster("local:2") as connection, TaskRunner(connection) as runner:
            for task, result in runner.run(search_shard, tasks):
                ...
    """

    def __init__(self, connection: ClusterConnection) -> None:
        self._connection = connection
        self._flight: TaskFlight | None = None
        self._nworkers = 0
        self._looked = self._landed = self._suited = self._replaced = 0.0
        self._task_s = _AHEAD_S

    def __enter__(self) -> "TaskRunner":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._drain()

    def run(
        self, function: Callable[[Any], Any], tasks: Iterable[Task], *, on_killed: KilledHook | None = None
    ) -> Iterator[tuple[Task, Any]]:
        """Call a function for every task.

        Parameters
        ----------
        function
            Called with the argument of a task; importable on the workers.
        tasks
            Taken as workers get free, some ahead.
        on_killed
            Called with a task that workers die of, as when it needs more memory than they have. Returns the task to run in
            its place, or None to give up.

        Yields
        ------
        tuple of Task and Any
            A task and its result, in the order in which they are finished.

        Raises
        ------
        FastpipeError
            What a task raises, as itself.
        ResourceError
            If a task needs more memory than any worker has, or workers die of it and it has no replacement.
        BusyError
            If the scheduler is lost, or there is no suitable worker for too long.
        """
        flight = self._flight = TaskFlight(self._connection, function)
        waiting, suspects, is_alone = iter(tasks), deque[Task](), False
        self._landed = self._suited = self._replaced = time.monotonic()
        try:
            self._look_at_workers(flight, self._suited)
            while True:
                if not is_alone or not flight:
                    is_alone = self._fill(flight, waiting, suspects)
                if not flight:
                    return
                for landing in self._collect(flight):
                    task = self._task_to_repeat(landing, is_alone, on_killed)
                    if task is None:
                        yield landing.task, landing.result
                    else:
                        suspects.append(task)
        finally:
            self._drain()

    def _fill(self, flight: TaskFlight, waiting: Iterator[Task], suspects: deque[Task]) -> bool:
        """Submit tasks up to what the workers shall have at hand; returns whether a suspect now runs alone."""
        room = self._window() - len(flight)
        # Few at a time cost more than many: a call to the scheduler is as expensive as ten tasks.
        if not flight or room >= max(1, self._window() // 4):
            tasks = [self._checked(task) for _, task in zip(range(room), waiting, strict=False)]
            flight.submit(tasks)
        if flight or not suspects:
            return False
        flight.submit([self._checked(suspects.popleft())])
        return True

    def _window(self) -> int:
        ahead = min(max(_LEAST_AHEAD, int(_AHEAD_S / self._task_s)), _MOST_AHEAD)
        return ahead * max(self._nworkers, 1)

    def _checked(self, task: Task) -> Task:
        if task.memory_bytes > self._connection.worker_bytes:
            raise ResourceError(
                f"found {task.key}, which needs {format_bytes(task.memory_bytes)}, expected at most the "
                f"{format_bytes(self._connection.worker_bytes)} that a task may use on a worker of {self._connection.name}; "
                "give workers more memory, or search with a smaller --memory"
            )
        return task

    def _collect(self, flight: TaskFlight) -> list[Landing]:
        landings = flight.collect(_COLLECT_S)
        now = time.monotonic()
        if landings:
            # The mean follows soon where tasks begin to take more or less time.
            seconds = max(now - self._landed, 1e-5) * max(self._nworkers, 1) / len(landings)
            self._task_s += 0.2 * (seconds - self._task_s)
            self._landed = now
        if now - self._looked >= _LOOK_S:
            self._look_at_workers(flight, now)
        return landings

    def _look_at_workers(self, flight: TaskFlight, now: float) -> None:
        """Count the workers, replace those that ended, and give up where no suitable one comes."""
        workers = self._connection.workers()
        self._looked, self._nworkers = now, len(workers)
        if any(memory >= flight.most_bytes for memory in workers.values()):
            self._suited = now
        elif now - self._suited > self._connection.patience_s:
            raise self._connection.deserted(now - self._suited, flight.most_bytes)
        if now - self._replaced >= _REPLACE_S:
            self._replaced = now
            self._connection.replace_lost()

    def _task_to_repeat(self, landing: Landing, is_alone: bool, on_killed: KilledHook | None) -> Task | None:
        """Decide what becomes of a task that a worker died of; None for one that has a result."""
        from distributed.scheduler import KilledWorker

        if landing.error is None:
            return None
        if not isinstance(landing.error, KilledWorker | MemoryError):
            raise landing.error
        if isinstance(landing.error, KilledWorker) and not is_alone:
            return landing.task
        replacement = on_killed(landing.task) if on_killed else None
        if replacement is None:
            raise ResourceError(
                f"found worker processes that died of {landing.task.key}, expected "
                f"{format_bytes(landing.task.memory_bytes)} to be enough for it; give workers more memory, or search with a "
                "smaller --memory"
            )
        return replacement

    def _drain(self) -> None:
        flight, self._flight = self._flight, None
        if flight is None:
            return
        try:
            flight.drain(DRAIN_S)
        except BaseException:
            # Whoever interrupts the draining does not want to wait.
            self._connection.is_abandoned = True
            raise
