"""The sliding median against medians taken one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fastpipe_kernels.running_median import running_median
from tests.references.running_median import slow_running_median


@given(
    nrows=st.integers(1, 3),
    n=st.integers(1, 60),
    half=st.integers(0, 80),
    levels=st.sampled_from([2, 5, 10_000]),
    seed=st.integers(0, 2**31),
)
def test_agrees_with_medians_one_by_one(nrows: int, n: int, half: int, levels: int, seed: int) -> None:
    # Few levels: many equal values, of which the right number must leave the window.
    values = np.random.default_rng(seed).integers(-levels, levels, (nrows, n)).astype(np.float32)
    before, out = values.copy(), np.full((nrows, n), np.nan, np.float32)
    running_median(values, half, out)
    np.testing.assert_array_equal(out, slow_running_median(values, half).astype(np.float32))
    np.testing.assert_array_equal(values, before)


def test_a_step_stays_where_it_is() -> None:
    values = np.repeat(np.array([[1.0, 5.0]], np.float32), 50, axis=1)
    out = np.empty_like(values)
    running_median(values, 7, out)
    np.testing.assert_array_equal(out, values)
