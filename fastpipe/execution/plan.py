"""The plan of a search on this machine: opens the recording, chooses the executor, asks the pipeline."""

from collections.abc import Sequence
from pathlib import Path

from fastpipe.config import SearchConfig
from fastpipe.data.planned_search import PlannedSearch
from fastpipe.execution.executors import StageTimes, make_executor
from fastpipe.execution.progress import Progress, SilentProgress
from fastpipe.execution.search import make_budget
from fastpipe.io.recordings import log_oddities, open_recording
from fastpipe.pipeline.plan import plan_search


def run_plan(paths: Sequence[str | Path], config: SearchConfig, *, progress: Progress | None = None) -> PlannedSearch:
    """Plan the search of one observation with the threads of this process, and predict what it costs.

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
    PlannedSearch
        Trials, smearing and cost.

    Raises
    ------
    FastpipeError
        If the recording cannot be read, the configuration does not fit it, or memory is too small.
    """
    recording = open_recording(paths)
    log_oddities(recording)
    budget = make_budget(config.execution)
    executor = make_executor(config.execution.scheduler, budget.nthreads, progress or SilentProgress(), StageTimes())
    return plan_search(recording, config, budget, executor)
