"""Workers as jobs of Slurm or PBS."""

import getpass
import shlex
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from math import ceil
from pathlib import Path
from typing import Any

from fastpipe.algorithms.kernel_cache import kernel_cache_folder
from fastpipe.config.cluster import ClusterConfig
from fastpipe.errors import BusyError, ConfigError
from fastpipe.execution.cluster_connection import ClusterConnection
from fastpipe.execution.dask_settings import (
    MEMORY,
    SCHEDULER_SETTINGS,
    USABLE_SHARE,
    WORKER_SETTINGS,
    WORKER_VARIABLES,
    quiet_dask,
    scratch_folder,
    settings_as_variables,
)
from fastpipe.units import parse_bytes, parse_seconds

_SCRATCH = "FASTPIPE_SCRATCH"
_MOST_STAGGER_S = 900.0
_MOST_MARGIN_S = 300.0


@contextmanager
def job_workers(config: ClusterConfig) -> Iterator[ClusterConnection]:
    """Submit one job a worker, and cancel them in the end.

    Parameters
    ----------
    config
        Of kind "slurm" or "pbs".

    Yields
    ------
    ClusterConnection
        Jobs may still wait in the queue.

    Raises
    ------
    ConfigError
        If dask-jobqueue is not installed, or the network interface is not one of this machine.
    BusyError
        If the queue does not take jobs.
    """
    import dask
    from distributed import Client

    nworkers = config.workers or 1
    with ExitStack() as stack:
        stack.enter_context(quiet_dask())
        folder = stack.enter_context(scratch_folder(None))
        stack.enter_context(dask.config.set({**WORKER_SETTINGS, **SCHEDULER_SETTINGS, "temporary-directory": folder}))
        cluster = make_job_cluster(config)
        stack.callback(_close, cluster)
        client = stack.enter_context(Client(cluster, set_as_default=False))
        name = f"{nworkers} jobs of {config.kind}"
        usable = int(USABLE_SHARE * parse_bytes(config.memory))
        try:
            cluster.sync(_submit, cluster, nworkers)
        except (OSError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise BusyError(
                f"found a queue that takes no job ({reason}), expected it to take {name}; correct the cluster file"
            ) from error
        yield ClusterConnection(client, name, usable, config.threads, config.patience_s, lambda: cluster.scale(nworkers))


def _close(cluster: Any) -> None:
    from distributed.core import Status

    try:
        cluster.close()
    except AssertionError:
        # Dask asserts that jobs were submitted, which is not so where the queue refused them. All else is closed by then.
        cluster.status = Status.closed


async def _submit(cluster: Any, nworkers: int) -> None:
    cluster.scale(nworkers)
    await cluster


def make_job_cluster(config: ClusterConfig) -> Any:
    """Start a scheduler in this process for workers in jobs, of which none is submitted yet.

    Parameters
    ----------
    config
        Of kind "slurm" or "pbs".

    Returns
    -------
    dask_jobqueue.JobQueueCluster
        Its ``job_script()`` is what would be submitted.

    Raises
    ------
    ConfigError
        If dask-jobqueue is not installed, or the network interface is not one of this machine.
    """
    try:
        from dask_jobqueue.pbs import PBSCluster
        from dask_jobqueue.slurm import SLURMCluster
    except ImportError as error:
        raise ConfigError(
            f'found no package dask-jobqueue, expected it for jobs of {config.kind}; pip install "fastpipe-pulsar[cluster]"'
        ) from error

    _check_interface(config.interface)
    options: dict[str, Any] = {
        # One thread of Dask: a task has threads of its own. The cores of the job are asked for apart from it.
        "cores": 1,
        "processes": 1,
        "memory": config.memory,
        "walltime": _clock(parse_seconds(config.walltime)),
        "queue": config.queue or None,
        "account": config.account or None,
        "interface": config.interface or None,
        "local_directory": f'"${_SCRATCH}"',
        "death_timeout": 60,
        "worker_extra_args": _worker_options(config),
        "job_script_prologue": [*config.job_script_prologue, *_preparation(config)],
        "job_extra_directives": list(config.job_extra_directives),
        "job_directives_skip": list(config.directives_skip),
        "scheduler_options": {"dashboard_address": ":0", "dashboard": False},
        "job_name": "fastpipe",
    }
    if config.kind == "slurm":
        return SLURMCluster(job_cpu=config.threads, **options)
    gib = ceil(parse_bytes(config.memory) / 2**30)
    return PBSCluster(resource_spec=f"select=1:ncpus={config.threads}:mem={gib}GB", **options)


def _check_interface(name: str) -> None:
    from distributed.utils import get_ip_interface

    if not name:
        return
    try:
        get_ip_interface(name)
    except ValueError as error:
        raise ConfigError(
            f"found interface {name} without an address ({error}), expected a network of this machine that jobs reach; "
            "correct interface in the cluster file"
        ) from error


def _worker_options(config: ClusterConfig) -> list[str]:
    walltime_s = parse_seconds(config.walltime)
    stagger_s = min(walltime_s / 15, _MOST_STAGGER_S)
    lifetime_s = walltime_s - stagger_s - min(walltime_s / 60, _MOST_MARGIN_S)
    usable = int(USABLE_SHARE * parse_bytes(config.memory))
    # No --lifetime-restart: the new worker would be in a job that is about to end. The next job is asked for instead.
    return [
        "--resources", f"{MEMORY}={usable}",
        "--lifetime", f"{lifetime_s:.0f}s",
        "--lifetime-stagger", f"{stagger_s:.0f}s",
        "--no-dashboard",
    ]  # fmt: skip


def _preparation(config: ClusterConfig) -> list[str]:
    """Lines of shell before Python starts: variables, and a folder of the node that goes when the job ends."""
    parent = config.local_directory or "${TMPDIR:-/tmp}"
    variables = {**WORKER_VARIABLES, **settings_as_variables()}
    lines = [
        *(f"export {name}={value}" for name, value in variables.items()),
        f'export {_SCRATCH}=$(mktemp -d "{parent}/fastpipe-{getpass.getuser()}-XXXXXX")',
        f"trap 'rm -rf \"${_SCRATCH}\"' EXIT",
        f'export FASTPIPE_CACHE="${_SCRATCH}"',
    ]
    folder = kernel_cache_folder()
    return lines if folder is None else [*lines, *_copy_of_kernels(folder)]


def _copy_of_kernels(folder: Path) -> list[str]:
    """Lines of shell that save every job from compiling what is compiled already."""
    kernels = f'"${_SCRATCH}/{folder.parent.name}"'
    return [f"mkdir -p {kernels}", f"cp -r {shlex.quote(str(folder))} {kernels} 2>/dev/null || true"]


def _clock(seconds: float) -> str:
    minutes = ceil(seconds / 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:00"
