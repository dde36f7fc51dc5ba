"""How the trials of a search are cut into shards."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from fastpipe.algorithms.acceleration_grid import AccelerationGrid
from fastpipe.algorithms.lane_fft import next_fft_length
from fastpipe.algorithms.radix_plan import RadixPlan, make_radix_plan
from fastpipe.algorithms.subband_spectra import subband_plan
from fastpipe.config import SearchConfig
from fastpipe.constants import LANES
from fastpipe.data.dispersion_plan import DispersionPlan
from fastpipe.data.header import Header
from fastpipe.pipeline.clean_recording import SampleKind
from fastpipe.pipeline.drifts import drift_grid, task_bytes

BlockId = tuple[int, int]
"""A lane block: the number of its range of trials, and its own in that range."""


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
    range_number: int = 0
    """Which of the whole ranges of trials it is, or was cut out of."""
    first_block: int = 0
    """Number of its first lane block in that range."""

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

    @property
    def blocks(self) -> list[BlockId]:
        """Its lane blocks, each by its range of trials and its number there: the same however the trials are cut."""
        return [(self.range_number, self.first_block + number) for number in range(self.nblocks)]

    def cut(self, first: int, stop: int) -> "Shard":
        """Return the part with the lane blocks `first` to `stop` - 1, counted from the first of this one."""
        if (first, stop) == (0, self.nblocks):
            return self
        plan = self.plan.subset(first * LANES, stop * LANES)
        return replace(self, plan=plan, first_block=self.first_block + first)


class ShardRange(NamedTuple):
    """Lane blocks that are searched and stored together: the unit of work on a cluster, and of what a restart redoes."""

    range_number: int
    """Which of the whole ranges of trials they are of."""
    first: int
    """Number of the first block in that range."""
    stop: int
    """Number of the block after the last."""

    @property
    def blocks(self) -> list[BlockId]:
        """The lane blocks."""
        return [(self.range_number, number) for number in range(self.first, self.stop)]


def series_length(nsamples: int, downsample: int) -> tuple[int, int]:
    """Return the samples of a downsampled series and the length of its Fourier transform."""
    length = -(-nsamples // downsample)
    return length, next_fft_length(length)


def whole_shards(
    header: Header, plan: DispersionPlan, config: SearchConfig, unfiltered_below_dm: float = math.inf
) -> list[Shard]:
    """Return one shard for each DM range, or two where the range is cut by the DM of the filter.

    Parameters
    ----------
    header
        Of the recording.
    plan
        The DM trials.
    config
        Of the search.
    unfiltered_below_dm
        DM in pc cm^-3 below which trials come from samples without the zero-DM filter; infinite if there is none.

    Returns
    -------
    list of Shard
        In the order of DM.
    """
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
    return [replace(shard, range_number=number) for number, shard in enumerate(shards)]


def birdie_subbands(header: Header, plan: DispersionPlan, config: SearchConfig) -> Shard | None:
    """Return the sub-bands at DM 0 in which birdies are looked for, or None where none are.

    They are without the zero-DM filter and at the finest time resolution of the plan.
    """
    if not config.birdies.find_birdies:
        return None
    downsample = min(dm_range.downsample for dm_range in plan.ranges)
    kind = SampleKind(downsample, is_filtered=False)
    return Shard(subband_plan(header.nchans), kind, *series_length(header.nsamples, downsample))


def cut_into_shards(whole: Sequence[Shard], shard_trials: int) -> list[ShardRange]:
    """Cut ranges of trials into shards of equal size.

    Parameters
    ----------
    whole
        Of `whole_shards`.
    shard_trials
        About how many DM trials a shard has: whole lane blocks, at least one.

    Returns
    -------
    list of ShardRange
        Every lane block once, in the order of DM. They follow from the arguments: the memory changes nothing.
    """
    most = max(shard_trials // LANES, 1)
    ranges = []
    for shard in whole:
        borders = np.linspace(0, shard.nblocks, -(-shard.nblocks // most) + 1).astype(int).tolist()
        ranges += [ShardRange(shard.range_number, first, stop) for first, stop in pairwise(borders)]
    return ranges


def join_shards(whole: Sequence[Shard], ranges: Sequence[ShardRange]) -> list[Shard]:
    """Return what is to be searched for some shards: neighbours of one range of trials as one, for they share work.

    Parameters
    ----------
    whole
        Of `whole_shards`.
    ranges
        Of `cut_into_shards`, in the order of DM.
    """
    joined: list[ShardRange] = []
    for number, first, stop in ranges:
        if joined and joined[-1].range_number == number and joined[-1].stop == first:
            joined[-1] = joined[-1]._replace(stop=stop)
        else:
            joined.append(ShardRange(number, first, stop))
    return [whole[number].cut(first, stop) for number, first, stop in joined]
