"""How a search is cut to fit in memory: shards of DM trials, and passes over the recording that serve some shards each."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.acceleration_grid import AccelerationGrid
from fastpipe.algorithms.dedispersion import channel_length, working_bytes
from fastpipe.algorithms.lane_fft import next_fft_length, spectra_workspace_bytes
from fastpipe.algorithms.periodicity import search_memory_bytes
from fastpipe.algorithms.radix_plan import RadixPlan, make_radix_plan
from fastpipe.algorithms.subband_spectra import lines_memory_bytes, subband_plan
from fastpipe.config import SearchConfig
from fastpipe.constants import LANES
from fastpipe.data.dispersion_plan import DispersionPlan
from fastpipe.data.header import Header
from fastpipe.errors import ResourceError
from fastpipe.pipeline.chunk_length import choose_chunk_spectra
from fastpipe.pipeline.clean_recording import READ_BYTES, SampleKind
from fastpipe.pipeline.drifts import drift_grid, task_bytes
from fastpipe.pipeline.scratch import whole_lines
from fastpipe.units import enough_bytes, format_bytes

PROGRAM_BYTES = 370 * 2**20
"""Memory of Python, its libraries and the kernels in the first run on a machine, which compiles them."""
LOADED_BYTES = 220 * 2**20
"""The same where the kernels were compiled before."""

CHUNK_BESIDES_BYTES = 2 * READ_BYTES
"""What reading and cleaning a chunk needs besides what it borrows."""
_REFINEMENT_BYTES = 25 * 2**20
"""What refining detections takes at most, after the rest of the search of a block."""
_SEARCH_SAMPLE_BYTES = 10
"""What replacing birdies by noise needs for one row of a block."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a search may use of the machine."""

    memory_bytes: int
    nthreads: int
    chunk_bytes: int
    kept_bytes: int = 0
    """What is in the memory all the time, besides the program."""

    def too_small(self, least_bytes: int, purpose: str = "for this recording") -> ResourceError:
        """Return the error of a memory in which something does not fit, with the least that would do."""
        return ResourceError(
            f"found {format_bytes(self.memory_bytes)} of memory for {self.nthreads} threads, expected at least "
            f"{enough_bytes(least_bytes)} {purpose}; give more memory or fewer threads"
        )


@dataclass(frozen=True, slots=True)
class Shard:
    """Neighbouring DM trials of one kind of samples, dedispersed and searched together."""

    plan: RadixPlan
    kind: SampleKind
    nsamples: int
    """Samples of one series."""
    nfft: int
    """Samples of the Fourier transform: the series and zeros after it."""
    drifts: AccelerationGrid | None = None
    """Drifts of the frequency that are searched; None for none."""

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

    @property
    def task_bytes(self) -> int:
        """Bytes of the array that the search of one block borrows."""
        return task_bytes(self.nfft, self.drifts)


@dataclass(frozen=True, slots=True)
class Pass:
    """Shards that are dedispersed in one reading of the recording."""

    shards: tuple[Shard, ...]
    """Those that are searched, in the order of DM."""
    chunk_spectra: int
    """Spectra of the recording that one task makes series of: a multiple of every shard's downsampling."""
    subbands: Shard | None = None
    """Sub-bands at DM 0, in which birdies are looked for before the search; None where there is nothing to look for."""

    @property
    def dedispersed(self) -> tuple[Shard, ...]:
        """All shards that are dedispersed, the sub-bands last."""
        return self.shards if self.subbands is None else (*self.shards, self.subbands)

    @property
    def values(self) -> int:
        """Number of float32 values in all lane blocks."""
        return sum(shard.values for shard in self.dedispersed)

    @property
    def kinds(self) -> list[SampleKind]:
        """Kinds of clean samples that the shards need, ascending."""
        return sorted({shard.kind for shard in self.dedispersed})

    def channels_shape(self, kind: SampleKind) -> tuple[int, int]:
        """Return the rows and columns of clean samples of one kind: channels, dead ones that fill the plans, and a chunk."""
        return max(shard.plan.nchans for shard in self.dedispersed if shard.kind == kind), self.column_range(kind)[1]

    def column_range(self, kind: SampleKind) -> tuple[int, int]:
        """Return how far clean samples of one kind reach before the first sample of a chunk, and past it in all."""
        plans = [shard.plan for shard in self.dedispersed if shard.kind == kind]
        lead = max(plan.lead_samples for plan in plans)
        chunk = self.chunk_spectra // kind.downsample
        return lead, max(lead - plan.lead_samples + channel_length(plan, chunk) for plan in plans)

    def chunk_bytes(self) -> int:
        """Bytes that one task borrows for a chunk: its clean channels of all kinds, and the rows of dedispersion."""
        channels = sum(whole_lines(math.prod(self.channels_shape(kind))) for kind in self.kinds)
        return channels + max(
            working_bytes(shard.plan, self.chunk_spectra // shard.downsample) for shard in self.dedispersed
        )

    def scratch_bytes(self) -> int:
        """Bytes of the array that one task borrows at most: for a chunk, or for the spectra of a block."""
        return max(self.chunk_bytes(), *(shard.task_bytes for shard in self.dedispersed))

    def memory_bytes(self, nthreads: int) -> int:
        """Bytes that `nthreads` tasks at the same time and the lane blocks need."""
        # Arrays that were given back stay in the memory as far as they were ever used.
        chunk, tasks = self.chunk_bytes(), self._largest_tasks(nthreads)
        borrowed = sum(max(chunk, shard.task_bytes) for shard in tasks) + (nthreads - len(tasks)) * chunk
        besides = max(nthreads * CHUNK_BESIDES_BYTES, sum(_search_bytes(shard.nfft) for shard in tasks))
        if self.subbands is not None:
            # Their transform is no longer than the longest of the search, and it is done while no other task runs.
            besides = max(besides, lines_memory_bytes(self.subbands.nfft))
        return 4 * self.values + borrowed + besides

    def _largest_tasks(self, count: int) -> list[Shard]:
        """Return the shards of the blocks whose search takes the most memory, one for each block, the largest first."""
        blocks = (shard for shard in self.shards for _ in range(min(shard.nblocks, count)))
        return sorted(blocks, key=lambda shard: shard.task_bytes, reverse=True)[:count]


def _search_bytes(nfft: int) -> int:
    """Return what the search of a block needs besides the block and its spectra."""
    block_bytes = 4 * nfft * LANES
    searching = search_memory_bytes(nfft) - block_bytes - spectra_workspace_bytes(nfft) + _SEARCH_SAMPLE_BYTES * nfft
    return max(searching, _REFINEMENT_BYTES)


def series_length(nsamples: int, downsample: int) -> tuple[int, int]:
    """Return the samples of a downsampled series and the length of its Fourier transform."""
    length = -(-nsamples // downsample)
    return length, next_fft_length(length)


def make_passes(
    header: Header, plan: DispersionPlan, budget: Budget, config: SearchConfig, unfiltered_below_dm: float = math.inf
) -> list[Pass]:
    """Cut the DM ranges of a plan into shards, and group these into passes that fit the budget.

    Parameters
    ----------
    header
        Of the recording.
    plan
        The DM trials.
    budget
        Memory and threads.
    config
        Of the search: where birdies are looked for, the first pass makes the sub-bands at DM 0 too.
    unfiltered_below_dm
        DM in pc cm^-3 below which trials come from samples without the zero-DM filter; infinite if there is none.

    Returns
    -------
    list of Pass
        In the order of DM. The series are the same, to the last bit, however the trials are cut.

    Raises
    ------
    ResourceError
        If not even one lane block fits; the message says what would do.
    """
    whole = _whole_shards(header, plan, config, unfiltered_below_dm)
    subbands = _subband_shard(header, plan) if config.birdies.find_birdies else None
    first = 0 if subbands is None else subbands.values
    free_bytes = budget.memory_bytes - PROGRAM_BYTES - budget.kept_bytes
    # Chunks are long where a quarter of the memory is enough for all tasks, and as short as can be where nothing else fits.
    for chunk_bytes in (free_bytes // (4 * budget.nthreads), 0):
        everything = _make_pass(whole, header, budget, chunk_bytes, subbands)
        values_left = (free_bytes - everything.memory_bytes(budget.nthreads)) // 4 + everything.values
        if values_left >= first + max(shard.nfft * LANES for shard in whole):
            groups = _group(whole, values_left, first)
            longest = everything.chunk_bytes()
            passes = [_make_pass(groups[0], header, budget, longest, subbands)]
            return passes + [_make_pass(shards, header, budget, longest) for shards in groups[1:]]
    raise budget.too_small(_least_bytes(whole, header, budget, subbands))


def least_bytes(
    header: Header, plan: DispersionPlan, budget: Budget, config: SearchConfig, unfiltered_below_dm: float = math.inf
) -> int:
    """Return the least memory with which `make_passes` of the same arguments succeeds, in bytes."""
    whole = _whole_shards(header, plan, config, unfiltered_below_dm)
    return _least_bytes(whole, header, budget, _subband_shard(header, plan) if config.birdies.find_birdies else None)


def _least_bytes(whole: list[Shard], header: Header, budget: Budget, subbands: Shard | None) -> int:
    everything = _make_pass(whole, header, budget, 0, subbands)
    largest = max(shard.nfft * LANES for shard in whole)
    missing = everything.values - largest - (0 if subbands is None else subbands.values)
    return PROGRAM_BYTES + budget.kept_bytes + everything.memory_bytes(budget.nthreads) - 4 * missing


def _whole_shards(header: Header, plan: DispersionPlan, config: SearchConfig, unfiltered_below_dm: float) -> list[Shard]:
    """Return one shard for each DM range, or two where the range is cut by the DM of the filter."""
    shards = []
    for dm_range in plan.ranges:
        dm_trials, downsample = dm_range.dm_trials, dm_range.downsample
        nsamples, nfft = series_length(header.nsamples, downsample)
        whole = make_radix_plan(header.descending_freqs_mhz, header.tsamp * downsample, dm_trials)
        drifts = drift_grid(nfft, header.tsamp * downsample, config)
        nunfiltered = int(np.count_nonzero(dm_trials < unfiltered_below_dm))
        if nunfiltered:
            lower = whole.subset(0, nunfiltered)
            shards.append(Shard(lower, SampleKind(downsample, is_filtered=False), nsamples, nfft, drifts))
        if nunfiltered < len(dm_trials):
            upper = whole.subset(nunfiltered, len(dm_trials)) if nunfiltered else whole
            shards.append(Shard(upper, SampleKind(downsample, is_filtered=True), nsamples, nfft, drifts))
    return shards


def _subband_shard(header: Header, plan: DispersionPlan) -> Shard:
    """Return the sub-bands at DM 0, without the zero-DM filter and at the finest time resolution of the plan."""
    downsample = min(dm_range.downsample for dm_range in plan.ranges)
    kind = SampleKind(downsample, is_filtered=False)
    return Shard(subband_plan(header.nchans), kind, *series_length(header.nsamples, downsample))


def _make_pass(shards: list[Shard], header: Header, budget: Budget, chunk_bytes: int, subbands: Shard | None = None) -> Pass:
    """Choose the length of the chunks in which one pass serves some shards; tasks borrow `chunk_bytes` if that can be."""
    sweep = max((shard.plan.reach_samples + shard.plan.lead_samples) * shard.downsample for shard in shards)
    chunk_spectra = choose_chunk_spectra(
        header.nsamples,
        sweep=sweep,
        wished=budget.chunk_bytes // header.nchans,
        multiple=math.lcm(*(shard.downsample for shard in shards), 1 if subbands is None else subbands.downsample),
        nthreads=budget.nthreads,
        fits=lambda length: Pass(tuple(shards), length, subbands).chunk_bytes() <= chunk_bytes,
    )
    return Pass(tuple(shards), chunk_spectra, subbands)


def _subset(shard: Shard, blocks: NDArray[np.int64]) -> Shard:
    first, last = int(blocks[0]) * LANES, int(blocks[-1] + 1) * LANES
    return replace(shard, plan=shard.plan.subset(first, last))


def _group(whole: list[Shard], values_left: int, used: int) -> list[list[Shard]]:
    """Cut shards and group the pieces: no group holds more than `values_left` values, and the first has `used` already."""
    # Groups of equal size touch the least memory.
    total = used + sum(shard.values for shard in whole)
    target = -(-total // -(-total // values_left))
    groups: list[list[Shard]] = [[]]
    for shard in whole:
        block_values = shard.nfft * LANES
        remaining = np.arange(shard.nblocks)
        while len(remaining):
            wanted = max(-(-(target - used) // block_values), 0 if groups[-1] else 1)
            count = min(wanted, (values_left - used) // block_values, len(remaining))
            if count > 0:
                groups[-1].append(_subset(shard, remaining[:count]))
                remaining = remaining[count:]
                used += count * block_values
            else:
                groups.append([])
                used = 0
    return groups
