"""Stores past the caches write what ordinary ones write; without the compiler these test the NumPy twin."""

import numpy as np

from fastpipe_kernels import streaming
from fastpipe_kernels._jit import kernel
from fastpipe_kernels.lanes import load8


@kernel
def _transpose(x, out):  # type: ignore[no-untyped-def]
    streaming.stream_transposed(x, 3, x.shape[1], out, 32)
    streaming.finish_streaming()


@kernel
def _begins_a_line(x):  # type: ignore[no-untyped-def]
    return streaming.address(x) % streaming.LINE_BYTES == 0


def test_streamed_rows_are_those_of_the_transposed_block() -> None:
    x = np.random.default_rng(1).normal(size=(16, 25)).astype(np.float32)
    memory = np.zeros(20 * 16 + 16, np.float32)
    first = -memory.ctypes.data % streaming.LINE_BYTES // 4
    out = memory[first : first + 20 * 16].reshape(20, 16)
    _transpose(x, out)
    np.testing.assert_array_equal(out[2:18], x[:, 3:19].T)
    assert not out[:2].any()
    assert not out[18:].any()


@kernel
def _stream_and_fetch(x, out):  # type: ignore[no-untyped-def]
    for i in range(0, x.size, 8):
        streaming.prefetch(x, i + 1000)
        streaming.stream8(out, i, load8(x, i))
    streaming.finish_streaming()


def test_streamed_halves_of_lines_are_those_stored_and_fetching_beyond_the_end_is_harmless() -> None:
    x = np.random.default_rng(1).normal(size=64).astype(np.float32)
    memory = np.zeros(96, np.float32)
    first = -memory.ctypes.data % streaming.LINE_BYTES // 4
    _stream_and_fetch(x, memory[first : first + 64])
    np.testing.assert_array_equal(memory[first : first + 64], x)
    assert not memory[:first].any()
    assert not memory[first + 64 :].any()


def test_addresses_tell_where_lines_begin() -> None:
    memory = np.zeros(64, np.float32)
    first = -memory.ctypes.data % streaming.LINE_BYTES // 4
    assert _begins_a_line(memory[first : first + 16])
    assert not _begins_a_line(memory[first + 4 : first + 20])
