"""What a search is predicted to take, whole and cut into the parts that workers of a cluster compute."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fastpipe.algorithms.zero_dm import dm_of_filter
from fastpipe.config import SearchConfig
from fastpipe.data.header import Header
from fastpipe.data.kernel_rates import KernelRates
from fastpipe.data.search_cost import SearchCost, StageCost
from fastpipe.pipeline.budget import LOADED_BYTES, Budget
from fastpipe.pipeline.cost import pass_read_bytes, predict_cost, predict_passes
from fastpipe.pipeline.memory import EXPECTED_CANDIDATES, reserve
from fastpipe.pipeline.passes import Pass, make_passes
from fastpipe.pipeline.preflight import check_and_plan
from fastpipe.pipeline.shards import birdie_subbands, cut_into_shards, join_shards, whole_shards

_IN_A_SHARD = ("dedispersion", "birdies", "Fourier search", "search for drifts")


@dataclass(frozen=True, slots=True)
class PartCost:
    """One part of a search, computed by one worker."""

    name: str
    ntrials: int
    wall_s: float
    """With all threads of the worker."""
    read_bytes: int
    """Bytes of the recording."""
    memory_bytes: int
    """Most memory of the worker, with that of the program."""


@dataclass(frozen=True, slots=True)
class CutSearch:
    """A search of one observation on one machine, and the same cut into parts."""

    whole: SearchCost
    whole_read_bytes: int
    cleaning: PartCost
    shards: tuple[PartCost, ...]
    folding: PartCost

    @property
    def parts(self) -> tuple[PartCost, ...]:
        return (self.cleaning, *self.shards, self.folding)

    @property
    def parts_s(self) -> float:
        """Wall time of all parts, one after the other."""
        return sum(part.wall_s for part in self.parts)

    @property
    def least_s(self) -> float:
        """Wall time on any number of workers: cleaning, the longest shard, and folding come one after the other."""
        return self.cleaning.wall_s + max(part.wall_s for part in self.shards) + self.folding.wall_s

    @property
    def parts_read_bytes(self) -> int:
        return sum(part.read_bytes for part in self.parts)


def predict_parts(
    header: Header,
    config: SearchConfig,
    budget: Budget,
    rates: KernelRates,
    reading_s: float,
    ncandidates: int = EXPECTED_CANDIDATES,
) -> CutSearch:
    """Predict a search on one machine, and the same search cut into shards.

    Parameters
    ----------
    header
        Of the recording.
    config
        Options of all stages, with the size of shards.
    budget
        Memory and threads of the machine, or of one worker.
    rates, reading_s
        As for `predict_cost`.
    ncandidates
        Candidates that are folded.
    """
    plan = check_and_plan(header, config)
    budget = reserve(header, plan.dispersion, config, budget)
    cost = predict_cost(header, config, plan, budget, rates, reading_s, ncandidates)
    file_bytes = header.nsamples * header.nchans * header.nbits * header.nifs // 8
    # Statistics and digest read it all once; folding reads it with the mask and without. A regression reads it once more.
    cleaning_bytes = file_bytes * (3 if config.cleaning.zero_dm == "on" else 2)
    folding_bytes = 2 * file_bytes if ncandidates else 0
    before, after = _around_the_passes(cost)

    unfiltered_below_dm = dm_of_filter(header.chan_freqs_mhz) if config.cleaning.zero_dm == "on" else math.inf
    whole = whole_shards(header, plan.dispersion, config, unfiltered_below_dm)

    def part(name: str, passes: Sequence[Pass], ntrials: int) -> PartCost:
        stages = predict_passes(header, config, passes, budget, rates, reading_s)
        read_bytes = sum(pass_read_bytes(header, reading) for reading in passes)
        most = max(reading.memory_bytes(budget.nthreads) for reading in passes)
        return PartCost(name, ntrials, _seconds(stages), read_bytes, LOADED_BYTES + budget.kept_bytes + most)

    shards = []
    for number, shard in enumerate(cut_into_shards(whole, config.execution.shard_trials)):
        joined = join_shards(whole, [shard])
        ntrials = sum(len(piece.plan.dm_trials) for piece in joined)
        shards.append(part(f"shard {number}", make_passes(joined, header, budget), ntrials))
    subbands = birdie_subbands(header, plan.dispersion, config)
    birdies = part("birdies", make_passes([], header, budget, subbands), 0) if subbands else None
    return CutSearch(
        whole=cost,
        whole_read_bytes=cleaning_bytes + sum(reading.read_bytes for reading in cost.passes) + folding_bytes,
        cleaning=PartCost(
            "cleaning",
            0,
            before + (birdies.wall_s if birdies else 0.0),
            cleaning_bytes + (birdies.read_bytes if birdies else 0),
            max(cost.other_bytes, birdies.memory_bytes if birdies else 0),
        ),
        shards=tuple(shards),
        folding=PartCost("folding", 0, after, folding_bytes, cost.other_bytes),
    )


def _around_the_passes(cost: SearchCost) -> tuple[float, float]:
    """Return the seconds before the trials and after them, without the start of the program: workers start once a night."""
    names = [stage.stage for stage in cost.stages]
    first = names.index(_IN_A_SHARD[0])
    return _seconds(cost.stages[1:first]), _seconds(
        [stage for stage in cost.stages[first:] if stage.stage not in _IN_A_SHARD]
    )


def _seconds(stages: Sequence[StageCost]) -> float:
    return sum(stage.wall_s for stage in stages)
