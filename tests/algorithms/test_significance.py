"""Probabilities against their definition, and thresholds as their inverse."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.algorithms.significance import (
    log10_fap,
    log_noise_probability,
    power_threshold,
    sigma_from_log_probability,
)
from tests.references.spectral_search import log_gamma_tail


@given(power=st.floats(0, 2000), nharm=st.integers(1, 40))
def test_probability_equals_its_sum(power: float, nharm: int) -> None:
    expected = log_gamma_tail(power, nharm)
    assert float(log_noise_probability(power, nharm)) == pytest.approx(min(expected, 0.0), rel=1e-9, abs=1e-9)


def test_probability_broadcasts_and_does_not_underflow() -> None:
    result = log_noise_probability(np.array([[0.0], [1e5]]), np.array([1, 2, 32]))
    assert result.shape == (2, 3)
    assert result[0].tolist() == [0.0, 0.0, 0.0]
    assert result[1, 0] == -1e5
    assert np.all(np.diff(result[1]) > 0)
    assert np.all(np.isfinite(result))
    assert log_noise_probability(np.empty(0), np.empty(0, int)).shape == (0,)


def test_many_powers_take_little_memory() -> None:
    powers = np.full(100_000, 40.0)
    tracemalloc.start()
    log_noise_probability(powers, 32)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 8 * powers.nbytes


def test_sigma_of_known_probabilities() -> None:
    log_probability = np.log([0.5, 0.15865525393145707, 2.866515718791933e-07])
    np.testing.assert_allclose(sigma_from_log_probability(log_probability), [0, 1, 5], atol=1e-9)
    # ln of the normal tail at 100 sigma: -x^2/2 - ln(x sqrt(2 pi)) + ln(1 - 1/x^2).
    tail = -5000 - math.log(100 * math.sqrt(2 * math.pi)) + math.log1p(-1e-4)
    assert float(sigma_from_log_probability(tail)) == pytest.approx(100.0, rel=1e-8)


@given(sigma=st.floats(1, 40), nharm=st.sampled_from([1, 2, 4, 8, 16, 32]))
def test_threshold_is_the_inverse(sigma: float, nharm: int) -> None:
    power = power_threshold(sigma, nharm)
    assert float(sigma_from_log_probability(log_noise_probability(power, nharm))) == pytest.approx(sigma, rel=1e-7)


def test_false_alarms_scale_with_trials() -> None:
    assert float(log10_fap(-10 * math.log(10), 1e4)) == pytest.approx(-6.0)
