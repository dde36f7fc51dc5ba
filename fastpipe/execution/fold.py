"""A fold by hand on this machine."""

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path

from fastpipe.config import SearchConfig
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.execution.local_run import begin_run
from fastpipe.execution.progress import Progress
from fastpipe.pipeline.cost_table import cost_table
from fastpipe.pipeline.fold import fold_recording
from fastpipe.pipeline.fold_request import FoldRequest

_log = logging.getLogger("fastpipe")


def run_fold(
    paths: Sequence[str | Path],
    request: FoldRequest,
    config: SearchConfig,
    *,
    is_refined: bool = True,
    progress: Progress | None = None,
) -> CatalogueTables:
    """Fold one observation with the threads of this process.

    Parameters
    ----------
    paths
        Files of the observation.
    request
        What to fold at.
    config
        Options of all stages.
    is_refined
        False to keep the values as they are.
    progress
        Where to show progress; None shows none.

    Returns
    -------
    CatalogueTables
        A catalogue with one candidate. It follows from input, request, configuration and versions.

    Raises
    ------
    FastpipeError
        If the recording cannot be read, request or configuration do not fit it, or memory is too small.
    """
    started = begin_run(paths, config.execution, progress)
    tables = fold_recording(started.recording, request, config, started.budget, started.executor, is_refined=is_refined)
    for remark in tables.provenance["remarks"].splitlines():
        _log.warning("%s", remark)
    return dataclasses.replace(tables, costs=cost_table(started.ledger.records, int(tables.observations["obs_id"][0])))
