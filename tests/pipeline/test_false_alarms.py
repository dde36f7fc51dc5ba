"""The promise of log10_fap: noise gives no more candidates than it says."""

import numpy as np
import pytest
from numba import config

from tests.pipeline.noise_searches import false_alarms


@pytest.mark.slow
@pytest.mark.skipif(config.DISABLE_JIT, reason="ten recordings of a minute take hours without the compiler")
def test_ten_minutes_of_noise_keep_the_promise() -> None:
    found = np.concatenate([false_alarms(seed) for seed in range(1, 11)])
    # Poisson with mean 10: 21 or more in 1 of 600 cases. With mean 0.1: two or more in 1 of 200 cases.
    assert np.count_nonzero(found < 0.0) <= 20
    assert np.count_nonzero(found < -2.0) <= 1
    # A scale that never fires is no scale: with mean 10, fewer than 2 in 1 of 2000 cases.
    assert np.count_nonzero(found < 0.0) >= 2
