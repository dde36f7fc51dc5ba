"""Workers of Dask as jobs of Slurm."""

import os
import time
from pathlib import Path

import pytest

from tests.slurm.private_slurm import PrivateSlurm

pytestmark = pytest.mark.slurm

ROOT = Path(__file__).resolve().parents[2]
CLUSTER = f"""\
kind = "slurm"
workers = 2
threads = 1
memory = "1GiB"
walltime = "10min"
interface = "lo"
local_directory = "{{folder}}"
# Nodes import this module.
job_script_prologue = ["export PYTHONPATH={ROOT}"]
job_extra_directives = ["--output={{folder}}/worker-%j.log"]
wait_for_workers = "1min"
"""


def slow_square(number: int) -> tuple[int, str]:
    time.sleep(0.1)
    return number**2, os.environ["SLURM_JOB_ID"]


def test_workers_that_are_cancelled_lose_nothing_and_are_replaced(
    slurm: PrivateSlurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dask

    # What is set before its defaults are loaded takes them with it when it is put back.
    pytest.importorskip("distributed")

    from fastpipe.execution.cluster import open_cluster
    from fastpipe.execution.distributed_tasks import TaskRunner
    from fastpipe.execution.task_flight import Task

    # Sooner than in life, where a worker may come back.
    monkeypatch.setattr("fastpipe.execution.distributed_tasks._REPLACE_S", 1.0)
    file = tmp_path / "slurm.toml"
    file.write_text(CLUSTER.format(folder=tmp_path))
    tasks = [Task(key=f"square {number}", argument=number, memory_bytes=1 << 20) for number in range(40)]
    squares, jobs, cancelled = {}, set(), set()
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1s"}),
        open_cluster(str(file)) as connection,
        TaskRunner(connection) as runner,
    ):
        for task, (square, job) in runner.run(slow_square, tasks):
            squares[task.argument] = square
            jobs.add(job)
            # One after the other, both those that worked at first.
            if len(jobs) == 2 and job not in cancelled:
                cancelled.add(job)
                slurm.run("scancel", job)
    assert squares == {number: number**2 for number in range(40)}
    assert len(cancelled) == 2
    assert len(jobs) > 2
    assert not slurm.run("squeue", "--noheader", "--states=PENDING")
