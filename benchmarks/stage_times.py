"""Time of cleaning, of dedispersion and of each of its stages, for the trials of one radix plan, on one core."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.fast_band import TSAMP
from benchmarks.machine import peak_additions
from benchmarks.recordings import RepeatedRecording
from fastpipe.algorithms import dedispersion as engine
from fastpipe.algorithms.dedispersion import additions, channel_length, dedisperse, working_bytes
from fastpipe.algorithms.radix_plan import RadixPlan
from fastpipe.constants import LANES
from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe.data.recording import Chunk
from fastpipe.data.rfi_mask import RFIMask
from fastpipe.pipeline.clean_recording import CleanRecording, CleanStretch, SampleKind
from fastpipe.pipeline.scratch import aligned_bytes

NCHUNKS = 4
"""Chunks that stand for the whole recording."""
_REPEATS = 3
_INTERVAL_SAMPLES = 20480
_CLEANED_SAMPLES = 8192


_KERNELS = ("add_rows", "add_into_lanes")


@dataclass(frozen=True, slots=True)
class StageRate:
    """How fast a stage adds."""

    name: str
    rate: float
    """Additions that were made a second, in 1e9."""
    peak: float
    """The same for 16-bit sums of such numbers in the first-level cache."""


@dataclass(frozen=True, slots=True)
class ChunkTimes:
    """What `NCHUNKS` chunks of one plan took."""

    plan: RadixPlan
    downsample: int
    chunk_samples: int
    """Samples of the series that a chunk gives."""
    cleaning_s: float
    """Of all columns that the chunks read: what neighbouring chunks share is cleaned twice."""
    dedispersion_s: float
    stages: tuple[StageRate, ...]

    @property
    def data_s(self) -> float:
        """Length of the data in s."""
        return NCHUNKS * self.chunk_samples * self.downsample * TSAMP

    @property
    def useful_additions(self) -> int:
        """Additions without those where chunks and tiles overlap."""
        return NCHUNKS * self.chunk_samples * sum(self.plan.additions_per_sample())

    @property
    def made_additions(self) -> int:
        """Additions that were made."""
        return NCHUNKS * sum(additions(self.plan, self.chunk_samples))

    @property
    def bytes_moved(self) -> tuple[int, int, int]:
        """Bytes of clean channels that are read, of rows between the stages written and read, of series written."""
        channels = self.plan.nchans * channel_length(self.plan, self.chunk_samples)
        rows = sum(2 * 2 * len(stage.source) for stage in self.plan.stages[:-1]) * self.chunk_samples
        series = 4 * len(self.plan.dm_trials) * self.chunk_samples
        return NCHUNKS * channels, NCHUNKS * rows, NCHUNKS * series


def thread_seconds(function: Callable[[], Any], repeats: int = _REPEATS) -> float:
    """Return the least CPU time of this thread in s for a call, after one call that may compile and touch memory."""
    function()
    seconds = []
    for _ in range(repeats):
        start = time.thread_time()
        function()
        seconds.append(time.thread_time() - start)
    return min(seconds)


def chunk_samples_for(plan: RadixPlan, chunk_sweeps: int = 4, least: int = 8192) -> int:
    """Return the samples of a chunk that is a few times longer than what neighbouring chunks read twice."""
    wanted = chunk_sweeps * (plan.lead_samples + plan.reach_samples)
    return -(-max(wanted, least) // least) * least


def time_stages(plan: RadixPlan, nsamples: int, run: Callable[[], None]) -> tuple[StageRate, ...]:
    """Measure each stage while a chunk is dedispersed.

    Parameters
    ----------
    plan
        The stages.
    nsamples
        Samples of the series that `run` makes.
    run
        Dedisperses one chunk.

    Returns
    -------
    tuple of StageRate
        From the calls of the kernels: the first stage reads bytes, the last one writes lane blocks.
    """
    seconds: Counter[int] = Counter()

    def timed(name: str, kernel: Any) -> Callable[..., None]:
        def call(rows: Any, *args: Any) -> None:
            start = time.thread_time()
            kernel(rows, *args)
            stage = 2 if name == "add_into_lanes" else int(rows.dtype == np.uint16)
            seconds[stage] += time.thread_time() - start

        return call

    with patch.multiple(engine, **{name: timed(name, getattr(engine, name)) for name in _KERNELS}):
        run()
        seconds.clear()
        run()
    return tuple(
        StageRate(name, made / seconds[i] / 1e9, peak_additions(np.uint8 if i == 0 else np.uint16))
        for i, (name, made) in enumerate(zip(("first", "middle", "last"), additions(plan, nsamples), strict=True))
    )


def _flat_recording(nchans: int, nsamples: int) -> CleanRecording:
    """Return a recording of noise with a mask that masks nothing."""
    statistics = ChannelStatistics(np.full(nchans, 100.0), np.full(nchans, 16.0), nsamples)
    reasons = np.zeros((-(-nsamples // _INTERVAL_SAMPLES), nchans), np.uint16)
    mask = RFIMask(reasons, _INTERVAL_SAMPLES, nsamples)
    return CleanRecording(RepeatedRecording(nchans, nsamples), statistics, mask)


@cache
def cleaning_seconds(nchans: int, downsample: int) -> float:
    """Return the CPU time in s of reading from memory and cleaning what becomes one clean sample of all channels."""
    clean = _flat_recording(nchans, _CLEANED_SAMPLES * downsample)
    channels = aligned_bytes(nchans * _CLEANED_SAMPLES).reshape(nchans, _CLEANED_SAMPLES)
    stretch = CleanStretch(SampleKind(downsample, is_filtered=False), Chunk(0, _CLEANED_SAMPLES), channels)
    return thread_seconds(lambda: clean.fill([stretch])) / _CLEANED_SAMPLES


def time_chunks(plan: RadixPlan, nchans: int, downsample: int) -> ChunkTimes:
    """Clean and dedisperse a few chunks.

    Parameters
    ----------
    plan
        The stages.
    nchans
        Channels of the recording.
    downsample
        Spectra added into one sample.

    Returns
    -------
    ChunkTimes
        The least CPU time of a few repeats, memory touched before.
    """
    chunk = chunk_samples_for(plan)
    ncolumns, nsamples = channel_length(plan, chunk), NCHUNKS * chunk
    channels = _flat_recording(nchans, ncolumns).read(Chunk(0, ncolumns), 1, (plan.nchans, ncolumns))
    nblocks = -(-len(plan.dm_trials) // LANES)
    out = aligned_bytes(4 * nblocks * nsamples * LANES).view(np.float32).reshape(nblocks, nsamples, LANES)
    workspace = aligned_bytes(working_bytes(plan, chunk))

    def dedisperse_all() -> None:
        for start in range(0, nsamples, chunk):
            dedisperse(channels, 0, plan, out, start, chunk, workspace)

    stages = time_stages(plan, chunk, lambda: dedisperse(channels, 0, plan, out, 0, chunk, workspace))
    cleaning_s = NCHUNKS * ncolumns * cleaning_seconds(nchans, downsample)
    return ChunkTimes(plan, downsample, chunk, cleaning_s, thread_seconds(dedisperse_all), stages)
