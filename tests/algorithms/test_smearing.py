"""Smearing terms: the published formulas, and the errors that the stages really make."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe.algorithms.dedispersion_plan import make_dispersion_plan
from fastpipe.algorithms.delay_rounding import together_variance
from fastpipe.algorithms.radix_plan import choose_radices, make_radix_plan
from fastpipe.algorithms.smearing import (
    inner_smearing_s,
    plan_smearing,
    rounding_smearing_s,
    sampling_smearing_s,
    step_smearing_s,
)
from fastpipe.data.smearing import Smearing
from fastpipe.dispersion import dm_delay_s

TSAMP = 49.152e-6
FREQS_MHZ = 1450.0 - np.arange(4096) * 400 / 4096
# 4.148808e3 s MHz^2 pc^-1 cm^3 of the handbook, twice: seconds of smearing are this, DM, width over the cube of frequency.
PUBLISHED = 8.297616e3


@pytest.mark.parametrize(
    ("nchans", "bandwidth_mhz", "center_mhz"), [(96, 288.0, 1374.0), (1024, 340.0, 1400.0), (4096, 400.0, 1250.0)]
)
@pytest.mark.parametrize("dm", [10.0, 250.0, 1500.0])
def test_channel_smearing_is_the_published_formula(nchans: int, bandwidth_mhz: float, center_mhz: float, dm: float) -> None:
    width_mhz = bandwidth_mhz / nchans
    freqs = center_mhz + (np.arange(nchans) - (nchans - 1) / 2) * width_mhz
    expected = PUBLISHED * dm * width_mhz / center_mhz**3
    assert inner_smearing_s(dm, freqs) == pytest.approx(expected, rel=0.01)
    assert inner_smearing_s(dm, freqs, coherent_dm=2 * dm) == pytest.approx(expected, rel=0.01)
    assert inner_smearing_s(dm, freqs, coherent_dm=dm) == 0.0


def test_step_smearing_is_the_published_formula_for_narrow_bands_and_exact_for_wide_ones() -> None:
    narrow = np.linspace(1440.0, 1360.0, 64)
    assert step_smearing_s(0.3, narrow) == pytest.approx(PUBLISHED * 0.15 * 80.0 / 1400.0**3, rel=0.01)
    exact = PUBLISHED / 2 * 0.15 * (1000.0**-2 - 1500.0**-2)
    wide = np.linspace(1500.0, 1000.0, 1024)
    assert step_smearing_s(0.3, wide) == pytest.approx(exact, rel=0.01)
    assert exact / (PUBLISHED * 0.15 * 500.0 / 1250.0**3) == pytest.approx(1.085, abs=0.001)


def test_sampling() -> None:
    assert sampling_smearing_s(TSAMP, 8) == pytest.approx(393.216e-6)


@settings(max_examples=12, deadline=None)
@given(nchans=st.sampled_from([96, 336, 1024, 3000, 4096]), dm=st.floats(20.0, 900.0), step=st.floats(0.02, 1.0))
def test_the_stages_round_as_derived(nchans: int, dm: float, step: float) -> None:
    freqs = 1450.0 - np.arange(nchans) * 400 / nchans
    dms = dm + step * np.arange(64)
    spread = float(np.ptp(dm_delay_s(dms, freqs[-1], freqs[0]))) / TSAMP
    radices = choose_radices(nchans, spread, len(dms))
    plan = make_radix_plan(freqs, TSAMP, dms, radices)
    errors = plan.delays()[:, :nchans] - dm_delay_s(dms[:, None], freqs, freqs[0]) / TSAMP
    measured = float(np.sqrt(12.0 * np.mean(np.var(errors, axis=1))))
    derived = rounding_smearing_s(1.0, radices)
    # Rows that serve one trial only have no error of their own: then it is the roundings alone.
    roundings = np.sqrt(12.0 * sum(together_variance(radix) for radix in radices))
    assert 0.85 * roundings < measured < 1.08 * derived


def test_snr_kept_is_that_of_a_matched_filter() -> None:
    step_s, width_s = 1e-6, 1e-3
    time_s = np.arange(-8e-3, 8e-3, step_s)
    pulse = np.exp(-4 * np.log(2) * (time_s / width_s) ** 2)
    for boxcar_s in (0.2e-3, 0.5e-3, 1e-3, 2e-3):
        smeared = np.convolve(pulse, np.full(round(boxcar_s / step_s), step_s / boxcar_s), "same")
        expected = np.sqrt(np.sum(smeared**2) / np.sum(pulse**2))
        none, term = np.zeros(1), np.full(1, boxcar_s)
        assert Smearing(none, term, none, none, none).snr_kept(width_s)[0] == pytest.approx(expected, abs=0.015)


@settings(max_examples=10, deadline=None)
@given(step_s=st.floats(0.0, 2e-3), others_s=st.floats(1e-5, 2e-3), width_s=st.floats(1e-3, 5e-3))
def test_mean_snr_kept_is_that_of_all_places_between_trials(step_s: float, others_s: float, width_s: float) -> None:
    places = (np.arange(1000) + 0.5) / 1000
    none, others = np.zeros(1000), np.full(1000, others_s)
    expected = Smearing(none, others, none, step_s * places, none).snr_kept(width_s).mean()
    one = Smearing(none[:2], others[:2], none[:2], np.array([0.999, 1.0]) * step_s + 1e-9, none[:2])
    assert one.mean_snr_kept(width_s) == pytest.approx(expected, abs=0.01)


def test_mean_snr_kept_counts_trials_by_the_width_they_serve() -> None:
    none, two = np.zeros(2), np.array([1e-9, 3e-9])
    mean = Smearing(none, np.array([1.0, 4.0]), none, two, none).mean_snr_kept(1.0)
    kept = Smearing(none, np.array([1.0, 4.0]), none, two, none).snr_kept(1.0)
    assert mean == pytest.approx(0.25 * kept[0] + 0.75 * kept[1])


def test_terms_add_in_quadrature() -> None:
    one = np.ones(1)
    assert Smearing(one, 3 * one, 4 * one, 12 * one, 84 * one).total_s[0] == pytest.approx(85.0)


def test_smearing_of_a_plan() -> None:
    plan = make_dispersion_plan(FREQS_MHZ, TSAMP, 0.0, 300.0)
    smearing = plan_smearing(plan, FREQS_MHZ, TSAMP, coherent_dm=100.0)
    np.testing.assert_array_equal(smearing.dms, plan.dm_trials)
    at_coherent = int(np.argmin(np.abs(smearing.dms - 100.0)))
    assert smearing.channel_s.argmin() == at_coherent
    assert smearing.channel_s[0] == pytest.approx(float(inner_smearing_s(100.0, FREQS_MHZ)))
    # Nothing is delayed at DM 0, so nothing is rounded.
    assert smearing.rounding_s[0] == 0.0
    assert set(smearing.sampling_s.tolist()) == {dm_range.downsample * TSAMP for dm_range in plan.ranges}
    kept = smearing.snr_kept(5e-3)
    assert np.all((kept > 0.9) & (kept <= 1.0))
    assert np.all(smearing.snr_kept(50e-3) >= kept)
