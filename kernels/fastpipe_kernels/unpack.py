"""Spread samples of 1, 2 or 4 bits over bytes."""

from typing import Any

import numpy as np

from fastpipe_kernels._jit import kernel


@kernel
def spread_bits(words: Any, shift: Any, masks: Any, out: Any) -> None:
    """Spread the eight samples of each word over the eight bytes of an output word, lowest bits first.

    Each of three steps moves the upper half of every group of bits up, until a group is one sample:
    ``x = (x | x << shift) & mask``, with the shift halved from step to step.

    Parameters
    ----------
    words
        Eight packed samples a word, little-endian: uint8, uint16 or uint32 for 1, 2 or 4 bits, shape [n].
    shift
        First shift in bits, uint64: ``32 - 4 * nbits``.
    masks
        Bits kept after each step, uint64, shape [3].
    out
        Output: eight unpacked samples a word, little-endian uint64, shape [n].

    Notes
    -----
    Cost: 9 integer operations and ``nbits + 8`` bytes of memory traffic for eight samples.
    """
    second = shift >> np.uint64(1)
    third = second >> np.uint64(1)
    mask0, mask1, mask2 = masks[0], masks[1], masks[2]
    for i in range(words.size):
        x = np.uint64(words[i])
        x = (x | (x << shift)) & mask0
        x = (x | (x << second)) & mask1
        out[i] = (x | (x << third)) & mask2
