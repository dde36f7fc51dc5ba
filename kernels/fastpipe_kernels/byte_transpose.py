"""Transposition of tiles of bytes, eight bytes a word."""

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import kernel

TILE = 256
"""Rows transposed together: a tile of a thousand columns stays in the second-level cache."""


@kernel
def transpose_tile(words: NDArray[np.uint64], out: NDArray[np.uint64]) -> None:
    """Transpose a tile of bytes: byte [t, c] of `words` becomes byte [c, t] of `out`.

    Blocks of 8 x 8 bytes are transposed in registers by exchanging halves, quarters and eighths of words of two rows
    (Warren 2012, Hacker's Delight, section 7-3).

    Parameters: `words` uint64 [TILE, ncolumns / 8]; `out` uint64 [ncolumns, TILE / 8].

    Cost: 9 operations on words for 8 bytes; 1 byte read and 1 written a byte.
    """
    # Typed constants: with plain integers Numba would compute in signed words.
    s8, s16, s32 = np.uint64(8), np.uint64(16), np.uint64(32)
    m8, m16, m32 = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF), np.uint64(0x00000000FFFFFFFF)
    for column in range(words.shape[1]):
        for block in range(TILE // 8):
            row = 8 * block
            a, b, c, d = words[row, column], words[row + 1, column], words[row + 2, column], words[row + 3, column]
            e, f, g, h = words[row + 4, column], words[row + 5, column], words[row + 6, column], words[row + 7, column]
            a, b = (a & m8) | ((b & m8) << s8), ((a >> s8) & m8) | (b & ~m8)
            c, d = (c & m8) | ((d & m8) << s8), ((c >> s8) & m8) | (d & ~m8)
            e, f = (e & m8) | ((f & m8) << s8), ((e >> s8) & m8) | (f & ~m8)
            g, h = (g & m8) | ((h & m8) << s8), ((g >> s8) & m8) | (h & ~m8)
            a, c = (a & m16) | ((c & m16) << s16), ((a >> s16) & m16) | (c & ~m16)
            b, d = (b & m16) | ((d & m16) << s16), ((b >> s16) & m16) | (d & ~m16)
            e, g = (e & m16) | ((g & m16) << s16), ((e >> s16) & m16) | (g & ~m16)
            f, h = (f & m16) | ((h & m16) << s16), ((f >> s16) & m16) | (h & ~m16)
            target = 8 * column
            out[target, block] = (a & m32) | (e << s32)
            out[target + 1, block] = (b & m32) | (f << s32)
            out[target + 2, block] = (c & m32) | (g << s32)
            out[target + 3, block] = (d & m32) | (h << s32)
            out[target + 4, block] = (a >> s32) | (e & ~m32)
            out[target + 5, block] = (b >> s32) | (f & ~m32)
            out[target + 6, block] = (c >> s32) | (g & ~m32)
            out[target + 7, block] = (d >> s32) | (h & ~m32)
