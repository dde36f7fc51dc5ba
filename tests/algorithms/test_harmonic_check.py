"""Equal pulses in a turn give away a sub-harmonic."""

import numpy as np
import pytest

from fastpipe.algorithms.harmonic_check import peaks_a_turn
from tests.references.fold_cubes import pulse_shape


def make_profile(npeaks: int, snr: float, *, second: float = 1.0, seed: int = 0) -> np.ndarray:
    shape = sum((second if k == 1 else 1.0) * pulse_shape(128, 0.015, 0.2 + k / npeaks) for k in range(npeaks))
    noise = np.random.default_rng(seed).normal(0, 1, 128)
    return np.asarray(snr * shape / np.sqrt(np.sum(shape**2)) + noise)


@pytest.mark.parametrize("npeaks", [1, 2, 3, 5])
def test_equal_peaks_are_counted(npeaks: int) -> None:
    found = [peaks_a_turn(make_profile(npeaks, 30.0, seed=seed)) for seed in range(10)]
    assert np.mean(np.array(found) == npeaks) >= 0.8


def test_main_and_interpulse_are_one_turn() -> None:
    assert all(peaks_a_turn(make_profile(2, 40.0, second=0.5, seed=seed)) == 1 for seed in range(10))


def test_pulses_that_vary_are_equal_in_the_mean() -> None:
    found, strict = [], []
    for seed in range(20):
        # The mean of 500 pulses, with a variance from turn to turn as large as the square of their mean.
        second = 1.0 + np.random.default_rng(seed).normal(0, 1) * np.sqrt(2.0 / 500)
        profile = make_profile(2, 300.0, second=second, seed=seed)
        found.append(peaks_a_turn(profile, nturns=500.0))
        strict.append(peaks_a_turn(profile))
    assert np.mean(np.array(found) == 2) >= 0.9 > np.mean(np.array(strict) == 2)
    assert peaks_a_turn(make_profile(2, 300.0, second=0.5), nturns=10.0) == 1


def test_noise_holds_no_peaks() -> None:
    found = [peaks_a_turn(np.random.default_rng(seed).normal(0, 1, 64)) for seed in range(50)]
    assert np.mean(np.array(found) == 1) > 0.95


def test_few_bins() -> None:
    assert peaks_a_turn(np.zeros(2)) == 1
    assert peaks_a_turn(np.zeros(4)) == 1
