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


@kernel
def spread_high_bits_first(words: Any, shift: Any, swap_masks: Any, masks: Any, out: Any) -> None:
    """Spread the eight samples of each word over the eight bytes of an output word, highest bits of each byte first.

    First the samples within each byte change places: halves of the byte, then halves of the halves, down to samples.
    A mask of zero leaves all as it is. Then they are spread as `spread_bits` does.

    Parameters
    ----------
    words
        Eight packed samples a word, little-endian: uint8, uint16 or uint32 for 1, 2 or 4 bits, shape [n].
    shift
        First shift in bits, uint64: ``32 - 4 * nbits``.
    swap_masks
        Lower bits that change places over a distance of 4, 2 and 1 bits, uint64, shape [3].
    masks
        Bits kept after each step of the spreading, uint64, shape [3].
    out
        Output: eight unpacked samples a word, little-endian uint64, shape [n].

    Notes
    -----
    Cost: 27 integer operations and ``nbits + 8`` bytes of memory traffic for eight samples.
    """
    one, two, four = np.uint64(1), np.uint64(2), np.uint64(4)
    second = shift >> one
    third = second >> one
    swap4, swap2, swap1 = swap_masks[0], swap_masks[1], swap_masks[2]
    stay4, stay2, stay1 = ~(swap4 | swap4 << four), ~(swap2 | swap2 << two), ~(swap1 | swap1 << one)
    mask0, mask1, mask2 = masks[0], masks[1], masks[2]
    for i in range(words.size):
        x = np.uint64(words[i])
        x = (x & stay4) | ((x >> four) & swap4) | ((x & swap4) << four)
        x = (x & stay2) | ((x >> two) & swap2) | ((x & swap2) << two)
        x = (x & stay1) | ((x >> one) & swap1) | ((x & swap1) << one)
        x = (x | (x << shift)) & mask0
        x = (x | (x << second)) & mask1
        out[i] = (x | (x << third)) & mask2
