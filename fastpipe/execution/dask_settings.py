"""Settings of Dask, and variables of the environment, under which workers run."""

import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

MEMORY = "memory"
"""Name of the resource of workers that tasks are placed by: bytes."""
USABLE_SHARE = 0.8
"""Share of a worker's memory that tasks may count on; the rest is for what no prediction knows."""

THREAD_VARIABLES = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
"""Libraries run one thread in each of ours. They read this when they are loaded: it is set before Python starts."""

WORKER_VARIABLES = {**THREAD_VARIABLES, "MALLOC_TRIM_THRESHOLD_": "0"}
"""The C library gives memory back to the system at once, so that a worker is no larger than what its task holds."""

WORKER_SETTINGS: dict[str, Any] = {
    # Nothing of ours is worth spilling: samples never belong to Dask.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    # A worker whose memory does not fall after its task would be paused for ever; the next task tells instead.
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    # Looks at the stack a hundred times a second.
    "distributed.worker.profile.enabled": False,
}
"""For workers and those who watch them."""

SCHEDULER_SETTINGS: dict[str, Any] = {
    # The second death of a worker condemns the tasks it had; `TaskRunner` then finds out which of them was guilty.
    "distributed.scheduler.allowed-failures": 1,
    # The runner hands out so few tasks ahead that there is nothing to steal; stealing moves what is about to begin.
    "distributed.scheduler.work-stealing": False,
    # A worker in a long task may be silent for a while; one whose machine is gone is noticed by its connection.
    "distributed.scheduler.worker-ttl": "30 minutes",
    "distributed.scheduler.active-memory-manager.start": False,
    # Each connection keeps its last messages for those who look for faults of Dask: megabytes a worker.
    "distributed.admin.low-level-log-length": 20,
}
"""For the scheduler."""

_SCRATCH_PREFIX = "fastpipe-workers-"
_LEFT_S = 3600.0
_LOGGERS = ("distributed", "distributed.client", "tornado", "tornado.application")


def settings_as_variables() -> dict[str, str]:
    """Write the settings of workers as variables of the environment, for processes that others start."""
    return {f"DASK_{key.replace('.', '__').replace('-', '_').upper()}": str(value) for key, value in WORKER_SETTINGS.items()}


@contextmanager
def worker_environment() -> Iterator[None]:
    """Set the variables that worker processes inherit, and put them back in the end.

    They have to be those of this process when it starts a worker: the C library reads its own before Python runs.
    """
    # Dask sets the seed of hashes, and leaves it.
    found = {name: os.environ.get(name) for name in (*WORKER_VARIABLES, "PYTHONHASHSEED")}
    os.environ.update(WORKER_VARIABLES)
    try:
        yield
    finally:
        for name, value in found.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def scratch_folder(parent: str | None) -> AbstractContextManager[str]:
    """Make a folder for what Dask keeps on disk, which goes in the end; in the temporary folder, unless told otherwise.

    Those that killed processes left there go too.
    """
    for left in Path(parent or gettempdir()).glob(f"{_SCRATCH_PREFIX}*"):
        with suppress(OSError, ValueError):
            owner = int(left.name.removeprefix(_SCRATCH_PREFIX).partition("-")[0])
            if time.time() - left.stat().st_mtime > _LEFT_S and not _is_alive(owner):
                shutil.rmtree(left)
    # A worker that was killed may still have its files open.
    return TemporaryDirectory(prefix=f"{_SCRATCH_PREFIX}{os.getpid()}-", dir=parent, ignore_cleanup_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # It is somebody else's.
        return True
    return True


@contextmanager
def quiet_dask() -> Iterator[None]:
    """Keep what Dask logs off the screen: every failure that matters is raised as a sentence."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
