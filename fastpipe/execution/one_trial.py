"""One DM trial of a recording, with the threads of this process."""

from collections.abc import Sequence
from pathlib import Path

from fastpipe.config import SearchConfig
from fastpipe.data.trial_series import TrialPowers, TrialSeries
from fastpipe.execution.local_run import begin_run
from fastpipe.execution.machine import make_budget
from fastpipe.execution.progress import Progress
from fastpipe.io.recordings import open_recording
from fastpipe.pipeline.frame import at_position, choose_frame
from fastpipe.pipeline.one_trial import dedisperse_one, trial_powers


def run_dedispersion(
    paths: Sequence[str | Path], dm: float | None, config: SearchConfig, *, progress: Progress | None = None
) -> TrialSeries:
    """Dedisperse one observation at one DM.

    Parameters
    ----------
    paths
        Files of the observation.
    dm
        DM in pc cm^-3; None for a series, which has its own.
    config
        Options of all stages.
    progress
        Where to show progress; None shows none.

    Returns
    -------
    TrialSeries
        The series, cleaned as in a search.

    Raises
    ------
    FastpipeError
        If the recording cannot be read, DM or configuration do not fit it, or memory is too small.
    """
    started = begin_run(paths, config.execution, progress)
    return dedisperse_one(started.recording, dm, config, started.budget, started.executor)


def run_spectrum(paths: Sequence[str | Path], series: TrialSeries, config: SearchConfig) -> TrialPowers:
    """Transform and whiten one DM trial of an observation, in the frame in which a search would be.

    Parameters
    ----------
    paths
        Files of the observation.
    series
        Of `run_dedispersion`.
    config
        Options of all stages.

    Returns
    -------
    TrialPowers
        Powers at half Fourier bins.

    Raises
    ------
    FastpipeError
        If the frame that is asked for cannot be had, or memory is too small.
    """
    header = at_position(open_recording(paths), config.barycentre.position).header
    return trial_powers(series, choose_frame(header, config.barycentre), make_budget(config.execution))
