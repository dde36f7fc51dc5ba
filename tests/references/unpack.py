"""Unpacking of samples by the definition of the SIGPROC format."""

import numpy as np
from numpy.typing import NDArray


def unpack(packed: NDArray[np.uint8], nbits: int) -> NDArray[np.uint8]:
    """Take the samples of `nbits` bits out of each byte, lowest bits first."""
    samples = [(byte >> (nbits * i)) & (2**nbits - 1) for byte in packed.tolist() for i in range(8 // nbits)]
    return np.array(samples, np.uint8)
