"""The stages before the search: they need no more memory than they say, and too little is refused."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from numba import config

from fastpipe.config import SearchConfig, override
from fastpipe.data.dispersion_plan import DispersionPlan, DMRange
from fastpipe.errors import ResourceError
from fastpipe.execution.executors import SerialExecutor, StageTimes
from fastpipe.execution.progress import SilentProgress
from fastpipe.pipeline.birdies import find_birdies
from fastpipe.pipeline.memory import interference_bytes, reserve
from fastpipe.pipeline.preparation import prepare
from fastpipe.pipeline.rfi import find_rfi
from fastpipe.pipeline.shards import PROGRAM_BYTES, Budget, make_passes
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import MemoryRecording, simulated

EXECUTOR = SerialExecutor(SilentProgress(), StageTimes())
PLAN = DispersionPlan((DMRange(0.0, 1.0, 16, 1),))


def many_intervals() -> tuple[MemoryRecording, SearchConfig]:
    recording = simulated(FilterbankShape(nchans=1024, nsamples=2**14, tsamp=1e-3), None)
    return recording, override(SearchConfig(), interval_s=0.064, find_birdies=False)


def long_intervals_with_nonsense() -> tuple[MemoryRecording, SearchConfig]:
    recording = simulated(FilterbankShape(nchans=512, nsamples=2**15, tsamp=1e-3), None)
    data = recording.data.astype(np.float32)
    data[::7, ::5] = np.nan
    header = replace(recording.header, nbits=32)
    return MemoryRecording(header, data), override(SearchConfig(), interval_s=30.0, find_birdies=False)


def many_samples() -> tuple[MemoryRecording, SearchConfig]:
    return simulated(FilterbankShape(nchans=16, nsamples=2**20, tsamp=1e-4), None), SearchConfig()


@pytest.mark.slow
@pytest.mark.skipif(config.DISABLE_JIT, reason="minutes without the compiler")
@pytest.mark.parametrize("make", [many_intervals, long_intervals_with_nonsense, many_samples])
def test_the_stages_before_the_search_take_no_more_memory_than_they_say(make) -> None:  # type: ignore[no-untyped-def]
    recording, options = make()

    def run() -> None:
        findings = find_rfi(recording, options.cleaning, EXECUTOR)
        find_birdies(prepare(recording, findings, options.cleaning, EXECUTOR), PLAN, options.birdies, EXECUTOR)

    run()  # compiles
    tracemalloc.start()
    run()
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    said = interference_bytes(recording.header, PLAN, options, 1)
    assert 0.3 * said < peak_bytes <= said


def test_too_little_memory_is_refused_before_anything_is_read() -> None:
    recording, options = many_samples()
    said = PROGRAM_BYTES + interference_bytes(recording.header, PLAN, options, 2)
    reserve(recording.header, PLAN, options, Budget(said, 2, 2**20))
    with pytest.raises(ResourceError, match=r"for 2 threads, expected at least .* to find the interference in this record"):
        reserve(recording.header, PLAN, options, Budget(said - 1, 2, 2**20))


def test_what_stays_of_mask_and_filter_is_set_aside() -> None:
    recording, options = many_intervals()
    budget = reserve(recording.header, PLAN, options, Budget(2**31, 1, 2**20))
    findings = find_rfi(recording, options.cleaning, EXECUTOR)
    clean = prepare(recording, findings, override(options, zero_dm="on").cleaning, EXECUTOR)
    assert clean.zero_dm is not None
    assert budget.kept_bytes == clean.rfi_mask.reasons.nbytes + clean.zero_dm.weight.nbytes
    needed = Budget(PROGRAM_BYTES + 2**26, 1, 2**20)
    make_passes(recording.header, PLAN, needed)
    with pytest.raises(ResourceError):
        make_passes(recording.header, PLAN, replace(needed, kept_bytes=2**26))
