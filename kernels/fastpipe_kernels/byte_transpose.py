"""Transposition of bytes in blocks of 64 x 64."""

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import kernel
from fastpipe_kernels.byte_lanes import BLOCK, store_lines, stream_lines, transpose_parts

_PART = BLOCK // 4


@kernel
def store_columns(
    tile: NDArray[np.uint8],
    column: int,
    count: int,
    places: NDArray[np.int64],
    out: NDArray[np.uint8],
    block: NDArray[np.uint8],
    is_streaming: bool,
) -> None:
    """Store up to 64 columns of a tile as rows: byte [t, column + c] becomes byte places[c] + t of `out`.

    Parameters: `tile` uint8 [a multiple of 64, at least `column` + 64], of which the first `count` rows are stored; `places`
    int64 [at most 64]; `out` uint8 [nbytes], written there only; `block` uint8 [64, 64], work space; `is_streaming` to go
    past the caches, only if all the places are at multiples of 64 bytes.

    Cost: 6 shuffles and 2 loads and stores for every 64 bytes; 1 byte read and 1 written a byte.
    """
    stride = tile.shape[1]
    flat = block.reshape(-1)
    for t in range(0, count, BLOCK):
        for part in range(4):
            transpose_parts(tile, (t + _PART * part) * stride + column, stride, block, _PART * BLOCK * part)
        if t + BLOCK <= count and places.size == BLOCK:
            for row in range(_PART):
                if is_streaming:
                    stream_lines(block, row, places, t, out)
                else:
                    store_lines(block, row, places, t, out)
        else:
            for c in range(places.size):
                first = BLOCK * (c % _PART) + _PART * (c // _PART)
                for i in range(min(BLOCK, count - t)):
                    out[places[c] + t + i] = flat[_PART * BLOCK * (i // _PART) + first + i % _PART]
