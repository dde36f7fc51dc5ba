"""A whole search on this machine."""

import dataclasses
import platform
from collections.abc import Sequence
from pathlib import Path

from fastpipe.config import SearchConfig
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.execution.local_run import begin_run
from fastpipe.execution.progress import Progress
from fastpipe.pipeline.search import search_recording


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
    started = begin_run(paths, config.execution, progress)
    tables = search_recording(started.recording, config, started.budget, started.executor)
    threads = str(started.budget.nthreads)
    run = {"host": platform.node(), "cpu": platform.processor() or platform.machine(), "threads": threads}
    for stage, (wall_s, cpu_s) in started.times.seconds.items():
        run[f"seconds of {stage}"] = f"{wall_s:.3f} wall, {cpu_s:.3f} CPU"
    return dataclasses.replace(tables, provenance={**tables.provenance, **run})
