"""Radix plans: delays close to the exact ones, sums that fit, rows that are shared."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe.algorithms.radix_plan import MAX_SUMMED_CHANNELS, choose_radices, make_radix_plan
from tests.references.dedispersion import exact_delays, kept_snr

FAST_FREQS_MHZ = 1450.0 - np.arange(4096) * 400 / 4096
TSAMP = 49.152e-6


@settings(max_examples=60, deadline=None)
@given(
    nchans=st.integers(1, 700),
    bandwidth_mhz=st.floats(10.0, 500.0),
    ntrials=st.integers(1, 40),
    dm_max=st.floats(0.0, 300.0),
)
def test_delays_are_within_the_rounding_of_the_stages(
    nchans: int, bandwidth_mhz: float, ntrials: int, dm_max: float
) -> None:
    freqs = 1450.0 - np.arange(nchans) * bandwidth_mhz / nchans
    dms = np.linspace(0.0, dm_max, ntrials)
    plan = make_radix_plan(freqs, 1e-3, dms)
    delays = plan.delays()[:, :nchans]
    # Half a sample each time a shift is rounded, and half a sample, in the middle of the node, each time trials share a row.
    assert np.abs(delays - exact_delays(freqs, 1e-3, dms)).max() <= 0.5 * len(plan.stages) + 0.5 * (len(plan.stages) - 1)
    assert plan.delays().min() >= -plan.lead_samples
    assert plan.delays().max() <= plan.reach_samples


@pytest.mark.parametrize(("dm_min", "dm_step", "downsample"), [(0.0, 0.1, 1), (100.0, 0.2, 2), (200.0, 0.5, 4)])
def test_pulses_of_four_samples_keep_97_percent_on_the_fast_band(dm_min: float, dm_step: float, downsample: int) -> None:
    dms = dm_min + dm_step * np.arange(400)
    plan = make_radix_plan(FAST_FREQS_MHZ, TSAMP * downsample, dms)
    kept = kept_snr(plan.delays()[:, :4096], exact_delays(FAST_FREQS_MHZ, TSAMP * downsample, dms), 4.0)
    assert kept.min() >= 0.97


@pytest.mark.parametrize("nchans", [1, 2, 17, 40, 96, 336, 512, 832, 1024, 2048, 3000, 4096, 16384, 32768])
def test_radices_cover_the_channels_and_fit_16_bits(nchans: int) -> None:
    radices = choose_radices(nchans, 1000.0, 500)
    assert nchans <= math.prod(radices) <= 1.2 * nchans + 4
    assert radices[0] * radices[1] <= MAX_SUMMED_CHANNELS


def test_a_subset_has_the_delays_of_the_whole_plan_and_fewer_rows() -> None:
    freqs = 1450.0 - np.arange(256) * 400 / 256
    plan = make_radix_plan(freqs, 1e-3, np.linspace(0.0, 200.0, 100))
    subset = plan.subset(32, 48)
    np.testing.assert_array_equal(subset.delays(), plan.delays()[32:48])
    assert sum(subset.additions_per_sample()) < sum(plan.additions_per_sample()) / 2
    assert (subset.lead_samples, subset.stages[0].source.shape[1]) == (plan.lead_samples, plan.stages[0].source.shape[1])


@pytest.mark.parametrize("nchans", [96, 1000, 1024, 3000, 4096, 4099])
@pytest.mark.parametrize("dm_min", [0.0, 500.0])
def test_rows_between_the_stages_are_little_longer_than_the_series(nchans: int, dm_min: float) -> None:
    freqs = 1450.0 - np.arange(nchans) * 400 / nchans
    plan = make_radix_plan(freqs, TSAMP, dm_min + 0.1 * np.arange(500))
    first, middle, last = plan.stages
    assert first.shift.min() == 0 or plan.lead_samples == 0
    assert middle.shift.min() == last.shift.min() == 0
    assert middle.reach_samples + last.reach_samples < 256


def test_the_lead_is_no_longer_than_the_delays_ask_for() -> None:
    plan = make_radix_plan(FAST_FREQS_MHZ, TSAMP, 0.1 * np.arange(100))
    assert plan.lead_samples <= -plan.delays().min() + plan.stages[1].reach_samples + plan.stages[2].reach_samples
