"""Predicted cost: a sum of work over rates, within the memory that was given."""

from dataclasses import asdict, replace

import pytest

from fastpipe.config import SearchConfig, override
from fastpipe.data.kernel_rates import KernelRates
from fastpipe.data.search_cost import SearchCost
from fastpipe.errors import ResourceError
from fastpipe.pipeline.budget import LOADED_BYTES, PROGRAM_BYTES, Budget
from fastpipe.pipeline.cost import predict_cost
from fastpipe.pipeline.memory import EXPECTED_CANDIDATES, reserve
from fastpipe.pipeline.passes import plan_passes
from fastpipe.pipeline.preflight import check_and_plan
from fastpipe.simulation.shape import FilterbankShape

HEADER = FilterbankShape(nchans=512, nsamples=2**18, tsamp=5e-5).header()
RATES = KernelRates(
    digest=3e-10,
    statistics=5e-10,
    clean_input=1e-10,
    clean_output=4e-10,
    dedispersion=2.5e-11,
    new_memory=3e-10,
    transform=2e-9,
    spectra=4e-8,
    harmonics=2e-9,
    fold_input=2e-10,
    folding=5e-11,
    refinement=0.03,
    acceleration=4e-9,
)
READING_S = 1e-10
LARGE_ACCEL = 5000.0
"""In m s^-2: some bins of drift in 13 s."""


def predict(
    nthreads: int = 2,
    memory_bytes: int = 4 * 2**30,
    rates: KernelRates = RATES,
    ncandidates: int = EXPECTED_CANDIDATES,
    **options: object,
) -> SearchCost:
    config = override(SearchConfig(), dm_max=200.0, **options)
    plan = check_and_plan(HEADER, config)
    return predict_cost(HEADER, config, plan, Budget(memory_bytes, nthreads, 2**25), rates, READING_S, ncandidates)


def seconds(cost: SearchCost) -> dict[str, float]:
    return {stage.stage: stage.wall_s for stage in cost.stages}


def test_stages_and_passes_are_those_of_the_search() -> None:
    cost, config = predict(), override(SearchConfig(), dm_max=200.0)
    folding = f"folding of {EXPECTED_CANDIDATES} candidates"
    assert list(seconds(cost)) == [
        "start of the program", "digest and channel statistics", "noise that channels share", "dedispersion", "birdies",
        "Fourier search", folding,
    ]  # fmt: skip
    assert cost.wall_s == pytest.approx(sum(seconds(cost).values()))
    plan = check_and_plan(HEADER, config)
    assert cost.ntrials == plan.ntrials
    assert sum(reading.ntrials for reading in cost.passes) == plan.dispersion.ntrials
    assert (cost.passes[0].dm_min, cost.passes[-1].dm_max) == (0.0, plan.dispersion.ranges[-1].dm_max)


def test_the_digest_takes_one_thread_and_the_statistics_all_others() -> None:
    digest_s = 2**18 * 512 * (READING_S + RATES.digest)
    statistics_s = 2**18 * 512 * (READING_S + RATES.statistics)
    stage = "digest and channel statistics"
    assert seconds(predict(nthreads=1))[stage] == pytest.approx(digest_s + statistics_s)
    assert seconds(predict(nthreads=8))[stage] == pytest.approx(digest_s)


def test_additions_include_the_overlap_and_little_more() -> None:
    (reading,) = predict().passes
    config = override(SearchConfig(), dm_max=200.0)
    (whole,) = plan_passes(HEADER, check_and_plan(HEADER, config).dispersion, Budget(4 * 2**30, 2, 2**25), config)
    without = sum(sum(shard.plan.additions_per_sample()) * shard.nsamples for shard in whole.dedispersed)
    assert without < reading.additions < 1.5 * without
    assert reading.transform_points == sum(shard.values for shard in whole.shards)


@pytest.mark.parametrize("name", sorted(asdict(RATES)))
def test_every_rate_counts(name: str) -> None:
    faster = replace(RATES, **{name: 0.0})
    assert predict(rates=faster, accel_max=LARGE_ACCEL).wall_s < predict(accel_max=LARGE_ACCEL).wall_s


def test_threads_share_what_they_can() -> None:
    one, four = seconds(predict(nthreads=1)), seconds(predict(nthreads=4))
    for stage in ("dedispersion", "Fourier search"):
        assert one[stage] / 4 <= four[stage] * (1 + 1e-9)
        assert four[stage] < one[stage] / 2


def test_memory_is_never_above_the_limit() -> None:
    for memory_bytes in (600 * 2**20, 2**30, 4 * 2**30):
        cost = predict(memory_bytes=memory_bytes)
        assert LOADED_BYTES < cost.peak_bytes <= memory_bytes
    assert len(predict(memory_bytes=600 * 2**20).passes) > len(predict().passes)


def test_what_is_impossible_is_refused_with_the_least_that_would_do() -> None:
    with pytest.raises(ResourceError, match=r"expected at least .* for this recording; give more memory or fewer threads"):
        predict(memory_bytes=PROGRAM_BYTES)


def test_the_zero_dm_filter_costs_one_more_reading() -> None:
    assert "zero-DM regression" in seconds(predict(zero_dm="on"))
    assert "birdies" not in seconds(predict(find_birdies=False))
    assert "noise that channels share" not in seconds(predict(find_rfi=False))


def test_folding_is_that_of_the_candidates() -> None:
    none, one, ten = (predict(ncandidates=number).wall_s for number in (0, 1, 10))
    assert none < one < ten < one + 10 * (one - none)


def test_the_search_for_drifts_is_a_stage_of_its_own() -> None:
    without, some, more = (predict(accel_max=accel_max) for accel_max in (None, LARGE_ACCEL, 4 * LARGE_ACCEL))
    stage = "search for drifts"
    assert stage not in seconds(without)
    assert 0 < seconds(some)[stage] < seconds(more)[stage]
    assert {name: wall_s for name, wall_s in seconds(some).items() if name != stage} == seconds(without)
    assert 0 == without.zmax < some.zmax < more.zmax
    assert (more.wmax, predict(accel_max=LARGE_ACCEL, jerk_max=1000.0).wmax) == (0.0, 80.0)


def test_accelerations_that_move_nothing_cost_nothing() -> None:
    assert predict(accel_max=0.1) == predict()


def test_memory_is_never_above_the_limit_with_drifts() -> None:
    config = override(SearchConfig(), dm_max=200.0, zmax=400.0)
    plan = check_and_plan(HEADER, config)
    for memory_bytes in (600 * 2**20, 2**30):
        budget = reserve(HEADER, plan.dispersion, config, Budget(memory_bytes, 2, 2**25))
        cost = predict_cost(HEADER, config, plan, budget, RATES, READING_S)
        assert LOADED_BYTES < cost.peak_bytes <= memory_bytes
