"""Transposition of blocks of bytes, and vectors of 64 values, against plain NumPy."""

import numpy as np
import pytest

from fastpipe_kernels import byte_lanes
from fastpipe_kernels._jit import kernel
from fastpipe_kernels.byte_lanes import BLOCK
from fastpipe_kernels.byte_transpose import store_columns
from fastpipe_kernels.lanes import store_u8


@kernel
def _floor(floats, out):  # type: ignore[no-untyped-def]
    store_u8(out, 0, byte_lanes.floor_bytes64(byte_lanes.load64(floats, 0)))


@kernel
def _finite(array, floats, out):  # type: ignore[no-untyped-def]
    value = byte_lanes.load64(floats, 0) + byte_lanes.splat64(np.float32(1.0))
    byte_lanes.store64(out, 0, byte_lanes.finite64(array, value))


def test_floats_are_cut_off_to_bytes() -> None:
    floats, out = np.linspace(-20.0, 300.0, BLOCK, dtype=np.float32), np.zeros(BLOCK, np.uint8)
    floats[:4] = [-1e30, 1e30, 254.999, 0.999]
    _floor(floats, out)
    np.testing.assert_array_equal(out, np.floor(np.clip(floats, 0, 255)))


def test_what_is_not_finite_is_zero() -> None:
    floats, out = np.arange(BLOCK, dtype=np.float32), np.zeros(BLOCK, np.float32)
    floats[[3, 7, 8, 9]] = [np.nan, np.inf, -np.inf, 2e30]
    _finite(floats, floats, out)
    expected = floats + 1
    expected[[3, 7, 8, 9]] = 0.0
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("is_streaming", [False, True])
@pytest.mark.parametrize(("count", "ncolumns"), [(192, BLOCK), (100, BLOCK), (5, BLOCK), (192, 37), (100, 1)])
def test_columns_become_rows(count: int, ncolumns: int, is_streaming: bool) -> None:
    rng = np.random.default_rng(1)
    tile = rng.integers(0, 256, (192, 130), np.uint8)
    memory = np.zeros(BLOCK * 256 + BLOCK, np.uint8)
    out = memory[-memory.ctypes.data % BLOCK :][: BLOCK * 256].reshape(BLOCK, 256)
    rows = rng.permutation(BLOCK)[:ncolumns]
    store_columns(tile, 3, count, 256 * rows + BLOCK, out.reshape(-1), np.empty((BLOCK, BLOCK), np.uint8), is_streaming)
    expected = np.zeros((BLOCK, 256), np.uint8)
    expected[rows, BLOCK : BLOCK + count] = tile[:count, 3 : 3 + ncolumns].T
    np.testing.assert_array_equal(out, expected)
