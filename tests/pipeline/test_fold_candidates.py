"""Folding as a stage of the search."""

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from fastpipe.config import FoldingConfig
from fastpipe.execution.executors import SerialExecutor, StageTimes
from fastpipe.execution.progress import SilentProgress
from fastpipe.pipeline.fold_candidates import fold_candidates, fold_source
from tests.pipeline.recordings import SHAPE, MemoryRecording, clean_as_searched, simulated


class _Unreadable(MemoryRecording):
    def read(self, start: int, stop: int) -> NDArray[Any]:
        raise AssertionError(f"read {start} to {stop}")


def test_without_candidates_the_recording_is_not_read_again() -> None:
    executor = SerialExecutor(SilentProgress(), StageTimes())
    recording = simulated(replace(SHAPE, nsamples=2048), None)
    unreadable = _Unreadable(recording.header, recording.data)
    clean = replace(clean_as_searched(recording), recording=unreadable)
    assert fold_candidates(fold_source(unreadable.header, clean), [], FoldingConfig(), executor) == []
