"""How a search is cut to fit in memory: shards of DM trials, and passes over the recording that serve some shards each."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.dedispersion import channel_length, working_bytes
from fastpipe.algorithms.lane_fft import next_fft_length
from fastpipe.algorithms.periodicity import search_memory_bytes
from fastpipe.algorithms.radix_plan import RadixPlan, make_radix_plan
from fastpipe.constants import LANES
from fastpipe.data.dispersion_plan import DispersionPlan
from fastpipe.data.header import Header
from fastpipe.errors import ResourceError
from fastpipe.pipeline.clean_recording import READ_BYTES, SampleKind
from fastpipe.units import format_bytes

PROGRAM_BYTES = 500 * 2**20
"""Memory of Python, its libraries and the compiled kernels, before any data."""

_MIN_CHUNK_SPECTRA = 4096


@dataclass(frozen=True, slots=True)
class Budget:
    """What a search may use of the machine."""

    memory_bytes: int
    nthreads: int
    chunk_bytes: int
    kept_bytes: int = 0
    """What is in the memory all the time, besides the program."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Neighbouring DM trials of one kind of samples, dedispersed and searched together."""

    plan: RadixPlan
    kind: SampleKind
    nsamples: int
    """Samples of one series."""
    nfft: int
    """Samples of the Fourier transform: the series and zeros after it."""

    @property
    def downsample(self) -> int:
        """Spectra of the recording added into one sample of the series."""
        return self.kind.downsample

    @property
    def nblocks(self) -> int:
        """Number of lane blocks."""
        return -(-len(self.plan.dm_trials) // LANES)

    @property
    def values(self) -> int:
        """Number of float32 values in all lane blocks."""
        return self.nblocks * self.nfft * LANES


@dataclass(frozen=True, slots=True)
class Pass:
    """Shards that are dedispersed in one reading of the recording."""

    shards: tuple[Shard, ...]
    chunk_spectra: int
    """Spectra of the recording that one task makes series of: a multiple of every shard's downsampling."""

    @property
    def values(self) -> int:
        """Number of float32 values in all lane blocks."""
        return sum(shard.values for shard in self.shards)

    @property
    def kinds(self) -> list[SampleKind]:
        """Kinds of clean samples that the shards need, ascending."""
        return sorted({shard.kind for shard in self.shards})

    def nrows(self, kind: SampleKind) -> int:
        """Return how many rows clean samples of one kind need: channels, and dead ones that fill the plans."""
        return max(shard.plan.nchans for shard in self.shards if shard.kind == kind)

    def column_range(self, kind: SampleKind) -> tuple[int, int]:
        """Return how far clean samples of one kind reach before the first sample of a chunk, and past it in all."""
        plans = [shard.plan for shard in self.shards if shard.kind == kind]
        lead = max(plan.lead_samples for plan in plans)
        chunk = self.chunk_spectra // kind.downsample
        return lead, max(lead - plan.lead_samples + channel_length(plan, chunk) for plan in plans)

    def task_bytes(self) -> int:
        """Bytes that one task needs at most, besides the lane blocks."""
        channels = max(self.nrows(kind) * self.column_range(kind)[1] for kind in self.kinds)
        rows = max(working_bytes(shard.plan, self.chunk_spectra // shard.downsample) for shard in self.shards)
        search = max(search_memory_bytes(shard.nfft) - shard.nfft * LANES * 4 for shard in self.shards)
        return max(channels + rows + 2 * READ_BYTES, search)


def series_length(nsamples: int, downsample: int) -> tuple[int, int]:
    """Return the samples of a downsampled series and the length of its Fourier transform."""
    length = -(-nsamples // downsample)
    return length, next_fft_length(length)


def _whole_shards(header: Header, plan: DispersionPlan, unfiltered_below_dm: float) -> list[Shard]:
    """Return one shard for each DM range, or two where the range is cut by the DM of the filter."""
    shards = []
    for dm_range in plan.ranges:
        dm_trials, downsample = dm_range.dm_trials, dm_range.downsample
        nsamples, nfft = series_length(header.nsamples, downsample)
        whole = make_radix_plan(header.descending_freqs_mhz, header.tsamp * downsample, dm_trials)
        nunfiltered = int(np.count_nonzero(dm_trials < unfiltered_below_dm))
        if nunfiltered:
            lower = whole.subset(0, nunfiltered)
            shards.append(Shard(lower, SampleKind(downsample, is_filtered=False), nsamples, nfft))
        if nunfiltered < len(dm_trials):
            upper = whole.subset(nunfiltered, len(dm_trials)) if nunfiltered else whole
            shards.append(Shard(upper, SampleKind(downsample, is_filtered=True), nsamples, nfft))
    return shards


def make_pass(shards: list[Shard], header: Header, chunk_bytes: int) -> Pass:
    """Choose the length of the chunks in which one pass over a recording serves some shards.

    Parameters
    ----------
    shards
        At least one.
    header
        Of the recording.
    chunk_bytes
        Size of a chunk at 8 bits a value; it is longer where the sweep of the band is, and at least 4096 spectra.

    Returns
    -------
    Pass
        The shards and the length of a chunk.
    """
    # A chunk at least as long as the sweep of the band reads every sample at most twice.
    sweep = max((shard.plan.reach_samples + shard.plan.lead_samples) * shard.downsample for shard in shards)
    chunk_spectra = max(chunk_bytes // header.nchans, sweep, _MIN_CHUNK_SPECTRA)
    multiple = math.lcm(*(shard.downsample for shard in shards))
    longest = min(chunk_spectra, header.nsamples)
    return Pass(tuple(shards), -(-longest // multiple) * multiple)


def _subset(shard: Shard, blocks: NDArray[np.int64]) -> Shard:
    first, last = int(blocks[0]) * LANES, int(blocks[-1] + 1) * LANES
    return Shard(shard.plan.subset(first, last), shard.kind, shard.nsamples, shard.nfft)


def make_passes(header: Header, plan: DispersionPlan, budget: Budget, unfiltered_below_dm: float = 0.0) -> list[Pass]:
    """Cut the DM ranges of a plan into shards, and group these into passes that fit the budget.

    Parameters
    ----------
    header
        Of the recording.
    plan
        The DM trials.
    budget
        Memory and threads.
    unfiltered_below_dm
        DM in pc cm^-3 below which trials come from samples without the zero-DM filter; 0 if there is none.

    Returns
    -------
    list of Pass
        In the order of DM. The series are the same, to the last bit, however the trials are cut.

    Raises
    ------
    ResourceError
        If not even one lane block fits; the message says what would do.
    """
    whole = _whole_shards(header, plan, unfiltered_below_dm)
    everything = make_pass(whole, header, budget.chunk_bytes)
    besides = PROGRAM_BYTES + budget.kept_bytes + budget.nthreads * everything.task_bytes()
    values_left = (budget.memory_bytes - besides) // 4
    largest = max(shard.nfft * LANES for shard in whole)
    if values_left < largest:
        least = besides + 4 * largest
        raise ResourceError(
            f"found {format_bytes(budget.memory_bytes)} of memory for {budget.nthreads} threads, expected at least "
            f"{format_bytes(least)} for this recording; give more memory or fewer threads"
        )
    return [make_pass(shards, header, budget.chunk_bytes) for shards in _group(whole, values_left)]


def _group(whole: list[Shard], values_left: int) -> list[list[Shard]]:
    """Cut shards and group the pieces, so that no group holds more than `values_left` values."""
    # Groups of equal size touch the least memory.
    total = sum(shard.values for shard in whole)
    target = -(-total // -(-total // values_left))
    groups: list[list[Shard]] = [[]]
    used = 0
    for shard in whole:
        block_values = shard.nfft * LANES
        remaining = np.arange(shard.nblocks)
        while len(remaining):
            count = min(-(-(target - used) // block_values), (values_left - used) // block_values, len(remaining))
            if count > 0:
                groups[-1].append(_subset(shard, remaining[:count]))
                remaining = remaining[count:]
                used += count * block_values
            else:
                groups.append([])
                used = 0
    return groups
