"""Vectors of 32 values and halves of vectors against plain NumPy; without the compiler these test the NumPy twin."""

import numpy as np

from fastpipe_kernels import wide_lanes
from fastpipe_kernels._jit import kernel
from fastpipe_kernels.lanes import load16, store16


@kernel
def _arithmetic(floats, bytes_, out):  # type: ignore[no-untyped-def]
    a, b = wide_lanes.load32(floats, 1), wide_lanes.load32(bytes_, 2)
    wide_lanes.store32(out, 0, wide_lanes.where_greater32(a, b, a, b) * wide_lanes.splat32(np.float32(3.0)))


@kernel
def _halves(floats, out):  # type: ignore[no-untyped-def]
    value = wide_lanes.load32(floats, 0)
    store16(out, 0, wide_lanes.upper16(value))
    store16(out, 16, wide_lanes.lower16(value))
    store16(out, 32, wide_lanes.swapped16(load16(floats, 0)))


def test_larger_of_floats_and_bytes() -> None:
    rng = np.random.default_rng(7)
    floats, bytes_ = rng.uniform(0, 255, 40).astype(np.float32), rng.integers(0, 256, 40, dtype=np.uint8)
    floats[5], out = np.nan, np.zeros(32, np.float32)
    _arithmetic(floats, bytes_, out)
    larger = np.where(floats[1:33] > bytes_[2:34], floats[1:33], bytes_[2:34])
    np.testing.assert_array_equal(out, larger.astype(np.float32) * 3)


def test_halves() -> None:
    floats, out = np.arange(32, dtype=np.float32), np.zeros(48, np.float32)
    _halves(floats, out)
    np.testing.assert_array_equal(out, np.concatenate([np.roll(floats, 16), np.roll(floats[:16], 8)]))
