"""Samples of 1, 2 and 4 bits to bytes and back, in the order of SIGPROC: the lowest bits are the first channel."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels.unpack import spread_bits

PACKED_NBITS: Final = (1, 2, 4)
"""Depths at which several samples share a byte."""

# A word holds eight packed samples; the masks keep one group of bits in 32, 16 and 8 after each step of the spreading.
_WORD_DTYPES: dict[int, np.dtype[Any]] = {1: np.dtype("<u1"), 2: np.dtype("<u2"), 4: np.dtype("<u4")}


def _masks(nbits: int) -> NDArray[np.uint64]:
    kept = [sum((2 ** (group * nbits // 8) - 1) << start for start in range(0, 64, group)) for group in (32, 16, 8)]
    return np.array(kept, np.uint64)


_MASKS = {nbits: _masks(nbits) for nbits in PACKED_NBITS}


def unpack(packed: NDArray[np.uint8], nbits: int) -> NDArray[np.uint8]:
    """Spread packed samples over bytes.

    Parameters
    ----------
    packed
        Packed samples, contiguous, shape [nbytes].
    nbits
        Bits of one sample: 1, 2 or 4.

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
    spread_bits(words, np.uint64(32 - 4 * nbits), _MASKS[nbits], out)
    return out.view(np.uint8)[:nsamples]


def pack(samples: NDArray[np.uint8], nbits: int) -> NDArray[np.uint8]:
    """Pack samples into bytes: the inverse of `unpack`.

    Parameters
    ----------
    samples
        One sample a byte, below 2**nbits, shape [nsamples], a multiple of 8 / nbits.
    nbits
        Bits of one sample: 1, 2 or 4.

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
    packed = groups[:, 0].copy()
    for i in range(1, groups.shape[1]):
        packed |= groups[:, i] << np.uint8(nbits * i)
    return packed
