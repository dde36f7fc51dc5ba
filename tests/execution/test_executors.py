"""Executors: results in order, errors passed on, progress and times counted."""

import signal
import threading
import time

import pytest

from fastpipe.config import ExecutionConfig
from fastpipe.data.stage_record import StageRecord
from fastpipe.execution.executors import SerialExecutor, ThreadedExecutor
from fastpipe.execution.machine import make_budget
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger


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
    progress, times = CountingProgress(), StageLedger()
    return SerialExecutor(progress, times) if request.param == 1 else ThreadedExecutor(request.param, progress, times)


def test_results_come_in_the_order_of_the_items(executor: SerialExecutor) -> None:
    def slow_square(number: int) -> int:
        time.sleep(0.002 * (5 - number % 5))
        return number * number

    assert executor.map(slow_square, range(20), "squares") == [number * number for number in range(20)]
    assert executor._progress.stages == [("squares", 20)]
    assert executor._progress.done == 20
    (record,) = executor._ledger.records
    assert (record.stage, record.ntasks, record.nthreads, record.outcome) == ("squares", 20, executor.nthreads, "done")
    assert record.wall_s > 0.005


def test_an_error_of_a_task_is_the_error_of_the_stage(executor: SerialExecutor) -> None:
    def fail(number: int) -> None:
        raise ValueError(f"task {number}")

    with pytest.raises(ValueError, match="task"):
        executor.map(fail, [1, 2], "failing")


def test_nothing_to_do_is_done_at_once(executor: SerialExecutor) -> None:
    assert executor.map(str, [], "nothing") == []


def test_threads_run_at_the_same_time() -> None:
    executor = ThreadedExecutor(2, SilentProgress(), StageLedger())
    barrier = threading.Barrier(2, timeout=20)
    assert len(executor.map(lambda _: barrier.wait(), range(2), "meeting")) == 2


@pytest.mark.parametrize(("error", "outcome"), [(ValueError, "failed"), (KeyboardInterrupt, "interrupted")])
def test_a_stage_that_ends_early_is_recorded_as_such(error: type[BaseException], outcome: str) -> None:
    kept: list[StageRecord] = []
    begun: list[str] = []
    ledger = StageLedger(kept.append, "this run", begun.append)
    with pytest.raises(error), ledger.stage("cleaning", 3, 2):
        raise error
    assert ledger.records == kept
    assert [(record.stage, record.outcome, record.run) for record in kept] == [("cleaning", outcome, "this run")]
    assert begun == ["cleaning"]


def test_tasks_that_run_end_before_an_interruption_goes_on() -> None:
    executor = ThreadedExecutor(2, SilentProgress(), StageLedger())
    begun, ended = [], []
    lock = threading.Lock()

    def work(number: int) -> None:
        with lock:
            begun.append(number)
        if number == 1:
            time.sleep(0.05)
            signal.raise_signal(signal.SIGUSR1)
        time.sleep(0.2)
        ended.append(number)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            executor.map(work, range(50), "interrupted")
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert sorted(begun) == sorted(ended)
    assert len(begun) < 10


def test_a_budget_follows_the_options() -> None:
    budget = make_budget(ExecutionConfig(memory="2GiB", threads=3, chunk_bytes="1MiB"))
    assert (budget.memory_bytes, budget.nthreads, budget.chunk_bytes) == (2**31, 3, 2**20)
    assert make_budget(ExecutionConfig(scheduler="serial", threads=3)).nthreads == 1
    assert make_budget(ExecutionConfig()).memory_bytes > 2**28


def test_tasks_begin_in_the_order_of_the_items() -> None:
    begun: list[int] = []
    ThreadedExecutor(1, SilentProgress(), StageLedger()).map(begun.append, range(50), "stage")
    assert begun == list(range(50))
