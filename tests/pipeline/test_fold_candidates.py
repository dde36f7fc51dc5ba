"""Folding as a stage of the search."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.fold_geometry import FoldGeometry
from fastpipe.algorithms.fold_plan import plan_fold
from fastpipe.algorithms.fold_resolution import make_fold_spec
from fastpipe.algorithms.folding import empty_sums
from fastpipe.config import FoldingConfig
from fastpipe.execution.executors import SerialExecutor, ThreadedExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.fold_candidates import FoldTarget, fold_candidates, fold_source, group_candidates
from tests.pipeline.recordings import SHAPE, MemoryRecording, clean_as_searched, simulated


class _Unreadable(MemoryRecording):
    def read(self, start: int, stop: int) -> NDArray[Any]:
        raise AssertionError(f"read {start} to {stop}")


def test_without_candidates_the_recording_is_not_read_again() -> None:
    executor = SerialExecutor(SilentProgress(), StageLedger())
    recording = simulated(replace(SHAPE, nsamples=2048), None)
    unreadable = _Unreadable(recording.header, recording.data)
    clean = replace(clean_as_searched(recording), recording=unreadable)
    assert fold_candidates(fold_source(unreadable.header, clean), [], FoldingConfig(), executor) == []


def test_chunks_groups_and_threads_do_not_matter() -> None:
    recording = simulated(replace(SHAPE, nsamples=9001), None)
    clean = clean_as_searched(recording)
    # At full, a fourth and a sixteenth of the time resolution.
    targets = [FoldTarget(40.0, 30.0), FoldTarget(1.7, 5.0), FoldTarget(0.4, 80.0), FoldTarget(33.0, 0.0)]
    found = []
    for chunk_bytes, executor in (
        (2**25, SerialExecutor(SilentProgress(), StageLedger())),
        (2**15, SerialExecutor(SilentProgress(), StageLedger())),
        (2**16, ThreadedExecutor(3, SilentProgress(), StageLedger())),
    ):
        source = fold_source(recording.header, clean, chunk_bytes=chunk_bytes)
        found.append(fold_candidates(source, targets, FoldingConfig(), executor))
    for others in found[1:]:
        for one, other in zip(found[0], others, strict=True):
            np.testing.assert_array_equal(other.fold.cube.cube, one.fold.cube.cube)
            np.testing.assert_array_equal(other.fold.cube.counts, one.fold.cube.counts)
            np.testing.assert_equal((other.snr, other.fold.features), (one.snr, one.fold.features))
    assert "removed_fraction" in found[0][0].fold.features


def test_groups_hold_what_fits() -> None:
    geometry = FoldGeometry(2**14, 1e-3, np.linspace(1450.0, 1050.0, 32), np.ones(32, bool))
    plans = [plan_fold(make_fold_spec(freq_hz, 0.0, 10.0, geometry), geometry) for freq_hz in (9.0, 8.9, 8.8, 8.7, 8.6)]
    most = 2 * empty_sums(plans[0]).nbytes
    assert group_candidates(plans, most) == [[0, 1], [2, 3], [4]]
    assert group_candidates(plans, 1) == [[0], [1], [2], [3], [4]]
    assert group_candidates([], 1) == []
