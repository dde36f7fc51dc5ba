"""The plan of a search on this machine."""

from collections.abc import Sequence
from pathlib import Path

from fastpipe.config import SearchConfig
from fastpipe.data.planned_search import PlannedSearch
from fastpipe.execution.local_run import begin_run
from fastpipe.execution.progress import Progress
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
    started = begin_run(paths, config.execution, progress)
    return plan_search(started.recording, config, started.budget, started.executor)
