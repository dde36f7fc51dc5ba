"""Noise diodes are found to a sample, pulsars and other interference are left alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastpipe.algorithms.noise_diode import DiodeTiming, find_noise_diode, measure_rise, rise_sums
from fastpipe.data.noise_diode import square_wave
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.rfi_families import Mains, Radar, SwitchedDiode
from fastpipe.simulation.rfi_presets import RFI_FAMILIES, fast_interference, typical_interference
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import simulated

NSAMPLES = 120_000
TSAMP = 4e-4
SHAPE = FilterbankShape(nchans=32, nsamples=2**16, tsamp=5e-4)


def noise(seed: int = 1, nsamples: int = NSAMPLES) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal(nsamples).astype(np.float32)


def zero_dm_of(data: NDArray[np.uint8]) -> NDArray[np.float32]:
    scaled = (data - data.mean(axis=0)) / data.std(axis=0)
    return (scaled.sum(axis=1) / np.sqrt(data.shape[1])).astype(np.float32)


@settings(max_examples=30)
@given(
    period_s=st.floats(0.1, 12.0),
    on_fraction=st.sampled_from([1 / 2, 1 / 4, 1 / 8, 1 / 16]),
    phase=st.floats(0, 1),
    seed=st.integers(0, 99),
)
def test_edges_are_found_to_a_sample(period_s: float, on_fraction: float, phase: float, seed: int) -> None:
    period, on, first = period_s / TSAMP, on_fraction * period_s / TSAMP, phase * period_s / TSAMP
    series = noise(seed) + 10 * square_wave(period, on, first, 0, NSAMPLES)
    found = find_noise_diode(series, TSAMP)
    assert found is not None
    # Over the whole recording the edges stay within a sample and a half: noise moves those of few, long periods by more
    # than one in some hundred recordings.
    assert abs(found.period_samples - period) * NSAMPLES / period < 1.5
    assert found.on_samples == pytest.approx(on, abs=1.0)
    late = (found.first_on - first + period / 2) % period - period / 2
    assert abs(late) < 1.0
    assert 0 <= found.first_on < found.period_samples


def test_a_weak_diode_is_found_by_its_fold() -> None:
    series = noise() + square_wave(1000.0, 125.0, 321.0, 0, NSAMPLES)
    found = find_noise_diode(series, TSAMP)
    assert found is not None
    assert found.period_samples == pytest.approx(1000.0, abs=0.05)
    assert found.on_samples == pytest.approx(125.0, abs=5.0)


@pytest.mark.parametrize(("period", "on"), [(60.0, 8.0), (125.0, 9.5), (4096.0, 512.0), (5000.0, 312.5)])
def test_a_wave_without_noise_is_found(period: float, on: float) -> None:
    found = find_noise_diode(square_wave(period, on, 17.0, 0, 50_000), 1e-3)
    assert found is not None
    assert found == pytest.approx((period, on, 17.0), abs=0.2)


def test_drift_sparks_gaps_and_nan_do_not_hide_it() -> None:
    rng = np.random.default_rng(3)
    series = noise() + 6 * square_wave(2500.0, 312.5, 100.0, 0, NSAMPLES)
    series += np.cumsum(0.02 * rng.standard_normal(NSAMPLES)).astype(np.float32)
    series[rng.integers(0, NSAMPLES, 50)] += 300
    series[40_000:43_000] = 0.0
    series[77_776:77_779] = np.nan, np.inf, -np.inf
    found = find_noise_diode(series, TSAMP)
    assert found is not None
    assert found.period_samples == pytest.approx(2500.0, abs=0.02)


@pytest.mark.parametrize(
    "pulsar",
    [
        SimulatedPulsar(period_s=0.9, dm=0.0, snr=300.0, duty_cycle=0.5),
        SimulatedPulsar(period_s=0.9, dm=50.0, snr=300.0, duty_cycle=0.5),
        SimulatedPulsar(period_s=0.25, dm=3.0, snr=300.0, duty_cycle=0.1),
        SimulatedPulsar(period_s=0.0893, dm=20.0, snr=300.0, duty_cycle=0.03),
        SimulatedPulsar(period_s=1.3, dm=60.0, snr=1000.0, duty_cycle=0.003),
        SimulatedPulsar(period_s=1.3, dm=500.0, snr=1000.0, duty_cycle=0.003),
        SimulatedPulsar(period_s=3.7, dm=3.0, snr=1000.0, duty_cycle=0.02),
        SimulatedPulsar(period_s=0.06, dm=0.0, snr=1000.0, duty_cycle=0.02),
        SimulatedPulsar(period_s=0.5, dm=0.0, snr=3000.0, duty_cycle=0.003),
    ],
)
def test_pulsars_are_no_diodes(pulsar: SimulatedPulsar) -> None:
    assert find_noise_diode(zero_dm_of(simulated(SHAPE, pulsar).data), SHAPE.tsamp) is None


def test_a_pulsar_in_a_narrow_band_is_no_diode() -> None:
    # Its pulse of one sample takes 0.2 s through the band, a box with a flat top but for 5 %.
    shape = FilterbankShape(nchans=32, nsamples=2**16, tsamp=1e-3, top_mhz=616.0, bandwidth_mhz=10.0)
    data = simulated(shape, SimulatedPulsar(period_s=0.7, dm=500.0, snr=2000.0, duty_cycle=0.001)).data
    timing = find_noise_diode(zero_dm_of(data), shape.tsamp)
    assert timing is not None
    assert measure_rise(rise_sums(data, 0, timing)) is None


@pytest.mark.parametrize("seed", range(3))
def test_other_interference_is_no_diode(seed: int) -> None:
    for interference in [typical_interference(SHAPE, [name]) for name in RFI_FAMILIES if name != "diode"]:
        series = zero_dm_of(simulated(SHAPE, None, interference, seed).data)
        assert find_noise_diode(series, SHAPE.tsamp) is None
    assert find_noise_diode(zero_dm_of(simulated(SHAPE, None, fast_interference(SHAPE), seed).data), SHAPE.tsamp) is None


@pytest.mark.parametrize("family", [Mains(freq_hz=10.0, amplitude=3.0), Radar(centre_mhz=1250.0, bandwidth_mhz=400.0)])
def test_strong_periodic_interference_is_no_diode(family: Mains | Radar) -> None:
    signal = family.make_signal(SHAPE.header(), np.random.default_rng(0)).series * 20.0
    assert find_noise_diode(noise(5, SHAPE.nsamples) + signal, SHAPE.tsamp) is None


def test_noise_drift_and_single_steps_are_no_diodes() -> None:
    rng = np.random.default_rng(2)
    assert find_noise_diode(noise(), TSAMP) is None
    assert find_noise_diode(np.cumsum(noise()), TSAMP) is None
    step = noise() + 20 * (np.arange(NSAMPLES) > 50_000)
    assert find_noise_diode(step.astype(np.float32), TSAMP) is None
    telegraph = np.repeat(rng.integers(0, 2, 200), NSAMPLES // 200)
    assert find_noise_diode((noise() + 20 * telegraph).astype(np.float32), TSAMP) is None


def test_a_diode_that_is_switched_off_for_half_of_the_time_is_not_subtracted() -> None:
    wave = square_wave(1000.0, 125.0, 321.0, 0, NSAMPLES)
    wave[NSAMPLES // 2 :] = 0
    assert find_noise_diode(noise() + 10 * wave, TSAMP) is None


@pytest.mark.parametrize("nsamples", [0, 1, 10, 1000, 5000])
def test_short_and_empty_series_hold_none(nsamples: int) -> None:
    assert find_noise_diode(noise(1, nsamples), TSAMP) is None
    assert find_noise_diode(np.zeros(nsamples, np.float32), TSAMP) is None
    assert find_noise_diode(np.full(nsamples, np.nan, np.float32), TSAMP) is None


def test_rise_of_every_channel_of_a_recording() -> None:
    family = SwitchedDiode(period_s=1.00663296, on_fraction=1 / 16, amplitude=1.0, slope=0.6)
    interference = SimulatedInterference(families=(family,))
    data = simulated(SHAPE, SimulatedPulsar(period_s=0.2, dm=30.0, snr=50.0), interference).data
    timing = find_noise_diode(zero_dm_of(data), SHAPE.tsamp)
    assert timing is not None
    rise = measure_rise(rise_sums(data, 0, timing))
    _, std = SHAPE.noise_counts()
    expected = std * (1.0 + 0.6 * (SHAPE.header().chan_freqs_mhz - 1250.0) / 400.0)
    np.testing.assert_allclose(rise, expected, atol=1.5)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_sums_add_up_over_chunks(dtype: type) -> None:
    rng = np.random.default_rng(4)
    data = rng.integers(0, 256, (1000, 5)).astype(dtype)
    if dtype is np.float32:
        data[[3, 500], 2] = np.nan, np.inf
    timing = DiodeTiming(100.5, 20.25, 7.0)
    whole = rise_sums(data, 0, timing)
    parts = sum(rise_sums(data[start : start + 77], start, timing) for start in range(0, 1000, 77))
    np.testing.assert_allclose(parts, whole, rtol=1e-12)
    values = np.where(np.isfinite(data), data, np.nan).astype(float)
    fraction = square_wave(*timing, 0, 1000)
    expected = np.nanmean(values[fraction == 0], axis=0)
    np.testing.assert_allclose(whole[0, 1] / whole[0, 0], expected, rtol=1e-9)
    # The sample in which the first half ends belongs to neither half.
    assert whole[1:, 0, 0].sum() == pytest.approx(np.count_nonzero(fraction > 0.9999), abs=11)


def test_a_channel_that_holds_nothing_has_no_rise() -> None:
    data = np.full((10, 2), np.nan, np.float32)
    data[:, 1] = np.repeat([2.0, 7.0], 5)
    rise = measure_rise(rise_sums(data, 0, DiodeTiming(10.0, 5.0, 5.0)))
    np.testing.assert_array_equal(rise, [0.0, 5.0])
