"""The vector type against plain NumPy; without the compiler these test the NumPy twin."""

import numpy as np
import pytest
from numba import config
from numba.core.errors import TypingError

from fastpipe import constants
from fastpipe_kernels import lanes
from fastpipe_kernels._jit import kernel


@kernel
def _arithmetic(x, y, out):  # type: ignore[no-untyped-def]
    for i in range(0, x.size, 16):
        a, b = lanes.load16(x, i), lanes.load16(y, i)
        lanes.store16(out, i, a * b - a + lanes.splat16(np.float32(2.0)))
    for i in range(0, x.size, 8):
        lanes.store8(out, i, lanes.load8(out, i) + lanes.splat8(np.float32(1.0)))


@kernel
def _compare(x, y, out):  # type: ignore[no-untyped-def]
    a, b = lanes.load16(x, 0), lanes.load16(y, 0)
    lanes.store16(out, 0, lanes.where_greater16(a, b, a, b))
    return lanes.greater_bits16(a, b)


@kernel
def _widen(bytes_, words, out_words, out_floats):  # type: ignore[no-untyped-def]
    lanes.store_u16(out_words, 0, lanes.load_u16(bytes_, 1) + lanes.load_u16(words, 3))
    total = lanes.load_u32(words, 1) + lanes.load_u32(bytes_, 0) + lanes.splat_u32(np.uint32(70_000))
    lanes.store16(out_floats, 0, lanes.to_float16(total))


@kernel
def _transpose(x, position, stride, out):  # type: ignore[no-untyped-def]
    lanes.store_transposed(x, position, stride, out, 16)


@pytest.fixture
def numbers() -> np.ndarray:
    return np.random.default_rng(5).normal(size=(2, 64)).astype(np.float32)


def test_arithmetic(numbers: np.ndarray) -> None:
    x, y = numbers
    out = np.zeros(64, np.float32)
    _arithmetic(x, y, out)
    np.testing.assert_allclose(out, x * y - x + 3, rtol=1e-5, atol=1e-6)


def test_comparison_picks_and_reports_lanes(numbers: np.ndarray) -> None:
    x, y = numbers
    x[3], out = np.nan, np.zeros(16, np.float32)
    bits = _compare(x, y, out)
    assert bits == sum(int(greater) << lane for lane, greater in enumerate(x[:16] > y[:16]))
    np.testing.assert_array_equal(out, np.where(x > y, x, y)[:16])


def test_narrow_integers_widen() -> None:
    rng = np.random.default_rng(6)
    bytes_, words = rng.integers(0, 256, 64, dtype=np.uint8), rng.integers(0, 65_000, 64, dtype=np.uint16)
    out_words, out_floats = np.zeros(32, np.uint16), np.zeros(16, np.float32)
    _widen(bytes_, words, out_words, out_floats)
    np.testing.assert_array_equal(out_words, bytes_[1:33] + words[3:35])
    np.testing.assert_array_equal(out_floats, words[1:17].astype(float) + bytes_[:16] + 70_000)


def test_transposition() -> None:
    x = np.arange(1000, dtype=np.float32)
    out = np.zeros((18, 16), np.float32)
    _transpose(x, 7, 40, out)
    np.testing.assert_array_equal(out[1:17], (7 + np.arange(16)[None, :] * 40 + np.arange(16)[:, None]))
    assert not out[[0, 17]].any()


def test_both_packages_agree_on_the_number_of_lanes() -> None:
    assert lanes.LANES == constants.LANES


@pytest.mark.skipif(config.DISABLE_JIT, reason="only the compiler knows types")
def test_an_array_that_is_not_contiguous_is_refused(numbers: np.ndarray) -> None:
    with pytest.raises(TypingError, match="expected a C-contiguous array"):
        _arithmetic(numbers[0][::2], numbers[1], np.zeros(64, np.float32))
