"""Sums and squares of lanes against NumPy in double precision."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.constants import LANES
from fastpipe_kernels.lane_means import subtract_parabolas, sum_lanes


@given(nrows=st.integers(0, 3000), beyond=st.integers(1, 5), seed=st.integers(0, 2**31))
def test_sums_and_squares(nrows: int, beyond: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    block = (rng.standard_normal((nrows + beyond, LANES)) + 100.0).astype(np.float32)
    before = block.copy()
    sums, squares = np.full(LANES, np.nan), np.full(LANES, np.nan)
    sum_lanes(block, nrows, sums)
    np.testing.assert_allclose(sums, before[:nrows].sum(axis=0, dtype=np.float64), rtol=1e-5)
    level = np.arange(LANES, dtype=np.float32) + np.float32(90)
    slope = np.float32(0.001) * np.arange(-7, 9, dtype=np.float32)
    bend = np.float32(1e-6) * np.arange(8, -8, -1, dtype=np.float32)
    subtract_parabolas(block, nrows, np.stack([level, slope, bend]), squares)
    place = np.arange(nrows)[:, np.newaxis]
    parabola = level.astype(np.float64) + place * (slope.astype(np.float64) + place * bend.astype(np.float64))
    np.testing.assert_allclose(block[:nrows], before[:nrows] - parabola, atol=1e-4)
    np.testing.assert_array_equal(block[nrows:], before[nrows:])
    np.testing.assert_allclose(squares, (block[:nrows].astype(np.float64) ** 2).sum(axis=0), rtol=1e-4)
