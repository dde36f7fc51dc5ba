"""What every run on this machine begins with: the open recording, the budget, the executor."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastpipe.config import ExecutionConfig
from fastpipe.data.recording import Recording
from fastpipe.execution.executors import SerialExecutor, StageTimes, ThreadedExecutor
from fastpipe.execution.machine import make_budget
from fastpipe.execution.progress import Progress, SilentProgress
from fastpipe.io.recordings import log_oddities, open_recording
from fastpipe.pipeline.shards import Budget


@dataclass(frozen=True, slots=True)
class LocalRun:
    """A run on one observation with the threads of this process."""

    recording: Recording
    budget: Budget
    executor: SerialExecutor
    times: StageTimes
    """Seconds of the stages, added up by the executor."""


def begin_run(paths: Sequence[str | Path], config: ExecutionConfig, progress: Progress | None) -> LocalRun:
    """Open the files of an observation, log what is odd about them, and make the executor that the options name.

    Parameters
    ----------
    paths
        Files of the observation.
    config
        Memory, threads and scheduler.
    progress
        Where to show progress; None shows none.

    Raises
    ------
    FastpipeError
        If the recording cannot be read.
    """
    recording = open_recording(paths)
    log_oddities(recording)
    budget, times, shown = make_budget(config), StageTimes(), progress or SilentProgress()
    is_serial = config.scheduler == "serial"
    executor = SerialExecutor(shown, times) if is_serial else ThreadedExecutor(budget.nthreads, shown, times)
    return LocalRun(recording, budget, executor, times)
