"""Decompress integers that were compressed by the Rice algorithm of FITS."""

from typing import Any

import numpy as np

from fastpipe_kernels._jit import inlined, kernel

# Zeros above the highest one of a byte: eight bits of a run are looked at in one go.
_LEADING_ZEROS = np.array([8 - number.bit_length() for number in range(256)], np.int64)


@inlined
def _refill(packed: Any, position: Any, buffer: Any, count: Any) -> Any:
    """Move whole bytes into the buffer until more than 56 bits wait there, or no byte is left."""
    while count <= 56 and position < packed.size:
        buffer = (buffer << np.uint64(8)) | np.uint64(packed[position])
        position += 1
        count += 8
    return position, buffer, count


@kernel
def decode_rice(packed: Any, block_length: Any, code_bits: Any, raw_code: Any, out: Any) -> int:
    """Decompress a tile of integers.

    A tile is the first integer, then blocks of differences from one integer to the next, taken modulo 2**(8 w) for integers
    of w bytes and folded to unsigned ones: 0, -1, 1, -2 ... are 0, 1, 2, 3 ... A block begins with a code. Code 0: all
    differences are zero. Code k from 1 to `raw_code` - 1: each difference is its upper part in unary, which is so many
    zeros and a one, and its k - 1 lower bits. `raw_code`: each difference is stored in all its bits.

    Parameters
    ----------
    packed
        Compressed bytes, uint8, shape [nbytes].
    block_length
        Differences in a block.
    code_bits
        Bits of a code: 3, 4 or 5 for integers of 8, 16 or 32 bits.
    raw_code
        The code of differences that are stored as they are: 7, 15 or 26.
    out
        Output: the integers, uint8, uint16 or uint32, shape [n].

    Returns
    -------
    int
        How many integers were found; less than n where the bytes are damaged or end too early.

    Notes
    -----
    Source: Pence, Seaman & White 2009 (PASP 121, 414) and the FITS standard 4.0, section 10.4.1. Cost: some 20 integer
    operations a value, and as many again for each eight zeros of a unary part.
    """
    one, width = np.uint64(1), out.itemsize
    mask = (one << np.uint64(8 * width)) - one
    position, buffer, count, code, nleft = 0, np.uint64(0), 0, np.uint64(0), 0
    if packed.size < width:
        return 0
    last = np.uint64(0)
    for position in range(width):
        last = (last << np.uint64(8)) | np.uint64(packed[position])
    position = width
    for i in range(out.size):
        position, buffer, count = _refill(packed, position, buffer, count)
        if nleft == 0:
            nleft = block_length
            count -= code_bits
            if count < 0:
                return i
            code = (buffer >> np.uint64(count)) & ((one << np.uint64(code_bits)) - one)
            if code > raw_code:
                return i
        nleft -= 1
        folded = np.uint64(0)
        if code > 0:
            upper, nlower = np.uint64(0), np.int64(8 * width)
            if code < raw_code:
                nlower = np.int64(code) - 1
                nzeros = 8
                while count > 0 and nzeros == 8:
                    # Fewer than eight bits are there at the end of the data alone; the zeros behind them are no data.
                    nzeros = min(np.int64(_LEADING_ZEROS[(buffer << np.uint64(64 - count)) >> np.uint64(56)]), count)
                    upper += np.uint64(nzeros)
                    count -= nzeros
                    if nzeros == 8:
                        position, buffer, count = _refill(packed, position, buffer, count)
                count -= 1
                if count < nlower:
                    position, buffer, count = _refill(packed, position, buffer, count)
            count -= nlower
            if count < 0:
                return i
            lower = (buffer >> np.uint64(count)) & ((one << np.uint64(nlower)) - one)
            folded = ((upper << np.uint64(nlower)) | lower) & mask
        half = folded >> one
        last = (last + (mask - half if folded & one else half)) & mask
        out[i] = last
    return int(out.size)
