"""How a search is made to fit in memory: passes over the recording that serve some shards each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fastpipe.algorithms.dedispersion import channel_length, working_bytes
from fastpipe.algorithms.lane_fft import spectra_workspace_bytes
from fastpipe.algorithms.periodicity import search_memory_bytes
from fastpipe.algorithms.subband_spectra import lines_memory_bytes
from fastpipe.config import SearchConfig
from fastpipe.constants import LANES
from fastpipe.data.dispersion_plan import DispersionPlan
from fastpipe.data.header import Header
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.chunk_length import choose_chunk_spectra
from fastpipe.pipeline.clean_recording import READ_BYTES, SampleKind
from fastpipe.pipeline.scratch import whole_lines
from fastpipe.pipeline.shards import Shard, birdie_subbands, whole_shards

CHUNK_BESIDES_BYTES = 2 * READ_BYTES
"""What reading and cleaning a chunk needs besides what it borrows."""
_REFINEMENT_BYTES = 25 * 2**20
"""What refining detections takes at most, after the rest of the search of a block."""
_SEARCH_SAMPLE_BYTES = 10
"""What replacing birdies by noise needs for one row of a block."""


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


def make_passes(shards: Sequence[Shard], header: Header, budget: Budget, subbands: Shard | None = None) -> list[Pass]:
    """Group shards into passes that fit the budget, and cut those that do not fit.

    Parameters
    ----------
    shards
        What is to be searched, in the order of DM; it may be empty where there are sub-bands.
    header
        Of the recording.
    budget
        Memory and threads.
    subbands
        Sub-bands at DM 0 that the first pass makes too; None for none.

    Returns
    -------
    list of Pass
        In the order of DM. The series are the same, to the last bit, however the trials are cut.

    Raises
    ------
    ResourceError
        If not even one lane block fits; the message says what would do.
    """
    first = 0 if subbands is None else subbands.values
    free_bytes = budget.memory_bytes - PROGRAM_BYTES - budget.kept_bytes
    # Chunks are long where a quarter of the memory is enough for all tasks, and as short as can be where nothing else fits.
    for chunk_bytes in (free_bytes // (4 * budget.nthreads), 0):
        everything = _make_pass(shards, header, budget, chunk_bytes, subbands)
        values_left = (free_bytes - everything.memory_bytes(budget.nthreads)) // 4 + everything.values
        if values_left >= first + _largest_block(shards):
            groups = _group(shards, values_left, first)
            longest = everything.chunk_bytes()
            passes = [_make_pass(groups[0], header, budget, longest, subbands)]
            return passes + [_make_pass(group, header, budget, longest) for group in groups[1:]]
    raise budget.too_small(least_bytes(shards, header, budget, subbands))


def plan_passes(
    header: Header, plan: DispersionPlan, budget: Budget, config: SearchConfig, unfiltered_below_dm: float = math.inf
) -> list[Pass]:
    """Return the passes of a whole search that begins anew: arguments as of `whole_shards` and `make_passes`."""
    shards = whole_shards(header, plan, config, unfiltered_below_dm)
    return make_passes(shards, header, budget, birdie_subbands(header, plan, config))


def least_bytes(shards: Sequence[Shard], header: Header, budget: Budget, subbands: Shard | None = None) -> int:
    """Return the least memory with which `make_passes` of the same arguments succeeds, in bytes."""
    everything = _make_pass(shards, header, budget, 0, subbands)
    missing = everything.values - _largest_block(shards) - (0 if subbands is None else subbands.values)
    return PROGRAM_BYTES + budget.kept_bytes + everything.memory_bytes(budget.nthreads) - 4 * missing


def _largest_block(shards: Sequence[Shard]) -> int:
    return max((shard.nfft * LANES for shard in shards), default=0)


def _make_pass(
    shards: Sequence[Shard], header: Header, budget: Budget, chunk_bytes: int, subbands: Shard | None = None
) -> Pass:
    """Choose the length of the chunks in which one pass serves some shards; tasks borrow `chunk_bytes` if that can be."""
    dedispersed = [*shards, *filter(None, [subbands])]
    sweep = max((shard.plan.reach_samples + shard.plan.lead_samples) * shard.downsample for shard in shards or dedispersed)
    chunk_spectra = choose_chunk_spectra(
        header.nsamples,
        sweep=sweep,
        wished=budget.chunk_bytes // header.nchans,
        multiple=math.lcm(*(shard.downsample for shard in dedispersed)),
        nthreads=budget.nthreads,
        fits=lambda length: Pass(tuple(shards), length, subbands).chunk_bytes() <= chunk_bytes,
    )
    return Pass(tuple(shards), chunk_spectra, subbands)


def _group(shards: Sequence[Shard], values_left: int, used: int) -> list[list[Shard]]:
    """Cut shards and group the pieces: no group holds more than `values_left` values, and the first has `used` already."""
    # Groups of equal size touch the least memory.
    total = used + sum(shard.values for shard in shards)
    target = -(-total // max(-(-total // values_left), 1))
    groups: list[list[Shard]] = [[]]
    for shard in shards:
        block_values, done = shard.nfft * LANES, 0
        while done < shard.nblocks:
            wanted = max(-(-(target - used) // block_values), 0 if groups[-1] else 1)
            count = min(wanted, (values_left - used) // block_values, shard.nblocks - done)
            if count > 0:
                groups[-1].append(shard.cut(done, done + count))
                done += count
                used += count * block_values
            else:
                groups.append([])
                used = 0
    return groups
