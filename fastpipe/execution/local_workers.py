"""Worker processes on this machine."""

import asyncio
import logging
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from typing import Any

from fastpipe.config.cluster import ClusterConfig
from fastpipe.errors import BusyError, ConfigError
from fastpipe.execution.cluster_connection import ClusterConnection
from fastpipe.execution.core_groups import core_groups, share_cores
from fastpipe.execution.dask_settings import (
    MEMORY,
    SCHEDULER_SETTINGS,
    USABLE_SHARE,
    WORKER_SETTINGS,
    quiet_dask,
    scratch_folder,
    worker_environment,
)
from fastpipe.execution.machine import available_bytes, available_cores
from fastpipe.units import format_bytes, parse_bytes

_MEMORY_SHARE = 0.75
"""Of the machine, for all workers: what tasks may count on is then the same as in a search without a cluster."""
_START_S = 60.0
_LEAST_MOST = 2
"""Workers that even a machine with one core may have: two are the fewest that show what a cluster does."""
_KILL_S = 0.2
# Who watches a process starts it again when it dies; Dask gives both up if the process is not there this long after a death.
_SETTINGS = {"distributed.deploy.lost-worker-timeout": "60s"}
_NOT_FOR_WORKERS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@contextmanager
def local_workers(config: ClusterConfig) -> Iterator[ClusterConnection]:
    """Start worker processes on this machine, and end them.

    Parameters
    ----------
    config
        Of kind "local".

    Yields
    ------
    ClusterConnection
        At least one worker is ready.

    Raises
    ------
    ConfigError
        If there were more workers than cores: each needs the memory of a whole Python, and the machine would stand still.
    BusyError
        If no worker is ready within a minute.
    """
    import dask
    from distributed import Client

    most = max(available_cores(), _LEAST_MOST)
    if config.workers > most:
        raise ConfigError(
            f"found {config.workers} workers wished on this machine, expected at most {most}, for it has "
            f"{available_cores()} cores; ask for fewer"
        )
    groups = core_groups()
    shares = share_cores(groups, config.workers or len(groups))
    nworkers = len(shares)
    limit = parse_bytes(config.memory) if config.memory else int(_MEMORY_SHARE * available_bytes() / nworkers)
    usable = int(USABLE_SHARE * limit)
    with ExitStack() as stack:
        stack.enter_context(quiet_dask())
        stack.enter_context(worker_environment())
        folder = stack.enter_context(scratch_folder(os.path.expandvars(config.local_directory) or None))
        stack.enter_context(
            dask.config.set({**WORKER_SETTINGS, **SCHEDULER_SETTINGS, **_SETTINGS, "temporary-directory": folder})
        )
        cluster = _start_scheduler(shares, limit)
        stack.callback(cluster.close)
        client = stack.enter_context(Client(cluster, set_as_default=False))
        name = f"{nworkers} workers of {format_bytes(limit)} on this machine"
        threads = config.threads or 0
        connection = ClusterConnection(client, name, usable, threads, config.patience_s, lambda: cluster.scale(nworkers))
        cluster.scale(nworkers)
        if not connection.await_workers(_START_S, nworkers):
            raise BusyError(f"found no worker process after {_START_S:.0f} s, expected {nworkers}; run again later")
        try:
            yield connection
        finally:
            if connection.is_abandoned:
                cluster.sync(_kill_all, cluster)


def _start_scheduler(shares: list[tuple[int, ...]], limit: int) -> Any:
    """Start a scheduler in this process, and describe the workers it will have."""
    from distributed import LocalCluster

    from fastpipe.execution.worker_cores import PinnedCores

    # It unblocks signals in the thread that first needs it, which must not be that of the scheduler.
    resource_tracker.ensure_running()
    cluster = LocalCluster(
        n_workers=0,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        # Without an address Dask would take its usual port, which another cluster may have.
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        silence_logs=logging.CRITICAL,
        memory_limit=limit,
        resources={MEMORY: int(USABLE_SHARE * limit)},
        plugins=(PinnedCores(shares),),
    )
    cluster.sync(_block_signals)
    return cluster


async def _block_signals() -> None:
    """Let worker processes, which inherit this from the thread that starts them, outlive Ctrl-C.

    The terminal sends it to every process of the command. This process then decides what the workers still finish; when it
    is killed, they end because the pipe that it holds open is closed.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _NOT_FOR_WORKERS)


async def _kill_all(cluster: Any) -> None:
    await asyncio.gather(*(worker.kill(timeout=_KILL_S) for worker in cluster.workers.values()), return_exceptions=True)
