"""IQRM against its definition."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.algorithms.iqrm import iqrm_lags, iqrm_outliers
from tests.references.iqrm import slow_iqrm


@given(nchans=st.integers(12, 80), nbad=st.integers(0, 8), radius=st.integers(1, 12), seed=st.integers(0, 2**31))
def test_agrees_with_votes_one_by_one(nchans: int, nbad: int, radius: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((2, nchans)) + np.linspace(0.0, 5.0, nchans)
    values[:, rng.integers(0, nchans, nbad)] += 20.0
    before = values.copy()
    found = iqrm_outliers(values, 3.0, radius)
    np.testing.assert_array_equal(found, [slow_iqrm(row, 3.0, radius) for row in values])
    np.testing.assert_array_equal(values, before)


def test_few_false_alarms_and_no_misses() -> None:
    values = np.random.default_rng(4).standard_normal((50, 1024))
    assert iqrm_outliers(values, 3.0, 100).mean() < 0.01
    values[:, 300:350] += 30.0
    values[:, 1023] += 30.0
    found = iqrm_outliers(values, 3.0, 100)
    assert found[:, 300:350].all()
    assert found[:, 1023].all()
    assert np.delete(found, [*range(300, 350), 1023], axis=1).mean() < 0.01


def test_lags_reach_the_radius_but_no_further() -> None:
    assert iqrm_lags(0) == []
    assert iqrm_lags(100) == [1, 2, 3, 4, 6, 9, 13, 19, 28, 42, 63, 94]


def test_single_channels_and_equal_values() -> None:
    assert not iqrm_outliers(np.ones((3, 1)), 3.0, 10).any()
    assert not iqrm_outliers(np.ones((3, 40)), 3.0, 10).any()
