"""A search whose parts the workers of a cluster compute.

Workers fill the run folder. Then the search is run here as on one machine: it finds all its parts, and puts the catalogue
together. So the catalogue is the same, and what a cluster loses is only time.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from fastpipe._version import __version__
from fastpipe.config import SearchConfig
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.errors import ConfigError
from fastpipe.execution.cluster import open_cluster
from fastpipe.execution.cluster_connection import ClusterConnection
from fastpipe.execution.distributed_tasks import TaskRunner
from fastpipe.execution.local_run import LocalRun
from fastpipe.execution.machine import available_cores
from fastpipe.execution.search_part import PartReport, SearchPart, SharedSearch, compute_part
from fastpipe.execution.task_flight import Task
from fastpipe.io.code_version import code_version
from fastpipe.io.run_folder import RunFolder
from fastpipe.pipeline.budget import PROGRAM_BYTES
from fastpipe.pipeline.clean_step import clean_step
from fastpipe.pipeline.passes import make_passes
from fastpipe.pipeline.search import search_as_planned
from fastpipe.pipeline.search_setup import SearchSetup, set_up
from fastpipe.pipeline.shards import join_shards
from fastpipe.pipeline.trial_search import TrialSearch, plan_trial_search

_LEAST_SHARE: Final = 8
"""Worker processes that die of a part make its memory half as large, until it is this much smaller than at first."""
_SHARED_DISK_S: Final = 90.0
"""Longest time in s until a file of a worker is seen here: network disks keep lists of files for a minute."""
_ASK_S: Final = 0.5


def search_on_cluster(run: LocalRun, config: SearchConfig, folder: RunFolder, cluster: str) -> CatalogueTables:
    """Search one observation on the workers of a cluster.

    Parameters
    ----------
    run
        The run on this machine, which reads no samples unless a part is lost.
    config
        Options of all stages; the memory is that of each worker.
    folder
        The run folder, on a disk that all workers share.
    cluster
        As `open_cluster` reads it.

    Returns
    -------
    CatalogueTables
        The same as of a search on one machine.

    Raises
    ------
    FastpipeError
        As of a search on one machine; besides if the cluster cannot be reached, or the disk is not shared.
    """
    if run.recording.header.is_series:
        # It takes less time than a worker to start.
        return search_as_planned(set_up(run.recording, config, run.budget, run.executor, folder), run.executor, folder)
    with open_cluster(cluster) as connection, TaskRunner(connection) as runner:
        most = connection.worker_bytes
        memory_bytes = min(run.budget.memory_bytes, most) if config.execution.memory else most
        budget = replace(run.budget, memory_bytes=memory_bytes, nthreads=connection.threads or available_cores())
        setup = set_up(run.recording, config, budget, run.executor, folder)
        _await_first_worker(run, connection, folder)
        shared = _share(run, setup, folder, connection.threads)
        parts = _Parts(run, runner, folder)
        cleaning = SearchPart(search=shared, kind="cleaning")
        (report,) = parts.compute([_task(cleaning)], "cleaning")
        _check_code(report)
        cleaned = clean_step(setup, run.executor, folder, report.file_digest)
        search = plan_trial_search(setup, cleaned)
        _await_file(folder, search.birdies_address)
        shard = replace(cleaning, kind="shard", file_digest=report.file_digest)
        list(parts.compute(_shard_tasks(search, shard, folder), "shards", len(search.shards)))
        list(parts.compute([_task(replace(shard, kind="folding"))], "folding"))
        for address in search.addresses:
            _await_file(folder, address)
    return search_as_planned(setup, run.executor, folder, report.file_digest)


def _await_first_worker(run: LocalRun, connection: ClusterConnection, folder: RunFolder) -> None:
    """Say what a search waits for whose jobs are still in the queue.

    Raises
    ------
    BusyError
        If no job begins in time.
    """
    if connection.workers():
        return
    stage = "waiting for the first worker"
    run.progress.stage(stage, 1)
    folder.tell_stage(stage)
    if not connection.await_workers(connection.patience_s):
        raise connection.deserted(connection.patience_s, connection.worker_bytes)
    run.progress.advance()


def _share(run: LocalRun, setup: SearchSetup, folder: RunFolder, nthreads: int) -> SharedSearch:
    """Describe a search to workers, whose working folder may be another."""
    stamps = tuple(replace(stamp, path=str(Path(stamp.path).absolute())) for stamp in folder.stamps)
    return SharedSearch(
        stamps=stamps,
        config=setup.config.with_absolute_paths(),
        folder=folder.folder.absolute(),
        run=run.ledger.run,
        nthreads=nthreads,
        memory_bytes=setup.budget.memory_bytes,
        chunk_bytes=setup.budget.chunk_bytes,
    )


def _task(part: SearchPart, memory_bytes: int = 0) -> Task:
    """Return a part as a task; one that does not know better gets all memory of a worker."""
    name = f"shard {part.shard}" if part.kind == "shard" else part.kind
    return Task(name, part, min(memory_bytes or part.search.memory_bytes, part.search.memory_bytes))


def _shard_tasks(search: TrialSearch, part: SearchPart, folder: RunFolder) -> list[Task]:
    """Return the tasks of the shards that the run folder lacks, each with the memory that it is predicted to need."""
    setup = search.setup
    tasks = []
    for number, (shard, address) in enumerate(zip(search.shards, search.addresses, strict=True)):
        if not folder.has(address):
            passes = make_passes(join_shards(search.whole, [shard]), setup.header, setup.budget)
            most = max(reading.memory_bytes(setup.budget.nthreads) for reading in passes)
            tasks.append(_task(replace(part, shard=number), PROGRAM_BYTES + setup.budget.kept_bytes + most))
    return tasks


def _with_less_memory(first_bytes: int, task: Task) -> Task | None:
    """Return a task that needs half the memory, for it reads the recording more often; None where that was tried enough."""
    part: SearchPart = task.argument
    half = part.search.memory_bytes // 2
    if half * _LEAST_SHARE < first_bytes:
        return None
    return _task(replace(part, search=replace(part.search, memory_bytes=half)))


@dataclass(frozen=True, slots=True)
class _Parts:
    """Has parts of a search computed, and notes what they took."""

    run: LocalRun
    runner: TaskRunner
    folder: RunFolder

    def compute(self, tasks: Sequence[Task], stage: str, nshards: int = 0) -> Iterator[PartReport]:
        """Yield the reports of some parts as they come; `nshards` counts those that the run folder had, too."""
        self.run.progress.stage(stage, len(tasks))
        self.folder.tell_stage(stage)
        if not tasks:
            return
        first_bytes = tasks[0].argument.search.memory_bytes
        results: Iterator[tuple[Task, Any]] = self.runner.run(
            compute_part, tasks, on_killed=lambda task: _with_less_memory(first_bytes, task)
        )
        for number, (_, report) in enumerate(results, start=1):
            for record in report.records:
                self.run.ledger.add(record)
            self.run.progress.advance()
            if nshards:
                nkept = nshards - len(tasks)
                self.folder.tell(nshards, nkept + number, nkept)
            yield report


def _check_code(report: PartReport) -> None:
    if report.code != code_version():
        raise ConfigError(
            f"found other code on the workers than that of fastpipe {__version__} and its libraries here, expected the "
            "same; install the same on both"
        )


def _await_file(folder: RunFolder, address: str) -> None:
    """Wait until a file that a worker has written is seen here.

    Raises
    ------
    ConfigError
        If it is not, so that the disk is not shared.
    """
    end = time.monotonic() + _SHARED_DISK_S
    while not folder.has(address):
        if time.monotonic() > end:
            raise ConfigError(
                f"found nothing of what workers wrote to {folder.folder.absolute()}, expected a disk that they share with "
                "this machine, and processors that compute the same; choose an output on such a disk"
            )
        time.sleep(_ASK_S)
