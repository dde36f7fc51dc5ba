"""Deadlines: the least loss that fits, a refusal that says what would do, and nothing where nothing is needed."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from fastpipe.algorithms.smearing import plan_smearing
from fastpipe.config import DedispersionConfig, SearchConfig, override
from fastpipe.data.dispersion_plan import DispersionPlan, DMRange
from fastpipe.data.header import Header
from fastpipe.data.search_cost import SearchCost, StageCost
from fastpipe.data.smearing import Smearing
from fastpipe.errors import ConfigError, ResourceError
from fastpipe.execution.executors import SerialExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.budget import Budget
from fastpipe.pipeline.cost import predict_cost
from fastpipe.pipeline.deadline import PULSES_S, TimedSearch, choose_in_time, meet_deadline
from fastpipe.pipeline.preflight import SearchPlan, check_and_plan, plan_trials
from fastpipe.pipeline.search import search_recording
from fastpipe.simulation.shape import FilterbankShape
from tests.fake_plan import fake_plan
from tests.pipeline.recordings import simulated
from tests.pipeline.test_cost import RATES as ALL_RATES
from tests.pipeline.test_cost import READING_S

# Folding is fixed, and most of the time of recordings as short as these.
RATES = replace(ALL_RATES, folding=0.0, refinement=0.0)
HEADER = FilterbankShape(nchans=64, nsamples=2**18, tsamp=2e-4).header()
BUDGET = Budget(4 * 2**30, 2, 2**25)
CONFIG = override(SearchConfig(), dm_max=300.0, max_downsample=16)


def choose(deadline: str, config: SearchConfig = CONFIG) -> TimedSearch:
    config = override(config, deadline=deadline)
    return choose_in_time(HEADER, config, check_and_plan(HEADER, config), BUDGET, (RATES, READING_S))


def measure(config: SearchConfig) -> tuple[float, float]:
    """Return mean S/N kept and predicted seconds."""
    plan = plan_trials(HEADER, config)
    smearing = plan_smearing(plan.dispersion, HEADER.descending_freqs_mhz, HEADER.tsamp)
    wall_s = predict_cost(HEADER, config, plan, BUDGET, RATES, READING_S).wall_s
    return sum(map(smearing.mean_snr_kept, PULSES_S)) / len(PULSES_S), wall_s


@pytest.fixture(scope="module", autouse=True)
def instant_start() -> Iterator[None]:
    """Recordings as short as these take less time than the start of the program."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fastpipe.pipeline.cost.START_S", 0.0)
        yield


TOLERANCES = (1.0, 1.19, 1.41, 1.68, 2.0, 2.38, 2.83, 3.36, 4.0)
DOWNSAMPLES = (1, 2, 4, 8, 16)


@pytest.fixture(scope="module")
def ladder() -> list[tuple[float, float]]:
    """Mean S/N kept and predicted seconds of all choices."""
    return [
        measure(override(CONFIG, smearing_tolerance=tolerance, min_downsample=downsample))
        for tolerance, downsample in product(TOLERANCES, DOWNSAMPLES)
    ]


@pytest.mark.parametrize("share", [0.0, 0.2, 0.4, 0.6, 0.8, 0.95])
def test_what_is_chosen_fits_and_loses_little(ladder: list[tuple[float, float]], share: float) -> None:
    longest = measure(CONFIG)[1]
    shortest = measure(override(CONFIG, smearing_tolerance=4.0, min_downsample=16))[1]
    deadline_s = shortest + share * (longest - shortest) + 1e-6
    found = choose(f"{deadline_s:.9f}s")
    assert found.choice is not None
    assert found.choice.is_needed
    kept, wall_s = measure(found.config)
    assert wall_s == found.choice.chosen.wall_s <= deadline_s
    # With so few trials the lane blocks, which ranges are rounded to, make time and S/N fall with jumps.
    assert kept >= max(kept for kept, wall_s in ladder if wall_s <= deadline_s) - 0.02
    assert found.plan == plan_trials(HEADER, found.config)


@pytest.mark.parametrize("seed", range(20))
def test_the_least_loss_is_chosen_where_time_and_snr_fall_steadily(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(seed)
    by_step, by_resolution = generator.uniform(0.1, 2.0, 2)

    def seconds(options: DedispersionConfig) -> float:
        return float(10.0 + 100.0 * options.smearing_tolerance**-by_step * options.min_downsample**-by_resolution)

    def plan(_: Header, config: SearchConfig) -> SearchPlan:
        options = config.dedispersion
        return SearchPlan(DispersionPlan((DMRange(0.0, options.smearing_tolerance, 16, options.min_downsample),)), 1)

    def smearing(plan: DispersionPlan, *_: object) -> Smearing:
        (dm_range,), none = plan.ranges, np.zeros(1)
        sampling = np.full(1, 1e-4 * dm_range.downsample)
        return Smearing(none, sampling, none, sampling * dm_range.dm_step, none)

    def cost(_: Header, config: SearchConfig, *__: object) -> SearchCost:
        return replace(fake_plan(dm_max=0.0).cost, stages=(StageCost("all", seconds(config.dedispersion)),))

    for name, fake in (("plan_trials", plan), ("plan_smearing", smearing), ("predict_cost", cost)):
        monkeypatch.setattr(f"fastpipe.pipeline.deadline.{name}", fake)
    ladder = [
        override(CONFIG, smearing_tolerance=tolerance, min_downsample=downsample)
        for tolerance, downsample in product(TOLERANCES, DOWNSAMPLES)
    ]
    deadline_s = generator.uniform(seconds(ladder[-1].dedispersion), 110.0)
    fitting = [config for config in ladder if seconds(config.dedispersion) <= deadline_s]
    best = max(fitting, key=lambda config: sum(map(smearing(plan(HEADER, config).dispersion).mean_snr_kept, PULSES_S)))
    assert choose(f"{deadline_s!r}s").config == best


def test_less_time_costs_more_sensitivity() -> None:
    asked = measure(CONFIG)[1]
    kept = [measure(choose(f"{share * asked:.6f}s").config)[0] for share in (1.0, 0.9, 0.7, 0.5)]
    assert kept == sorted(kept, reverse=True)


def test_the_options_repeat_the_search_without_a_deadline() -> None:
    found = choose(f"{0.5 * measure(CONFIG)[1]:.6f}s")
    options = found.config.dedispersion
    again = override(CONFIG, smearing_tolerance=options.smearing_tolerance, min_downsample=options.min_downsample)
    assert found.config == again
    (remark,) = found.remarks
    for option in ("smearing_tolerance", "min_downsample"):
        if getattr(options, option) != 1:
            assert f"{option} = {getattr(options, option):g} instead of 1" in remark
    assert "pulses of 1 ms keep 0." in remark


def test_a_deadline_that_needs_nothing_changes_nothing() -> None:
    found = choose("8h")
    assert (found.config, found.plan, found.remarks) == (CONFIG, plan_trials(HEADER, CONFIG), ())
    assert found.choice is not None
    assert not found.choice.is_needed
    assert found.choice.sentence().startswith("deadline of 8 h 00 min: nothing is given up, for ")


def test_a_deadline_that_nothing_fits_is_refused_with_the_least_that_would_do() -> None:
    with pytest.raises(ResourceError, match=r"found a deadline of 1 ms, expected at least \d+ s, for ") as refusal:
        choose("0.001s")
    least = str(refusal.value).split("at least ")[1].split(",")[0]
    assert choose(least).choice is not None


def test_tiny_recordings_are_left_with_what_can_be_searched() -> None:
    header = replace(HEADER, nsamples=1024)
    for freq_min_hz in (0.1, 300.0):
        config = override(CONFIG, dm_max=5.0, freq_min_hz=freq_min_hz, max_downsample=64, deadline="0.000001s")
        with pytest.raises(ResourceError, match="expected at least 1 s"):
            choose_in_time(header, config, check_and_plan(header, config), BUDGET, (RATES, READING_S))


def test_a_given_step_stays() -> None:
    config = override(CONFIG, dm_step=0.5)
    plan = plan_trials(HEADER, config)
    found = choose(f"{0.9 * predict_cost(HEADER, config, plan, BUDGET, RATES, READING_S).wall_s:.6f}s", config)
    assert found.config.dedispersion.min_downsample > 1
    assert found.config.dedispersion.smearing_tolerance == 1.0
    assert {dm_range.dm_step for dm_range in found.plan.dispersion.ranges} == {0.5}


def test_the_rates_are_needed_only_for_a_deadline(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    recording, executor = simulated(), SerialExecutor(SilentProgress(), StageLedger())
    config = override(SearchConfig(), dm_max=120.0)
    plan = check_and_plan(recording.header, config)
    monkeypatch.setattr("fastpipe.pipeline.deadline.recording_rates", lambda *_, **__: (RATES, READING_S))
    wall_s = predict_cost(recording.header, config, plan, BUDGET, RATES, READING_S).wall_s
    in_time = override(config, deadline=f"{0.95 * wall_s:.6f}s")
    with caplog.at_level(logging.WARNING, "fastpipe"):
        found = meet_deadline(recording, in_time, plan, BUDGET, executor)
    assert [record.getMessage() for record in caplog.records] == list(found.remarks) != []

    monkeypatch.setattr("fastpipe.pipeline.deadline.recording_rates", None)
    assert meet_deadline(recording, config, plan, BUDGET, executor) == TimedSearch(config, plan)


def test_a_search_in_time_is_that_of_the_options_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastpipe.pipeline.deadline.recording_rates", lambda *_, **__: (RATES, READING_S))
    recording, executor = simulated(), SerialExecutor(SilentProgress(), StageLedger())
    config = override(SearchConfig(), dm_max=60.0, find_birdies=False)
    wall_s = predict_cost(recording.header, config, plan_trials(recording.header, config), BUDGET, RATES, READING_S).wall_s
    in_time = search_recording(recording, override(config, deadline=f"{0.95 * wall_s:.6f}s"), BUDGET, executor)
    (remark,) = in_time.provenance["remarks"].splitlines()
    assert remark.startswith("deadline of ")
    named = {name: float(value) for name, value in re.findall(r"(\w+) = ([\d.]+) instead", remark)}
    assert named
    named = {name: int(value) if name == "min_downsample" else value for name, value in named.items()}
    again = search_recording(recording, override(config, **named), BUDGET, executor)
    assert in_time.provenance["configuration"] == again.provenance["configuration"]
    assert in_time.candidates.tobytes() == again.candidates.tobytes()
    assert in_time.detections.tobytes() == again.detections.tobytes()


def test_a_single_channel_has_nothing_to_give_up() -> None:
    recording = simulated()
    single = replace(recording, paths=(Path("one.fil"),), header=replace(recording.header, nchans=1))
    config = override(SearchConfig(), deadline="1h")
    with pytest.raises(ConfigError, match=r"found a deadline for one.fil, expected none for a single channel"):
        meet_deadline(
            single, config, plan_trials(single.header, config), BUDGET, SerialExecutor(SilentProgress(), StageLedger())
        )
