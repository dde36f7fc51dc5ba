"""Sigma of injected pulse trains against theory, and noise after whitening: short versions of the benchmarks."""

import numpy as np
import pytest
from numba import config

from benchmarks.sensitivity import SIGMA, Series, add_train, pulse_train, recover, sampled_powers
from benchmarks.whitened_noise import Noise, Tally, search_powers, tail_excess
from fastpipe.algorithms.lane_fft import real_spectra
from fastpipe.algorithms.periodicity import lane_spectra
from fastpipe.constants import LANES

SERIES = Series(1 << 16, 1e-3)
compiled = pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")


@pytest.mark.parametrize("duty_cycle", [0.02, 0.1, 0.3])
def test_trains_have_the_powers_and_the_sigma_that_they_say(duty_cycle: float) -> None:
    train = pulse_train(SERIES, 640.0, duty_cycle)
    assert train.best()[1] == pytest.approx(SIGMA)
    block = np.zeros((SERIES.nsamples, LANES), np.float32)
    add_train(block, 3, train, 0.37)
    spectra = real_spectra(block)[:, :, 3]
    powers = (spectra[640 * np.arange(1, 11)] ** 2).sum(axis=1) / SERIES.nsamples
    np.testing.assert_allclose(powers, train.powers[:10], rtol=0.01, atol=1e-3)


def test_power_kept_at_half_bins() -> None:
    np.testing.assert_allclose(sampled_powers(1, np.array([0.0, 0.25, 0.5, 0.75])), [1.0, 0.81, 0.975, 0.81], atol=0.003)
    assert np.all(sampled_powers(4, np.linspace(0.0, 1.0, 16)) > 0.8)


@compiled
@pytest.mark.parametrize(("period_s", "duty_cycle"), [(0.01, 0.3), (0.05, 0.1), (0.1, 0.05)])
def test_found_sigma_is_that_of_theory_after_known_losses(period_s: float, duty_cycle: float) -> None:
    kept = dict.fromkeys((1, 2, 4, 8, 16, 32), 0.91)
    some = [recover(SERIES, period_s, duty_cycle, kept, seed) for seed in range(4)]
    assert np.median(np.concatenate([each.found / each.expected for each in some])) == pytest.approx(1.0, abs=0.07)
    assert np.median(np.concatenate([each.found / each.theory for each in some])) > 0.85


@compiled
def test_white_noise_is_exponential_where_levels_are_good() -> None:
    rng, bins, half_bins = np.random.default_rng(3), Tally(), Tally()
    for _ in range(8):
        block = Noise(0, 0).block(rng, 1 << 14)
        powers = search_powers(lane_spectra(block, 1 << 14), 1 << 14)
        bins.add(powers[2000::2])
        half_bins.add(powers[2001::2])
    for tally in (bins, half_bins):
        assert tally.total / tally.npowers == pytest.approx(1.0, abs=0.005)
        np.testing.assert_allclose(tally.above[:3] / tally.npowers, [1e-1, 1e-2, 1e-3], rtol=0.1)


@compiled
def test_far_tail_at_bins_is_no_heavier_than_exponential() -> None:
    assert np.all(tail_excess([240, 960, 4000], 20) < 1.15)
