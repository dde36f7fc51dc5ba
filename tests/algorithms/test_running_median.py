"""Medians of some of the values in a window."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.algorithms.running_median import NEIGHBOURS, sparse_running_median
from tests.references.running_median import slow_running_median


@given(nrows=st.integers(1, 3), n=st.integers(1, 200), half=st.integers(0, NEIGHBOURS), seed=st.integers(0, 2**31))
def test_narrow_windows_use_all_values(nrows: int, n: int, half: int, seed: int) -> None:
    values = np.random.default_rng(seed).standard_normal((nrows, n), dtype=np.float32)
    np.testing.assert_allclose(sparse_running_median(values, half), slow_running_median(values, half), rtol=1e-6)


@pytest.mark.parametrize("n", [1000, 1001, 1003])
def test_wide_windows_use_every_third_value(n: int) -> None:
    values = np.random.default_rng(1).standard_normal((2, n), dtype=np.float32)
    found = sparse_running_median(values, 3 * NEIGHBOURS)
    middle = 500
    every_third = values[:, middle - 3 * NEIGHBOURS : middle + 3 * NEIGHBOURS + 1 : 3]
    np.testing.assert_array_equal(found[:, middle], np.median(every_third, axis=1))
    assert found.shape == values.shape


def test_steps_stay_and_nothing_gives_nothing() -> None:
    step = np.repeat(np.array([[0.0, 1.0]], np.float32), 700, axis=1)
    np.testing.assert_array_equal(sparse_running_median(step, 300), step)
    assert sparse_running_median(np.empty((1, 0), np.float32), 10).shape == (1, 0)
