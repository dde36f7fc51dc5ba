"""The export of a dedispersed series on this machine."""

from collections.abc import Sequence
from pathlib import Path

from fastpipe.config import SearchConfig
from fastpipe.data.header import Header
from fastpipe.data.trial_series import TrialSeries
from fastpipe.execution.local_run import begin_run
from fastpipe.execution.progress import Progress
from fastpipe.pipeline.export_series import SeriesRequest, searched_series
from fastpipe.pipeline.frame import at_position


def run_series_export(
    paths: Sequence[str | Path], request: SeriesRequest, config: SearchConfig, progress: Progress | None = None
) -> tuple[Header, TrialSeries]:
    """Dedisperse one observation at one DM with the threads of this process.

    Parameters
    ----------
    paths
        Files of the observation.
    request
        Which series.
    config
        Options of the search.
    progress
        Where to show progress; None shows none.

    Returns
    -------
    Header
        Of the recording, with the position that the search took.
    TrialSeries
        The series.

    Raises
    ------
    FastpipeError
        As from `searched_series`, or if the recording cannot be read.
    """
    started = begin_run(paths, config.execution, progress)
    recording = at_position(started.recording, config.barycentre.position)
    return recording.header, searched_series(recording, request, config, started.budget, started.executor)
