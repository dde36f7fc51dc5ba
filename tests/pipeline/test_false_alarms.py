"""The promise of log10_fap: noise gives as many signals as it says, no more and no fewer."""

import numpy as np
import pytest
from numba import config

from benchmarks.false_alarms import poisson_p_value
from tests.pipeline.noise_searches import false_alarms

NRECORDINGS = 12


@pytest.mark.slow
@pytest.mark.skipif(config.DISABLE_JIT, reason="a dozen recordings take hours without the compiler")
def test_noise_keeps_the_promise() -> None:
    runs = [false_alarms(seed, zmax=8.0 if seed % 3 == 0 else None) for seed in range(1, NRECORDINGS + 1)]
    found = np.concatenate(runs)
    # Poisson with mean 12: outside 3 to 23 in 1 of 500 cases; with mean 38: outside 20 to 58 in 1 of 500.
    assert 3 <= np.count_nonzero(found < 0.0) <= 23
    assert 20 <= np.count_nonzero(found < 0.5) <= 58
    # With mean 0.12: two or more in 1 of 150 cases.
    assert np.count_nonzero(found < -2.0) <= 1


def test_numbers_that_are_not_poisson_are_told() -> None:
    counts = np.random.default_rng(1).poisson(1.0, 200)
    assert poisson_p_value(counts) > 0.01
    assert poisson_p_value(np.ones(200, np.int64)) < 1e-6
    assert poisson_p_value(2 * np.random.default_rng(2).poisson(0.5, 200)) < 1e-6
    assert poisson_p_value(np.random.default_rng(3).poisson(1.4, 200)) < 1e-3
