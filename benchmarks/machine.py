"""What one core of this machine allows, to hold kernels against: arithmetic, adding rows in cache, copying memory."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels.lanes import load8, load_u16, store8, store_u16

_ROUNDS = 2_000_000
_CHAINS = 12
_ADDED_ROWS = 16
_ROW_SAMPLES = 512


@numba.njit(nogil=True, fastmath={"contract"})  # type: ignore[untyped-decorator]
def _multiply_and_add(values: NDArray[np.float32], nrounds: int) -> None:
    """Run twelve independent chains ``a = a * b + c`` of eight lanes, enough to hide the latency of the instruction."""
    b, c = load8(values, 96), load8(values, 104)
    p0, p1, p2, p3 = load8(values, 0), load8(values, 8), load8(values, 16), load8(values, 24)
    p4, p5, p6, p7 = load8(values, 32), load8(values, 40), load8(values, 48), load8(values, 56)
    p8, p9, pa, pb = load8(values, 64), load8(values, 72), load8(values, 80), load8(values, 88)
    for _ in range(nrounds):
        p0, p1, p2, p3 = p0 * b + c, p1 * b + c, p2 * b + c, p3 * b + c
        p4, p5, p6, p7 = p4 * b + c, p5 * b + c, p6 * b + c, p7 * b + c
        p8, p9, pa, pb = p8 * b + c, p9 * b + c, pa * b + c, pb * b + c
    store8(values, 0, p0 + p1 + p2 + p3 + p4 + p5 + p6 + p7 + p8 + p9 + pa + pb)


@numba.njit(nogil=True)  # type: ignore[untyped-decorator]
def _add_rows(rows: NDArray[Any], position: NDArray[np.int64], out: NDArray[np.uint16]) -> None:
    """Add rows of bytes or of 16-bit numbers from shifted places, 128 sums in registers, as dedispersion does."""
    for o in range(out.shape[0]):
        for t in range(0, out.shape[1], 128):
            p = position[o, 0] + t
            a, b, c, d = load_u16(rows, p), load_u16(rows, p + 32), load_u16(rows, p + 64), load_u16(rows, p + 96)
            for k in range(1, position.shape[1]):
                p = position[o, k] + t
                a, b = a + load_u16(rows, p), b + load_u16(rows, p + 32)
                c, d = c + load_u16(rows, p + 64), d + load_u16(rows, p + 96)
            q = o * out.shape[1] + t
            store_u16(out, q, a)
            store_u16(out, q + 32, b)
            store_u16(out, q + 64, c)
            store_u16(out, q + 96, d)


def best_seconds(function: Callable[[], Any], repeats: int = 5) -> float:
    """Return the shortest of a few wall times of a call in s, after one call that may compile."""
    function()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


@cache
def peak_gflops() -> float:
    """Return the most float32 operations a second of one core in 1e9, from multiplications and additions in registers."""
    values = np.full(112, 0.5, np.float32)
    return 2 * 8 * _CHAINS * _ROUNDS / best_seconds(lambda: _multiply_and_add(values, _ROUNDS)) / 1e9


@cache
def copy_gb_s(nbytes: int = 1 << 27) -> float:
    """Return the bytes read plus written a second by a plain copy of an array of `nbytes` on one core, in 1e9."""
    source, target = np.ones(nbytes, np.uint8), np.ones(nbytes, np.uint8)
    return 2 * nbytes / best_seconds(lambda: np.copyto(target, source)) / 1e9


@cache
def peak_additions(dtype: type) -> float:
    """Return the most additions a second of one core in 1e9, of numbers of `dtype` to 16-bit sums of 16 shifted rows.

    The rows, 10 or 20 kB, stay in the first-level cache. `dtype` is uint8 or uint16.
    """
    row_length, nout = _ROW_SAMPLES + 128, 64
    rows = np.ones((_ADDED_ROWS, row_length), dtype)
    child = np.arange(_ADDED_ROWS, dtype=np.int64)
    position = np.repeat((child * (row_length + 1))[None, :], nout, axis=0)
    out = np.empty((nout, _ROW_SAMPLES), np.uint16)
    return position.size * _ROW_SAMPLES / best_seconds(lambda: _add_rows(rows, position, out), 200) / 1e9
