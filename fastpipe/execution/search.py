"""A whole search on this machine: opens the recording, chooses the executor, runs the pipeline."""

import dataclasses
import os
import platform
from collections.abc import Sequence
from pathlib import Path

from fastpipe.config import ExecutionConfig, SearchConfig
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.execution.executors import StageTimes, make_executor
from fastpipe.execution.progress import Progress, SilentProgress
from fastpipe.io.recordings import log_oddities, open_recording
from fastpipe.pipeline.search import search_recording
from fastpipe.pipeline.shards import Budget
from fastpipe.units import parse_bytes

_MEMORY_SHARE = 0.6
_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def available_cores() -> int:
    """Count the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def available_bytes() -> int:
    """Return the memory of the machine, or what a container or batch job may use of it, in bytes."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [path.read_text().strip() for path in map(Path, _CGROUP_LIMITS) if path.is_file()]
    # A group without a limit says "max", or a number larger than any machine.
    return min([physical, *(int(limit) for limit in limits if limit.isdigit())])


def make_budget(config: ExecutionConfig) -> Budget:
    """Turn the options into bytes and threads of this machine."""
    memory_bytes = parse_bytes(config.memory) if config.memory else int(_MEMORY_SHARE * available_bytes())
    nthreads = 1 if config.scheduler == "serial" else config.threads or available_cores()
    return Budget(memory_bytes, nthreads, parse_bytes(config.chunk_bytes))


def run_search(paths: Sequence[str | Path], config: SearchConfig, *, progress: Progress | None = None) -> CatalogueTables:
    """Search one observation with the threads of this process.

    Parameters
    ----------
    paths
        Files of the observation.
    config
        Options of all stages.
    progress
        Where to show progress; None shows none.

    Returns
    -------
    CatalogueTables
        Everything found. Only the host and the times in `provenance` depend on the run; all else follows from input,
        configuration and versions.

    Raises
    ------
    FastpipeError
        If the recording cannot be read, the configuration does not fit it, or memory is too small.
    """
    recording = open_recording(paths)
    log_oddities(recording)
    budget, times = make_budget(config.execution), StageTimes()
    executor = make_executor(config.execution.scheduler, budget.nthreads, progress or SilentProgress(), times)
    tables = search_recording(recording, config, budget, executor)
    run = {"host": platform.node(), "cpu": platform.processor() or platform.machine(), "threads": str(budget.nthreads)}
    for stage, (wall_s, cpu_s) in times.seconds.items():
        run[f"seconds of {stage}"] = f"{wall_s:.3f} wall, {cpu_s:.3f} CPU"
    return dataclasses.replace(tables, provenance={**tables.provenance, **run})
