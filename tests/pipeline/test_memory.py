"""The stages before the search: they need no more memory than they say, and too little is refused."""

import re
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from numba import config

from fastpipe.algorithms.zero_dm import dm_of_filter
from fastpipe.config import SearchConfig, override
from fastpipe.data.dispersion_plan import DispersionPlan, DMRange
from fastpipe.errors import ResourceError
from fastpipe.execution.executors import SerialExecutor, StageTimes
from fastpipe.execution.progress import SilentProgress
from fastpipe.pipeline.memory import interference_bytes, reserve
from fastpipe.pipeline.preparation import prepare
from fastpipe.pipeline.rfi import find_rfi
from fastpipe.pipeline.shards import PROGRAM_BYTES, Budget, make_passes
from fastpipe.simulation.shape import FilterbankShape
from fastpipe.units import parse_bytes
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
def test_the_search_for_interference_takes_no_more_memory_than_they_say(make) -> None:  # type: ignore[no-untyped-def]
    recording, options = make()

    def run() -> None:
        prepare(recording, find_rfi(recording, options.cleaning, EXECUTOR), options.cleaning, EXECUTOR)

    run()  # compiles
    tracemalloc.start()
    run()
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    said = interference_bytes(recording.header, options, 1)
    assert 0.3 * said < peak_bytes <= said


@pytest.mark.parametrize("make", [many_intervals, many_samples])
def test_too_little_memory_is_refused_with_the_least_that_would_do(make) -> None:  # type: ignore[no-untyped-def]
    recording, options = make()
    header = recording.header
    with pytest.raises(
        ResourceError, match=r"found 0 B of memory for 2 threads, expected at least .* for this rec"
    ) as raised:
        reserve(header, PLAN, options, Budget(0, 2, 2**20))
    least = re.search(r"at least (\w+) for", str(raised.value))
    assert least is not None
    memory_bytes = parse_bytes(least[1])
    budget = reserve(header, PLAN, options, Budget(memory_bytes, 2, 2**20))
    dm = dm_of_filter(header.chan_freqs_mhz)
    assert make_passes(header, PLAN, budget, dm, with_subbands=options.birdies.find_birdies)
    with pytest.raises(ResourceError):
        reserve(header, PLAN, options, Budget(memory_bytes - 2**20, 2, 2**20))


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
