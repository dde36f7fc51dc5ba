"""The stages before the search: they need no more memory than they say, and too little is refused."""

import re
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from numba import config

from fastpipe.algorithms.acceleration import acceleration_tables_bytes
from fastpipe.algorithms.zero_dm import dm_of_filter
from fastpipe.config import SearchConfig, override
from fastpipe.data.dispersion_plan import DispersionPlan, DMRange
from fastpipe.errors import ResourceError
from fastpipe.execution.executors import SerialExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.drifts import drift_grid
from fastpipe.pipeline.memory import drifting_noise_bytes, filter_bytes, interference_bytes, reserve
from fastpipe.pipeline.passes import plan_passes
from fastpipe.pipeline.preparation import prepare
from fastpipe.pipeline.rfi import find_rfi
from fastpipe.simulation.shape import FilterbankShape
from fastpipe.units import parse_bytes
from tests.pipeline.recordings import MemoryRecording, simulated

EXECUTOR = SerialExecutor(SilentProgress(), StageLedger())
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


def with_large_drifts() -> tuple[MemoryRecording, SearchConfig]:
    recording, options = many_samples()
    return recording, override(options, zmax=400.0, jerk_max=100.0)


@pytest.mark.parametrize("make", [many_intervals, many_samples, with_large_drifts])
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
    assert plan_passes(header, PLAN, budget, options, dm)
    with pytest.raises(ResourceError):
        reserve(header, PLAN, options, Budget(memory_bytes - 2**20, 2, 2**20))


def test_filters_and_drifting_noise_are_set_aside() -> None:
    recording, options = with_large_drifts()
    header, budget = recording.header, Budget(2**31, 2, 2**20)
    kept = [
        reserve(header, PLAN, config, budget).kept_bytes
        for config in (SearchConfig(), override(options, sigma_min=20.0), options)
    ]
    grid = drift_grid(header.nsamples, header.tsamp, options)
    assert grid is not None
    # A second range of DMs with series of the same length has the same filters.
    twice = DispersionPlan((*PLAN.ranges, DMRange(16.0, 1.0, 16, 1)))
    assert kept[1] - kept[0] == acceleration_tables_bytes(grid) == filter_bytes(header, twice, options)
    assert kept[2] - kept[1] == drifting_noise_bytes(header, PLAN, options) > 0
    assert drifting_noise_bytes(header, twice, options) == pytest.approx(2 * (kept[2] - kept[1]), abs=1000)


def test_what_stays_of_mask_and_filter_is_set_aside() -> None:
    recording, options = many_intervals()
    budget = reserve(recording.header, PLAN, options, Budget(2**31, 1, 2**20))
    findings = find_rfi(recording, options.cleaning, EXECUTOR)
    clean = prepare(recording, findings, override(options, zero_dm="on").cleaning, EXECUTOR)
    assert clean.zero_dm is not None
    assert budget.kept_bytes == clean.rfi_mask.reasons.nbytes + clean.zero_dm.weight.nbytes
    needed = Budget(PROGRAM_BYTES + 2**26, 1, 2**20)
    plan_passes(recording.header, PLAN, needed, options)
    with pytest.raises(ResourceError):
        plan_passes(recording.header, PLAN, replace(needed, kept_bytes=2**26), options)
