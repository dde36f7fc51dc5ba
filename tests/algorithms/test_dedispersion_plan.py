"""Dispersion plans: the whole DM range, in steps no coarser than the budget."""

from itertools import pairwise
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe.algorithms.dedispersion_plan import PlanRules, dm_step_for, make_dispersion_plan
from fastpipe.algorithms.radix_plan import choose_radices
from fastpipe.algorithms.smearing import inner_smearing_s, plan_smearing, rounding_smearing_s, step_smearing_s
from fastpipe.constants import LANES
from fastpipe.dispersion import channel_smearing_s, dm_delay_s

FAST_FREQS_MHZ = 1450.0 - np.arange(4096) * 400 / 4096
TSAMP = 49.152e-6


def rounding(nchans: int, sampling_s: float) -> float:
    """Smearing in s by the stages that many trials need."""
    return rounding_smearing_s(sampling_s, choose_radices(nchans, nchans, nchans))


@settings(max_examples=60, deadline=None)
@given(
    dm_min=st.floats(0.0, 200.0),
    dm_width=st.floats(0.0, 800.0),
    tolerance=st.floats(0.5, 3.0),
    nchans=st.sampled_from([96, 336, 1024, 4096, 16384]),
    min_downsample=st.sampled_from([1, 4]),
)
def test_trials_cover_the_range_within_the_budget(
    dm_min: float, dm_width: float, tolerance: float, nchans: int, min_downsample: int
) -> None:
    freqs = 1450.0 - np.arange(nchans) * 400 / nchans
    rules = PlanRules(smearing_tolerance=tolerance, min_downsample=min_downsample)
    plan = make_dispersion_plan(freqs, TSAMP, dm_min, dm_min + dm_width, rules)
    trials = plan.dm_trials
    assert trials[0] == dm_min
    assert trials[-1] <= dm_min + dm_width + 1e-6
    assert np.all(np.diff(trials) > 0)
    for dm_range in plan.ranges:
        smearing = float(channel_smearing_s(dm_range.dm_min, freqs.mean(), 400 / nchans))
        sampling = dm_range.downsample * TSAMP
        all_else = np.sqrt(2.0 * (sampling**2 + smearing**2 + rounding(nchans, sampling) ** 2))
        half_step_delay = dm_delay_s(dm_range.dm_step / 2, freqs[-1], freqs[0])
        # Steps have two digits, so that they are up to a tenth shorter.
        assert 0.9 * tolerance * all_else < half_step_delay <= tolerance * all_else * (1 + 1e-9)
        assert sampling <= max(0.5 * smearing, min_downsample * TSAMP) * (1 + 1e-9)
        assert dm_range.downsample == 64 or 2 * sampling > 0.5 * smearing
    assert dm_min + dm_width - trials[-1] < plan.ranges[-1].dm_step
    assert all(dm_range.ntrials % LANES == 0 for dm_range in plan.ranges[:-1])


def test_a_given_step_is_kept() -> None:
    plan = make_dispersion_plan(FAST_FREQS_MHZ, TSAMP, 10.0, 20.0, PlanRules(dm_step=0.5))
    np.testing.assert_allclose(plan.dm_trials, 10.0 + 0.5 * np.arange(21))


def test_one_dm_is_a_plan() -> None:
    assert make_dispersion_plan(FAST_FREQS_MHZ, TSAMP, 56.77, 56.77).dm_trials.tolist() == [56.77]


def test_downsampling_stops_where_it_is_told_to() -> None:
    plan = make_dispersion_plan(FAST_FREQS_MHZ, TSAMP, 900.0, 1000.0, PlanRules(max_downsample=2))
    assert {dm_range.downsample for dm_range in plan.ranges} == {2}


@pytest.mark.parametrize("plan_rule", ["budget", "survey"])
def test_no_sample_is_finer_than_asked_for(plan_rule: Literal["budget", "survey"]) -> None:
    coarse, fine = (
        make_dispersion_plan(FAST_FREQS_MHZ, TSAMP, 0.0, 1000.0, PlanRules(min_downsample=least, plan_rule=plan_rule))
        for least in (4, 1)
    )
    assert min(dm_range.downsample for dm_range in coarse.ranges) == 4
    assert coarse.ntrials < 0.7 * fine.ntrials
    # Where samples are as coarse as that anyway, nothing changes.
    assert coarse.ranges[-1].downsample == fine.ranges[-1].downsample
    assert coarse.ranges[-1].dm_step == fine.ranges[-1].dm_step


def test_more_tolerance_means_fewer_trials_and_less_snr() -> None:
    plans = [
        make_dispersion_plan(FAST_FREQS_MHZ, TSAMP, 0.0, 500.0, PlanRules(smearing_tolerance=tolerance))
        for tolerance in (0.5, 1.0, 2.0, 4.0)
    ]
    kept = [plan_smearing(plan, FAST_FREQS_MHZ, TSAMP).mean_snr_kept(0.5e-3) for plan in plans]
    assert kept == sorted(kept, reverse=True)
    ntrials = [plan.ntrials for plan in plans]
    for finer, coarser in pairwise(ntrials):
        assert 0.45 * finer < coarser < 0.55 * finer


def test_recordings_that_hardly_sweep() -> None:
    # Two channels, and an end before the first lane block is full.
    plan = make_dispersion_plan(np.array([1400.0, 1390.0]), 1e-3, 0.0, 30.0)
    assert plan.ranges[0].downsample == 1
    assert plan.dm_trials[-1] <= 30.0
    assert make_dispersion_plan(FAST_FREQS_MHZ, TSAMP, 0.0, 0.5).ntrials == 4


def test_the_step_formula_matches_the_survey_rule() -> None:
    # For narrow bands: delay = 8.3 us DM bandwidth (MHz) / nu^3 (GHz).
    freqs = np.linspace(1455.0, 1445.0, 64)
    assert dm_step_for(freqs, 1e-3) == pytest.approx(2e-3 / (8.2988e-6 * 10 / 1.45**3), rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    coherent_dm=st.floats(0.0, 600.0),
    dm_min=st.floats(0.0, 300.0),
    dm_width=st.floats(0.0, 600.0),
    plan_rule=st.sampled_from(["budget", "survey"]),
)
def test_the_budget_holds_on_both_sides_of_a_coherent_dm(
    coherent_dm: float, dm_min: float, dm_width: float, plan_rule: Literal["budget", "survey"]
) -> None:
    freqs = 1450.0 - np.arange(256) * 400 / 256
    rules = PlanRules(coherent_dm=coherent_dm, plan_rule=plan_rule)
    plan = make_dispersion_plan(freqs, TSAMP, dm_min, dm_min + dm_width, rules)
    trials = plan.dm_trials
    assert (trials[0], np.all(np.diff(trials) > 0)) == (dm_min, True)
    assert dm_min + dm_width - trials[-1] < plan.ranges[-1].dm_step
    for dm_range in plan.ranges:
        smearing = float(inner_smearing_s(dm_range.dm_trials, freqs, coherent_dm).min())
        resolution = dm_range.downsample * TSAMP
        all_else = np.sqrt(resolution**2 + smearing**2 + rounding(len(freqs), resolution) ** 2)
        tolerated = np.sqrt(2.0) * all_else if plan_rule == "budget" else 1.2 * resolution
        assert step_smearing_s(dm_range.dm_step, freqs) <= tolerated * (1 + 1e-9)
        # Where surveys add two samples for the first time, the channel smearing is at least sqrt(2) of the old ones.
        excess = 1.0 if plan_rule == "budget" else np.sqrt(2.0)
        assert dm_range.downsample == 1 or resolution <= excess * smearing * (1 + 1e-9)


def test_coherent_dedispersion_makes_the_plan_finest_at_its_dm() -> None:
    plan = make_dispersion_plan(FAST_FREQS_MHZ, TSAMP, 0.0, 1200.0, PlanRules(coherent_dm=600.0))
    steps = [(dm_range.dm_step, dm_range.downsample) for dm_range in plan.ranges]
    assert min(steps) == next(
        step for step, dm_range in zip(steps, plan.ranges, strict=True) if dm_range.dm_min <= 600.0 <= dm_range.dm_max
    )
    assert steps[0][1] == steps[-1][1] == 2


def test_the_survey_rule_gives_the_plan_that_surveys_use() -> None:
    # A published plan for FAST: downsampling, first DM, step. It follows from 2048 channels, 49.152 us and a smearing of
    # 1.052 us a unit of DM in a channel. It takes the delay across the band as 2048 times that in its middle, 8 % less than
    # it is, so its ranges end up to 5 % earlier; its steps are the same.
    published = [(1, 0.0, 0.05), (2, 83.6, 0.1), (4, 292.6, 0.2), (8, 562.4, 0.3), (16, 972.2, 0.5), (32, 1814.7, 1.0)]
    width = 500.0 / 2048
    freqs = 1e3 * (8.2988 * width / 1.0522) ** (1 / 3) + (np.arange(2048) - 1023.5) * width
    plan = make_dispersion_plan(freqs, TSAMP, 0.0, 3000.0, PlanRules(plan_rule="survey"))
    assert [(dm_range.downsample, dm_range.dm_step) for dm_range in plan.ranges] == [(ds, step) for ds, _, step in published]
    starts = [dm_range.dm_min for dm_range in plan.ranges]
    np.testing.assert_allclose(starts, [start for _, start, _ in published], rtol=0.06)
    assert plan.ntrials == pytest.approx(9349, rel=0.05)


def test_the_budget_has_finer_samples_and_larger_steps_than_the_published_plan() -> None:
    # The budget counts the smearing in the channel and the rounding of delays, too.
    freqs = 1500.0 - (np.arange(2048) + 0.5) * 500.0 / 2048
    plan = make_dispersion_plan(freqs, TSAMP, 0.0, 3000.0)
    first = {dm_range.downsample: dm_range.dm_min for dm_range in reversed(plan.ranges)}
    for downsample, start in ((2, 83.6), (4, 292.6), (8, 562.4), (16, 972.2), (32, 1814.7)):
        assert first.get(downsample, np.inf) > 1.2 * start
    assert 2500 < plan.ntrials < 4500
