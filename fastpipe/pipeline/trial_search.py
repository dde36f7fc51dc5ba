"""The search of all DM trials of a filterbank recording, shard by shard."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from fastpipe.data.birdies import Birdies
from fastpipe.data.harmonic_powers import FoundDetections
from fastpipe.data.lane_blocks import LaneBlocks
from fastpipe.io.file_stamps import content_digest
from fastpipe.pipeline.birdies import find_birdies
from fastpipe.pipeline.clean_step import CleanStep
from fastpipe.pipeline.dedispersion import dedisperse_pass
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.fourier_search import search_series
from fastpipe.pipeline.passes import Pass, make_passes
from fastpipe.pipeline.scratch import ScratchPool, aligned_bytes
from fastpipe.pipeline.search_setup import SearchSetup
from fastpipe.pipeline.shard_results import EachResult, ShardResults
from fastpipe.pipeline.shards import Shard, ShardRange, birdie_subbands, cut_into_shards, join_shards, whole_shards
from fastpipe.pipeline.store import Store, address_of


@dataclass(frozen=True, slots=True)
class TrialSearch:
    """The shards of one search and their content addresses."""

    setup: SearchSetup
    cleaned: CleanStep
    whole: tuple[Shard, ...]
    """All trials, a shard for each range of the plan with one kind of samples."""
    shards: tuple[ShardRange, ...]
    """The units of work, in the order of DM."""
    birdies_address: str
    addresses: tuple[str, ...]
    """One for each of the shards."""


def plan_trial_search(setup: SearchSetup, cleaned: CleanStep) -> TrialSearch:
    """Cut a search into shards.

    Parameters
    ----------
    setup
        The search.
    cleaned
        The recording as it is searched: where it is filtered, low DMs are searched without.
    """
    config, plan = setup.config, setup.plan
    whole = whole_shards(setup.header, plan.dispersion, config, cleaned.clean.unfiltered_below_dm)
    shards = cut_into_shards(whole, config.execution.shard_trials)
    birdies = address_of(
        "birdies",
        cleaned.address,
        msgspec.structs.replace(config.birdies, birdie_file=""),
        content_digest(config.birdies.birdie_file),
        float(plan.dispersion.dm_trials.max()),
        [dm_range.downsample for dm_range in plan.dispersion.ranges],
    )
    options = config.barycentre, config.periodicity, config.acceleration, config.sifting.log10_fap_max, plan.ntrials
    of_ranges = [
        address_of("range", birdies, options, shard.plan.dm_trials, shard.kind, shard.nsamples, shard.nfft)
        for shard in whole
    ]
    addresses = [address_of("shard", of_ranges[number], first, stop) for number, first, stop in shards]
    return TrialSearch(setup, cleaned, tuple(whole), tuple(shards), birdies, tuple(addresses))


def search_trials(
    search: TrialSearch, executor: Executor, store: Store, wanted: Sequence[int] | None = None
) -> tuple[Birdies, FoundDetections]:
    """Search shards that are not in the store, in as many passes over the recording as the memory asks for.

    Parameters
    ----------
    search
        The shards.
    executor
        Runs the tasks.
    store
        Where birdies and detections are kept: each shard as soon as its last lane block is searched.
    wanted
        Numbers of the shards to search; None for all.

    Returns
    -------
    Birdies
        What was removed from the spectra.
    FoundDetections
        Of the shards that are wanted, in the order of DM and in the frame of the search.
    """
    results = ShardResults(search.shards, search.addresses, store)
    numbers = range(len(search.shards)) if wanted is None else wanted
    pending = [number for number in numbers if not results.load(number)]
    birdies = store.load(search.birdies_address, Birdies)
    setup, header = search.setup, search.setup.header
    subbands = birdie_subbands(header, setup.plan.dispersion, setup.config) if birdies is None else None
    shards = join_shards(search.whole, [search.shards[number] for number in pending])
    passes = make_passes(shards, header, setup.budget, subbands) if shards or subbands else []
    # One buffer for all passes, one pool for all tasks: memory that was used before is cheaper than new memory.
    buffer = aligned_bytes(4 * max((reading.values for reading in passes), default=0)).view(np.float32)
    scratch = ScratchPool(max((reading.scratch_bytes() for reading in passes), default=0))
    if not passes and birdies is None:
        birdies = _find_birdies(search, None, executor, store, scratch)
    for reading in passes:
        series = dedisperse_pass(search.cleaned.clean, reading, buffer, executor, scratch)
        if birdies is None:
            birdies = _find_birdies(search, series.pop() if reading.subbands else None, executor, store, scratch)
        keeping = _keeping(reading, results, executor)
        search_series(series, setup.plan.ntrials, setup.config, keeping, birdies.table, setup.frame, scratch)
    assert birdies is not None
    return birdies, results.joined()


def _find_birdies(
    search: TrialSearch, subbands: LaneBlocks | None, executor: Executor, store: Store, scratch: ScratchPool
) -> Birdies:
    setup, cleaned = search.setup, search.cleaned
    birdies = find_birdies(
        cleaned.clean,
        subbands,
        setup.config.birdies,
        executor,
        dm_max=float(setup.plan.dispersion.dm_trials.max()),
        diode=cleaned.cleaning.diode,
        scratch=scratch,
    )
    # Kept even where nothing was looked for: a search on a cluster takes it for the sign that its workers share the disk.
    store.save(search.birdies_address, birdies)
    return birdies


def _keeping(reading: Pass, results: ShardResults, executor: Executor) -> EachResult:
    """Return an executor that keeps the detections of each lane block of a pass."""
    blocks = [block for shard in reading.shards for block in shard.blocks]
    return EachResult(executor, lambda number, found: results.add(blocks[number], found))
