"""The search for interference on this machine."""

from collections.abc import Sequence
from pathlib import Path

from fastpipe.config import SearchConfig
from fastpipe.data.recording import Recording
from fastpipe.data.rfi_findings import RFIFindings
from fastpipe.errors import ConfigError
from fastpipe.execution.local_run import begin_run
from fastpipe.execution.progress import Progress
from fastpipe.pipeline.rfi import find_rfi


def run_rfi(
    paths: Sequence[str | Path], config: SearchConfig, *, progress: Progress | None = None
) -> tuple[Recording, RFIFindings]:
    """Find the interference in one observation with the threads of this process.

    Parameters
    ----------
    paths
        Files of the observation.
    config
        Of a search; the options of cleaning and execution are used.
    progress
        Where to show progress; None shows none.

    Returns
    -------
    tuple of Recording and RFIFindings
        The open recording, and what was found in it.

    Raises
    ------
    ConfigError
        If the recording is a series without channels, or a mask that was given is for another recording.
    FastpipeError
        If the recording cannot be read.
    """
    started = begin_run(paths, config.execution, progress)
    recording = started.recording
    if recording.header.is_series:
        raise ConfigError(
            f"found a series dedispersed at DM {recording.header.dm} in {recording.paths[0]}, expected a recording with "
            "channels to compare; give the filterbank that it was made from"
        )
    return recording, find_rfi(recording, config.cleaning, started.executor)
