"""Medians and spreads that outliers do not move."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.algorithms.robust_statistics import live_median, robust_std


@given(nintervals=st.integers(1, 9), nchans=st.integers(1, 6), seed=st.integers(0, 2**31))
def test_live_median_is_that_of_live_values(nintervals: int, nchans: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, live = rng.standard_normal((nintervals, nchans)), rng.random((nintervals, nchans)) < 0.6
    expected = [np.median(column[alive]) if alive.any() else 0.0 for column, alive in zip(values.T, live.T, strict=True)]
    np.testing.assert_allclose(live_median(values, live), expected, rtol=1e-12)


def test_the_spread_of_noise_is_its_standard_deviation_in_spite_of_outliers() -> None:
    noise = 3.0 * np.random.default_rng(1).standard_normal((2, 20_000))
    noise[:, :200] = 1e6
    assert robust_std(noise, axis=1) == pytest.approx([3.0, 3.0], rel=0.03)
