"""Tasks on worker processes of this machine: results, bounds, and what becomes of tasks that kill workers."""

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.scheduler_overhead import search_stub, stub_tasks
from fastpipe.config.cluster import ClusterConfig
from fastpipe.errors import BusyError, IncompleteError, ResourceError
from fastpipe.execution import distributed_tasks, task_flight
from fastpipe.execution.cluster_connection import ClusterConnection
from fastpipe.execution.dask_settings import THREAD_VARIABLES, USABLE_SHARE
from fastpipe.execution.distributed_tasks import TaskRunner
from fastpipe.execution.local_workers import local_workers
from fastpipe.execution.task_flight import Task
from tests.execution import remote_tasks

MEMORY = 700 * 2**20


@pytest.fixture(scope="module")
def connection() -> Iterator[ClusterConnection]:
    with local_workers(ClusterConfig(kind="local", workers=2, memory="700MiB", wait_for_workers="20s")) as connection:
        yield connection


@pytest.fixture
def runner(connection: ClusterConnection) -> Iterator[TaskRunner]:
    with TaskRunner(connection) as runner:
        yield runner


def count_tasks(dask_scheduler: Any) -> int:
    return len(dask_scheduler.tasks)


def numbers(count: int, memory_bytes: int = 1000) -> list[Task]:
    return [Task(f"number {number}", number, memory_bytes) for number in range(count)]


def test_every_task_has_its_result_once(runner: TaskRunner) -> None:
    results = {task.key: result["end"] for task, result in runner.run(search_stub, stub_tasks(300))}
    assert results == {f"shard {shard}": 16 * shard + 16 for shard in range(300)}


def test_results_come_as_they_are_finished(runner: TaskRunner) -> None:
    tasks = [Task("long", 0.6, 1), Task("short", 0.01, 1)]
    assert [task.key for task, _ in runner.run(remote_tasks.sleep, tasks)] == ["short", "long"]


def test_no_tasks_at_all(runner: TaskRunner) -> None:
    assert list(runner.run(remote_tasks.square, [])) == []


def test_tasks_are_taken_a_bounded_number_ahead(runner: TaskRunner) -> None:
    taken = itertools.count()
    tasks = (Task(str(next(taken)), 0.05, 1) for _ in range(60))
    ahead = [int(repr(taken)[6:-1]) - done for done, _ in enumerate(runner.run(remote_tasks.sleep, tasks))]
    assert max(ahead) < 40


def test_scheduler_forgets_what_was_delivered(connection: ClusterConnection, runner: TaskRunner) -> None:
    assert len(list(runner.run(remote_tasks.square, numbers(50)))) == 50
    end = time.monotonic() + 5
    while connection.client.run_on_scheduler(count_tasks) and time.monotonic() < end:
        time.sleep(0.05)
    assert connection.client.run_on_scheduler(count_tasks) == 0


def test_tasks_of_different_size(runner: TaskRunner) -> None:
    tasks = [replace(task, memory_bytes=1000 * (1 + index % 3)) for index, task in enumerate(numbers(30))]
    assert sorted(result for _, result in runner.run(remote_tasks.square, tasks)) == [n * n for n in range(30)]


def test_task_that_is_larger_than_any_worker_is_refused(runner: TaskRunner) -> None:
    tasks = [*numbers(3), Task("shard 3", 3, 2 * 2**30)]
    with pytest.raises(ResourceError, match=r"found shard 3, which needs 2 GiB, expected at most the 560 MiB"):
        list(runner.run(remote_tasks.square, tasks))


def test_workers_are_placed_and_limited(connection: ClusterConnection, runner: TaskRunner) -> None:
    assert connection.worker_bytes == int(USABLE_SHARE * MEMORY)
    assert set(connection.workers().values()) == {connection.worker_bytes}
    found = [result for _, result in runner.run(remote_tasks.describe_process, numbers(8))]
    assert len({process["pid"] for process in found}) == 2
    for process in found:
        assert process["environment"].items() >= {**THREAD_VARIABLES, "MALLOC_TRIM_THRESHOLD_": "0"}.items()


def test_errors_of_fastpipe_arrive_as_themselves(runner: TaskRunner) -> None:
    with pytest.raises(IncompleteError, match="found 3 files, expected 4; wait") as caught:
        list(runner.run(remote_tasks.raise_incomplete, numbers(20)))
    assert caught.value.exit_code == 5
    # What was on its way is no burden for the next run.
    assert len(list(runner.run(remote_tasks.square, numbers(5)))) == 5


def test_errors_of_the_system_arrive_as_themselves(runner: TaskRunner) -> None:
    with pytest.raises(OSError, match="No space left") as caught:
        list(runner.run(remote_tasks.raise_disk_error, numbers(1)))
    assert (caught.value.errno, caught.value.filename) == (28, "/nowhere/file")


def test_worker_that_dies_costs_no_result(runner: TaskRunner, tmp_path: Path) -> None:
    tasks = [Task(str(n), (n, str(tmp_path / "died") if n == 3 else ""), 1) for n in range(12)]
    assert sorted(result for _, result in runner.run(remote_tasks.die_once, tasks)) == list(range(12))
    assert (tmp_path / "died").exists()


def test_task_that_kills_workers_is_replaced_and_others_are_not_blamed(runner: TaskRunner) -> None:
    killed = []

    def smaller(task: Task) -> Task:
        killed.append(task.key)
        return Task(f"{task.key} again", 100, task.memory_bytes // 2)

    tasks = [replace(task, argument=-1) if task.argument == 2 else task for task in numbers(12)]
    results = {task.key: result for task, result in runner.run(remote_tasks.die_if_negative, tasks, on_killed=smaller)}
    assert killed == ["number 2"]
    assert results == {f"number {n}": n for n in range(12) if n != 2} | {"number 2 again": 100}


def test_worker_that_exceeds_its_memory_is_ended(runner: TaskRunner) -> None:
    asked = []

    def smaller(task: Task) -> Task:
        asked.append(task.argument)
        return replace(task, argument=2**26)

    found = list(runner.run(remote_tasks.hold, [Task("shard 1", 2**31, 2**28)], on_killed=smaller))
    assert asked == [2**31]
    assert [result for _, result in found] == [2**26]


def test_task_without_a_smaller_form_is_an_error_with_the_number(runner: TaskRunner) -> None:
    with pytest.raises(ResourceError, match=r"died of shard 7, expected 256 MiB to be enough for it; give workers more"):
        list(runner.run(remote_tasks.run_out_of_memory, [Task("shard 7", -1, 2**28)], on_killed=lambda _: None))


def interrupt_after_first(connection: ClusterConnection, tasks: list[Task]) -> None:
    with TaskRunner(connection) as runner:
        for _ in runner.run(remote_tasks.sleep_and_mark, tasks):
            raise KeyboardInterrupt


def test_leaving_waits_for_what_runs_and_cancels_the_rest(connection: ClusterConnection, tmp_path: Path) -> None:
    tasks = [Task(str(n), (0.8, str(tmp_path / str(n))), 1) for n in range(20)]
    with pytest.raises(KeyboardInterrupt):
        interrupt_after_first(connection, tasks)
    begun, done = ({path.stem for path in tmp_path.glob(f"*.{state}")} for state in ("begun", "done"))
    assert begun == done
    assert 2 <= len(done) <= 4


def test_missing_workers_are_an_error_in_the_end(connection: ClusterConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    impatient = replace(connection, patience_s=0.5)
    monkeypatch.setattr(impatient, "workers", lambda: {"tcp://127.0.0.1:1": 10})
    monkeypatch.setattr(distributed_tasks, "_LOOK_S", 0.2)
    with (
        pytest.raises(BusyError, match=r"found no worker for \d+ s in 2 workers .* resumes"),
        TaskRunner(impatient) as runner,
    ):
        list(runner.run(remote_tasks.sleep, [Task("shard", 2.0, 1000)]))


def test_results_that_cannot_be_fetched_end_the_run(runner: TaskRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_flight, "_UNFETCHED_S", 1.0)
    begin = time.monotonic()
    with pytest.raises(BusyError, match=r"cannot be fetched for 1 s \(AttributeError\)"):
        list(runner.run(remote_tasks.unreadable, numbers(3)))
    assert time.monotonic() - begin < 30.0
