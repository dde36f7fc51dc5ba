"""What every run on this machine begins with: the open recording, the budget, the executor."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastpipe.config import ExecutionConfig
from fastpipe.data.recording import Recording
from fastpipe.execution.executors import SerialExecutor, ThreadedExecutor
from fastpipe.execution.machine import make_budget
from fastpipe.execution.progress import Progress, SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.recordings import log_oddities, open_recording
from fastpipe.pipeline.budget import Budget


@dataclass(frozen=True, slots=True)
class LocalRun:
    """A run on one observation with the threads of this process."""

    recording: Recording
    budget: Budget
    executor: SerialExecutor
    progress: Progress
    """Where progress is shown."""
    ledger: StageLedger
    """What the stages took, noted by the executor."""


def begin_run(
    paths: Sequence[str | Path], config: ExecutionConfig, progress: Progress | None, ledger: StageLedger | None = None
) -> LocalRun:
    """Open the files of an observation, log what is odd about them, and make the executor that the options name.

    Parameters
    ----------
    paths
        Files of the observation.
    config
        Memory, threads and scheduler.
    progress
        Where to show progress; None shows none.
    ledger
        Where to note what the stages take; None for one of this run alone.

    Raises
    ------
    FastpipeError
        If the recording cannot be read.
    """
    recording = open_recording(paths)
    log_oddities(recording)
    budget, noted, shown = make_budget(config), ledger or StageLedger(), progress or SilentProgress()
    is_serial = config.scheduler == "serial"
    executor = SerialExecutor(shown, noted) if is_serial else ThreadedExecutor(budget.nthreads, shown, noted)
    return LocalRun(recording, budget, executor, shown, noted)
