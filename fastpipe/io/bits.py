"""Samples of 1, 2 and 4 bits to bytes and back.

In SIGPROC files the lowest bits of a byte are the first channel, in PSRFITS the highest.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels.unpack import spread_bits, spread_high_bits_first

PACKED_NBITS: Final = (1, 2, 4)
"""Depths at which several samples share a byte."""

# A word holds eight packed samples; the masks keep one group of bits in 32, 16 and 8 after each step of the spreading.
_WORD_DTYPES: dict[int, np.dtype[Any]] = {1: np.dtype("<u1"), 2: np.dtype("<u2"), 4: np.dtype("<u4")}


def _masks(nbits: int) -> NDArray[np.uint64]:
    kept = [sum((2 ** (group * nbits // 8) - 1) << start for start in range(0, 64, group)) for group in (32, 16, 8)]
    return np.array(kept, np.uint64)


def _swap_masks(nbits: int) -> NDArray[np.uint64]:
    # The lower one of each two groups of 4, 2 and 1 bits; none where the group is less than a sample.
    lower = (0x0F, 0x33, 0x55)
    kept = [half if nbits <= group else 0 for half, group in zip(lower, (4, 2, 1), strict=True)]
    return np.array([half * 0x0101_0101_0101_0101 for half in kept], np.uint64)


_MASKS = {nbits: _masks(nbits) for nbits in PACKED_NBITS}
_SWAP_MASKS = {nbits: _swap_masks(nbits) for nbits in PACKED_NBITS}


def unpack(packed: NDArray[np.uint8], nbits: int, *, is_high_first: bool = False) -> NDArray[np.uint8]:
    """Spread packed samples over bytes.

    Parameters
    ----------
    packed
        Packed samples, contiguous, shape [nbytes].
    nbits
        Bits of one sample: 1, 2 or 4.
    is_high_first
        The highest bits of a byte are its first sample, as in PSRFITS; otherwise the lowest, as in SIGPROC files.

    Returns
    -------
    ndarray
        One sample a byte, shape [nbytes * 8 / nbits].

    Examples
    --------
    >>> unpack(np.array([0b11100100], np.uint8), 2)
    array([0, 1, 2, 3], dtype=uint8)
    """
    nsamples = packed.size * 8 // nbits
    if packed.size % nbits:
        packed = np.concatenate((packed, np.zeros(-packed.size % nbits, np.uint8)))
    words = packed.view(_WORD_DTYPES[nbits])
    out = np.empty(words.size, "<u8")
    if is_high_first:
        spread_high_bits_first(words, np.uint64(32 - 4 * nbits), _SWAP_MASKS[nbits], _MASKS[nbits], out)
    else:
        spread_bits(words, np.uint64(32 - 4 * nbits), _MASKS[nbits], out)
    return out.view(np.uint8)[:nsamples]


def pack(samples: NDArray[np.uint8], nbits: int, *, is_high_first: bool = False) -> NDArray[np.uint8]:
    """Pack samples into bytes: the inverse of `unpack`.

    Parameters
    ----------
    samples
        One sample a byte, below 2**nbits, shape [nsamples], a multiple of 8 / nbits.
    nbits
        Bits of one sample: 1, 2 or 4.
    is_high_first
        The first sample takes the highest bits of a byte, as in PSRFITS; otherwise the lowest, as in SIGPROC files.

    Returns
    -------
    ndarray
        Packed samples, shape [nsamples * nbits / 8].

    Examples
    --------
    >>> pack(np.array([0, 1, 2, 3], np.uint8), 2)
    array([228], dtype=uint8)
    """
    groups = samples.reshape(-1, 8 // nbits)
    if is_high_first:
        groups = groups[:, ::-1]
    packed = groups[:, 0].copy()
    for i in range(1, groups.shape[1]):
        packed |= groups[:, i] << np.uint8(nbits * i)
    return packed
