"""Interpolation between rows against the definition."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.constants import LANES
from fastpipe_kernels.resampling import interpolate_rows
from tests.references.resampling import slow_linear


def _block(nrows: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((nrows, LANES), dtype=np.float32)


@given(nrows=st.integers(2, 80), nstretches=st.integers(1, 4), seed=st.integers(0, 2**31))
def test_rows_equal_reference(nrows: int, nstretches: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    block = _block(nrows, seed)
    edges = np.sort(rng.integers(0, nrows + 1, nstretches + 1))
    room = np.maximum(nrows - edges[1:], 0)  # the last row of a stretch may look that far ahead
    first, last = rng.uniform(0, room), rng.uniform(0, room)
    slope = (last - first) / np.maximum(np.diff(edges) - 1, 1)
    expected = block.astype(np.float64)
    for k in range(nstretches):
        rows = range(edges[k], edges[k + 1])
        positions = [j + first[k] + slope[k] * (j - edges[k]) for j in rows]
        for lane in range(LANES):
            expected[rows, lane] = slow_linear(block[:, lane], positions)
    interpolate_rows(block, edges, first, slope)
    np.testing.assert_allclose(block, expected, rtol=0, atol=1e-5)


def test_whole_shifts_move_rows_and_keep_their_bits() -> None:
    block = _block(50, 2)
    expected = block[7:49].copy()
    interpolate_rows(block, np.array([0, 42]), np.array([7.0]), np.array([0.0]))
    np.testing.assert_array_equal(block[:42], expected)


def test_the_last_row_is_reached_exactly() -> None:
    block = _block(2, 3)
    expected = block[1].copy()
    interpolate_rows(block, np.array([0, 1]), np.array([1.0]), np.array([0.0]))
    np.testing.assert_allclose(block[0], expected, rtol=1e-6)


def test_no_stretch_leaves_everything() -> None:
    block = _block(5, 4)
    expected = block.copy()
    interpolate_rows(block, np.zeros(1, np.int64), np.empty(0), np.empty(0))
    np.testing.assert_array_equal(block, expected)
