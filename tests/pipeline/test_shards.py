"""Shards and passes: every trial once, within the memory, and no task beyond what it says."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import config

from fastpipe.algorithms.dedispersion import channel_length
from fastpipe.algorithms.dedispersion_plan import make_dispersion_plan
from fastpipe.algorithms.zero_dm import ZeroDMFilter, mean_weights
from fastpipe.config import SearchConfig, override
from fastpipe.data.dispersion_plan import DispersionPlan, DMRange
from fastpipe.errors import ResourceError
from fastpipe.execution.executors import SerialExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.dedispersion import dedisperse_pass
from fastpipe.pipeline.passes import CHUNK_BESIDES_BYTES, plan_passes
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import clean_as_searched, simulated

EXECUTOR = SerialExecutor(SilentProgress(), StageLedger())
CONFIG = override(SearchConfig(), find_birdies=False)


@pytest.fixture(scope="module")
def clean() -> CleanRecording:
    """A recording whose plan needs many time resolutions, so that lane blocks differ in size."""
    return clean_as_searched(simulated(FilterbankShape(nchans=48, nsamples=2**14, tsamp=2e-4), None))


@settings(max_examples=40, deadline=None)
@given(
    memory_bytes=st.integers(2**22, 2**28),
    chunk_bytes=st.integers(2**10, 2**22),
    dm_max=st.floats(1.0, 800.0),
    unfiltered_below_dm=st.sampled_from([0.0, 30.0, np.inf]),
)
def test_passes_stay_within_the_memory_and_hold_every_trial_once(
    clean: CleanRecording, memory_bytes: int, chunk_bytes: int, dm_max: float, unfiltered_below_dm: float
) -> None:
    header = clean.recording.header
    plan = make_dispersion_plan(header.descending_freqs_mhz, header.tsamp, 0.0, dm_max)
    budget = Budget(PROGRAM_BYTES + memory_bytes, 1, chunk_bytes)
    try:
        passes = plan_passes(header, plan, budget, CONFIG, unfiltered_below_dm)
    except ResourceError:
        return
    dms = np.concatenate([shard.plan.dm_trials for reading in passes for shard in reading.shards])
    np.testing.assert_array_equal(dms, plan.dm_trials)
    for reading in passes:
        assert PROGRAM_BYTES + reading.memory_bytes(budget.nthreads) <= budget.memory_bytes
        for shard in reading.shards:
            assert ((shard.plan.dm_trials >= unfiltered_below_dm) == shard.kind.is_filtered).all()
            length = reading.chunk_spectra // shard.downsample
            lead, ncolumns = reading.column_range(shard.kind)
            for nsamples in (1, length // 2 + 1, length - 1, length):
                assert lead - shard.plan.lead_samples + channel_length(shard.plan, nsamples) <= ncolumns


def test_series_below_the_dm_of_the_filter_are_those_of_unfiltered_samples(clean: CleanRecording) -> None:
    header = clean.recording.header
    filtered = replace(clean, zero_dm=ZeroDMFilter(mean_weights(~clean.rfi_mask.mask)))
    plan = DispersionPlan((DMRange(0.0, 2.0, 20, 1), DMRange(40.0, 4.0, 20, 2)))
    budget = Budget(PROGRAM_BYTES + 2**28, 1, 2**20)

    def series(recording: CleanRecording, unfiltered_below_dm: float) -> np.ndarray:
        found = []
        for reading in plan_passes(header, plan, budget, CONFIG, unfiltered_below_dm):
            buffer = np.empty(reading.values, np.float32)
            for blocks in dedisperse_pass(recording, reading, buffer, EXECUTOR):
                lanes = np.moveaxis(blocks.blocks, 2, 1).reshape(-1, blocks.blocks.shape[1])
                found += [lane[: blocks.nsamples] for lane in lanes[: len(blocks.dm_trials)]]
        return np.array([np.pad(lane, (0, header.nsamples - len(lane))) for lane in found])

    mixed = series(filtered, 9.0)
    np.testing.assert_array_equal(mixed[:5], series(clean, 0.0)[:5])
    np.testing.assert_array_equal(mixed[5:], series(filtered, 0.0)[5:])
    np.testing.assert_array_equal(series(filtered, np.inf), series(clean, 0.0))


@pytest.mark.skipif(config.DISABLE_JIT, reason="minutes without the compiler")
def test_a_task_takes_no_more_memory_than_it_says(clean: CleanRecording) -> None:
    # Few channels and one long chunk: the channels of both resolutions together would be more than a task says.
    header = clean.recording.header
    data = np.tile(clean.recording.read(0, header.nsamples), (128, 1))
    recording = replace(clean.recording, header=replace(header, nsamples=len(data)), data=data)  # type: ignore[type-var]
    mask = replace(clean.rfi_mask, interval_samples=5000, nsamples=len(data), reasons=np.zeros((420, 48), np.uint16))
    long = CleanRecording(recording, clean.statistics, mask, ZeroDMFilter(mean_weights(~mask.mask)))
    plan = DispersionPlan((DMRange(0.0, 1.0, 16, 1), DMRange(16.0, 1.0, 16, 2)))
    (reading,) = plan_passes(recording.header, plan, Budget(PROGRAM_BYTES + 2**31, 1, 2**27), CONFIG, 20.0)
    buffer = np.zeros(reading.values, np.float32)
    dedisperse_pass(long, reading, buffer, EXECUTOR)  # compiles
    tracemalloc.start()
    dedisperse_pass(long, reading, buffer, EXECUTOR)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes <= reading.chunk_bytes() + CHUNK_BESIDES_BYTES
