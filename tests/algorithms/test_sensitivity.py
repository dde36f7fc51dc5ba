"""Sigma of injected pulse trains against theory, and noise after whitening: short versions of the benchmarks."""

from collections.abc import Callable

import numpy as np
import pytest
from numba import config

from benchmarks.dispersed_trains import band_at, recover_dispersed
from benchmarks.pulse_trains import SIGMA, Recovery, Series, pulse_train, pulses, sampled_powers
from benchmarks.sensitivity import recover_accelerated, recover_trains
from benchmarks.whitened_noise import Noise, Tally, powers_of, tail_excess
from fastpipe.algorithms.periodicity import lane_spectra
from fastpipe.data.drift_range import DriftRange

SERIES = Series(1 << 16, 1e-3)
NSEEDS = 6
"""16 trains each; sigma scatters by 8 %, so that the median of them all has an error of 1 %."""
compiled = pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")


@pytest.mark.parametrize("duty_cycle", [0.02, 0.1, 0.3])
def test_trains_have_the_powers_and_the_sigma_that_they_say(duty_cycle: float) -> None:
    train = pulse_train(SERIES, 640.3, duty_cycle, z=12.7)
    assert train.sigma() == pytest.approx(SIGMA)
    time = np.arange(SERIES.nsamples) / SERIES.nsamples - 0.5
    phase = time * (train.fourier_bin + 0.5 * train.z * time) + 0.37
    signal = pulses(train, phase)
    amplitudes = [np.sum(signal * np.exp(-2j * np.pi * harmonic * phase)) for harmonic in range(1, 11)]
    np.testing.assert_allclose(np.square(np.abs(amplitudes)) / SERIES.nsamples, train.powers[:10], rtol=0.01, atol=1e-3)


@compiled
def test_power_kept_between_trials() -> None:
    offsets = np.array([0.0, 0.25, 0.5, 0.75])
    np.testing.assert_allclose(sampled_powers(1, offsets, np.zeros(4)), [1.0, 0.81, 0.975, 0.81], atol=0.003)
    spread, drifts = np.linspace(0.0, 1.0, 16), DriftRange(np.inf, 50.0)
    assert np.all(sampled_powers(4, spread, np.zeros(16)) > 0.8)
    drifting = sampled_powers(4, spread, np.linspace(-10.0, 10.0, 16), drifts)
    assert np.all((drifting > 0.77) & (drifting < 1.0))


def _check(recover: Callable[[int], Recovery]) -> None:
    some = [recover(seed) for seed in range(NSEEDS)]
    assert np.median(np.concatenate([each.found / each.expected for each in some])) == pytest.approx(1.0, abs=0.05)
    assert np.median(np.concatenate([each.found / each.theory for each in some])) > 0.85


@compiled
@pytest.mark.parametrize(("period_s", "duty_cycle"), [(0.01, 0.3), (0.05, 0.1), (0.1, 0.05)])
def test_found_sigma_is_that_of_theory_after_known_losses(period_s: float, duty_cycle: float) -> None:
    _check(lambda seed: recover_trains(SERIES, period_s, duty_cycle, seed))


@compiled
@pytest.mark.parametrize(("period_s", "accel"), [(0.01, 1000.0), (0.01, 10_000.0), (0.1, 10_000.0)])
def test_found_sigma_of_accelerated_trains_is_that_of_theory_after_known_losses(period_s: float, accel: float) -> None:
    _check(lambda seed: recover_accelerated(SERIES, period_s, accel, seed))


@compiled
@pytest.mark.parametrize(("period_s", "dm"), [(0.003, 50.0), (0.02, 200.0)])
def test_found_sigma_of_dispersed_trains_is_that_of_theory_after_known_losses(period_s: float, dm: float) -> None:
    band = band_at(dm, 1, nchans=128, nsamples=1 << 14)
    _check(lambda seed: recover_dispersed(band, dm, period_s, seed)[0])


@compiled
def test_white_noise_is_exponential_where_levels_are_good() -> None:
    rng, bins, half_bins = np.random.default_rng(3), Tally(), Tally()
    for _ in range(8):
        block = Noise(0, 0).block(rng, 1 << 14)
        powers = powers_of(lane_spectra(block, 1 << 14), 1 << 14)
        bins.add(powers[2000::2])
        half_bins.add(powers[2001::2])
    for tally in (bins, half_bins):
        assert tally.total / tally.npowers == pytest.approx(1.0, abs=0.005)
        np.testing.assert_allclose(tally.above[:3] / tally.npowers, [1e-1, 1e-2, 1e-3], rtol=0.1)


@compiled
def test_far_tail_at_bins_is_no_heavier_than_exponential() -> None:
    # Twenty draws say little about powers of 23.
    assert np.all(np.array([tail_excess(row, 20) for row in (240, 960, 4000)])[:, :4] < 1.15)
