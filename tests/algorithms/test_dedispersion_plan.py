"""Dispersion plans: the whole DM range, in steps no coarser than the budget."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe.algorithms.dedispersion_plan import dm_step_for, make_dispersion_plan
from fastpipe.constants import LANES
from fastpipe.dispersion import channel_smearing_s, dm_delay_s

FAST_FREQS_MHZ = 1450.0 - np.arange(4096) * 400 / 4096
TSAMP = 49.152e-6


@settings(max_examples=60, deadline=None)
@given(
    dm_min=st.floats(0.0, 200.0),
    dm_width=st.floats(0.0, 800.0),
    tolerance=st.floats(0.5, 3.0),
    nchans=st.sampled_from([64, 336, 1024, 4096]),
)
def test_trials_cover_the_range_within_the_budget(dm_min: float, dm_width: float, tolerance: float, nchans: int) -> None:
    freqs = 1450.0 - np.arange(nchans) * 400 / nchans
    plan = make_dispersion_plan(freqs, TSAMP, dm_min, dm_min + dm_width, smearing_tolerance=tolerance)
    trials = plan.dm_trials
    assert trials[0] == dm_min
    assert trials[-1] <= dm_min + dm_width + 1e-6
    assert np.all(np.diff(trials) > 0)
    for dm_range in plan.ranges:
        smearing = float(channel_smearing_s(dm_range.dm_min, freqs.mean(), 400 / nchans))
        resolution = np.hypot(dm_range.downsample * TSAMP, smearing)
        half_step_delay = dm_delay_s(dm_range.dm_step / 2, freqs[-1], freqs[0])
        assert half_step_delay <= tolerance * resolution * (1 + 1e-9)
        assert dm_range.downsample * TSAMP <= max(smearing, TSAMP)
    assert dm_min + dm_width - trials[-1] < plan.ranges[-1].dm_step
    assert all(dm_range.ntrials % LANES == 0 for dm_range in plan.ranges[:-1])


def test_a_given_step_is_kept() -> None:
    plan = make_dispersion_plan(FAST_FREQS_MHZ, TSAMP, 10.0, 20.0, dm_step=0.5)
    np.testing.assert_allclose(plan.dm_trials, 10.0 + 0.5 * np.arange(21))


def test_one_dm_is_a_plan() -> None:
    assert make_dispersion_plan(FAST_FREQS_MHZ, TSAMP, 56.77, 56.77).dm_trials.tolist() == [56.77]


def test_downsampling_stops_where_it_is_told_to() -> None:
    plan = make_dispersion_plan(FAST_FREQS_MHZ, TSAMP, 900.0, 1000.0, max_downsample=2)
    assert {dm_range.downsample for dm_range in plan.ranges} == {2}


def test_the_step_formula_matches_the_survey_rule() -> None:
    # For narrow bands: delay = 8.3 us DM bandwidth (MHz) / nu^3 (GHz).
    freqs = np.linspace(1455.0, 1445.0, 64)
    assert dm_step_for(freqs, 1e-3) == pytest.approx(2e-3 / (8.2988e-6 * 10 / 1.45**3), rel=1e-3)
