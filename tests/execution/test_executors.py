"""Executors: results in order, errors passed on, progress and times counted."""

import threading
import time

import pytest

from fastpipe.config import ExecutionConfig
from fastpipe.execution.executors import SerialExecutor, StageTimes, ThreadedExecutor
from fastpipe.execution.machine import make_budget
from fastpipe.execution.progress import SilentProgress


class CountingProgress(SilentProgress):
    """Progress that remembers."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int]] = []
        self.done = 0
        self._lock = threading.Lock()

    def stage(self, name: str, total: int) -> None:
        self.stages.append((name, total))

    def advance(self, n: int = 1) -> None:
        with self._lock:
            self.done += n


@pytest.fixture(params=[1, 3])
def executor(request: pytest.FixtureRequest) -> SerialExecutor:
    progress, times = CountingProgress(), StageTimes()
    return SerialExecutor(progress, times) if request.param == 1 else ThreadedExecutor(request.param, progress, times)


def test_results_come_in_the_order_of_the_items(executor: SerialExecutor) -> None:
    def slow_square(number: int) -> int:
        time.sleep(0.002 * (5 - number % 5))
        return number * number

    assert executor.map(slow_square, range(20), "squares") == [number * number for number in range(20)]
    assert executor._progress.stages == [("squares", 20)]
    assert executor._progress.done == 20
    wall_s, _ = executor._times.seconds["squares"]
    assert wall_s > 0.005


def test_an_error_of_a_task_is_the_error_of_the_stage(executor: SerialExecutor) -> None:
    def fail(number: int) -> None:
        raise ValueError(f"task {number}")

    with pytest.raises(ValueError, match="task"):
        executor.map(fail, [1, 2], "failing")


def test_nothing_to_do_is_done_at_once(executor: SerialExecutor) -> None:
    assert executor.map(str, [], "nothing") == []


def test_threads_run_at_the_same_time() -> None:
    executor = ThreadedExecutor(2, SilentProgress(), StageTimes())
    barrier = threading.Barrier(2, timeout=20)
    assert len(executor.map(lambda _: barrier.wait(), range(2), "meeting")) == 2


def test_times_add_up_over_calls() -> None:
    times = StageTimes()
    times.add("a", 1.0, 2.0)
    times.add("a", 0.5, 0.5)
    assert times.seconds == {"a": (1.5, 2.5)}


def test_a_budget_follows_the_options() -> None:
    budget = make_budget(ExecutionConfig(memory="2GiB", threads=3, chunk_bytes="1MiB"))
    assert (budget.memory_bytes, budget.nthreads, budget.chunk_bytes) == (2**31, 3, 2**20)
    assert make_budget(ExecutionConfig(scheduler="serial", threads=3)).nthreads == 1
    assert make_budget(ExecutionConfig()).memory_bytes > 2**28


def test_tasks_begin_in_the_order_of_the_items() -> None:
    begun: list[int] = []
    ThreadedExecutor(1, SilentProgress(), StageTimes()).map(begun.append, range(50), "stage")
    assert begun == list(range(50))
