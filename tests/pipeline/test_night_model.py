"""The model of a night behind docs/scaling.md."""

import dataclasses
import math

import msgspec
import pytest

from benchmarks.fast_beam import NBEAMS, SCAN_S, beam_header
from benchmarks.night_model import Site, Way, night_load, price, saturation, ways
from benchmarks.predicted_shards import CutSearch, predict_parts
from fastpipe.config import SearchConfig, override
from fastpipe.data.header import Header
from fastpipe.data.kernel_rates import KernelRates
from fastpipe.pipeline.budget import Budget

RATES = KernelRates(
    digest=5e-10,
    statistics=2e-10,
    clean_input=1e-10,
    clean_output=2e-10,
    dedispersion=2e-11,
    new_memory=1e-9,
    transform=2e-9,
    spectra=4e-8,
    harmonics=3e-9,
    fold_input=7e-11,
    folding=2e-11,
    refinement=0.03,
)
SITE = Site(
    cores=64,
    threads=8,
    memory_bytes=2**38,
    local_bytes_s=4e9,
    shared_bytes_s=2e9,
    task_s=0.002,
    tariff=0.1,
)
HEADER = dataclasses.replace(beam_header(nifs=1), nchans=256, foff=-500.0 / 256, nsamples=2**18)


def predicted(shard_trials: int, *, nthreads: int = 2, header: Header = HEADER) -> CutSearch:
    config = override(SearchConfig(), dm_max=100.0)
    execution = msgspec.structs.replace(config.execution, shard_trials=shard_trials)
    config = msgspec.structs.replace(config, execution=execution)
    return predict_parts(header, config, Budget(2**33, nthreads, 2**25), RATES, reading_s=1e-9)


def test_parts_hold_every_trial_and_cost_more_the_smaller_they_are() -> None:
    few, many = predicted(512), predicted(16)
    assert len(many.shards) > len(few.shards)
    assert sum(part.ntrials for part in many.shards) == sum(part.ntrials for part in few.shards)
    assert few.whole == many.whole
    assert many.parts_s > few.parts_s > 0.95 * (few.whole.wall_s - few.whole.stages[0].wall_s)
    assert many.parts_read_bytes > few.parts_read_bytes > few.whole_read_bytes
    assert max(part.memory_bytes for part in many.shards) < max(part.memory_bytes for part in few.shards)


def test_every_part_reads_the_recording_at_least_once() -> None:
    search, file_bytes = predicted(64), HEADER.nsamples * HEADER.nchans
    assert all(part.read_bytes >= file_bytes for part in search.parts)
    assert search.cleaning.read_bytes >= 3 * file_bytes
    assert search.folding.read_bytes == 2 * file_bytes


def test_parts_that_wait_for_one_another_bound_the_time_of_a_beam() -> None:
    search = predicted(64)
    longest = max(part.wall_s for part in search.shards)
    assert search.least_s == pytest.approx(search.cleaning.wall_s + longest + search.folding.wall_s)
    assert search.least_s < search.parts_s


def test_a_beam_of_fast_has_the_bytes_of_its_data_rate() -> None:
    header = beam_header(nifs=2)
    nbytes = header.nsamples * header.nchans * header.nifs
    assert nbytes == pytest.approx(50e9, rel=0.001)
    assert nbytes * NBEAMS / SCAN_S == pytest.approx(3167e6, rel=0.001)


def test_nodes_share_work_but_not_the_shared_disk() -> None:
    way = Way("beams", worker_s=80.0, local_bytes=0, shared_bytes=10**10, ntasks=10, node_bytes=0)
    one, many = night_load(way, SITE, nbeams=100, nnodes=1), night_load(way, SITE, nbeams=100, nnodes=10)
    assert one.seconds["cores"] == pytest.approx(1000.0)
    assert one.first == "cores"
    assert many.seconds["cores"] == pytest.approx(100.0)
    assert many.first == "shared disk"
    assert many.end_s == pytest.approx(500.0)
    assert one.seconds["scheduler"] == many.seconds["scheduler"] == pytest.approx(2.0)


def test_saturation_is_where_the_limits_cross() -> None:
    way = Way("beams", worker_s=80.0, local_bytes=0, shared_bytes=10**10, ntasks=10, node_bytes=0)
    full = saturation(way, SITE)
    assert full["shared disk"] == pytest.approx(2.0)
    assert full["scheduler"] == pytest.approx(500.0)
    load = night_load(way, SITE, nbeams=100, nnodes=2)
    assert load.seconds["cores"] == pytest.approx(load.seconds["shared disk"])
    assert saturation(dataclasses.replace(way, ntasks=0), SITE)["scheduler"] == math.inf


def test_the_price_is_that_of_whole_nodes() -> None:
    way = Way("beams", worker_s=3600.0 * SITE.nworkers, local_bytes=0, shared_bytes=0, ntasks=0, node_bytes=0)
    assert price(way, SITE, nbeams=3) == pytest.approx(3 * 64 * 0.1)


def test_copying_first_reads_the_shared_disk_once() -> None:
    search = predicted(64)
    anywhere, held, alone, copied = ways(search, file_bytes=2**26, nworkers=SITE.nworkers)
    assert anywhere.shared_bytes == search.parts_read_bytes
    assert alone.shared_bytes == search.whole_read_bytes
    assert held.shared_bytes == copied.shared_bytes == 2**26
    assert held.node_bytes == anywhere.node_bytes + 2**26
    assert anywhere.ntasks == len(search.shards) + 2
    assert alone.ntasks == 0
