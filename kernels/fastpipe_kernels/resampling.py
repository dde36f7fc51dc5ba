"""Series of a lane block read at positions between their samples."""

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import kernel
from fastpipe_kernels.lanes import load16, splat16, store16


@kernel
def interpolate_rows(
    block: NDArray[np.float32], edges: NDArray[np.int64], shift: NDArray[np.float64], slope: NDArray[np.float64]
) -> None:
    """Replace row j of a lane block by what lies between rows at position p(j), linearly, in place.

    ``out[j] = (1 - w) block[i] + w block[i + 1]`` with ``i + w = p(j) = j + shift[k] + slope[k] (j - edges[k])`` in stretch
    k, rows edges[k] to edges[k + 1]. No position may lie before its row, because the rows before it are gone, or beyond
    the last row.

    Parameters: `block` float32 [at least 2 rows, 16], **overwritten** from edges[0] to edges[-1]; `edges` int64
    [nstretches + 1], ascending; `shift` and `slope` float64 [nstretches], not below 0 anywhere in their stretch.

    Cost: 16 * 3 operations, 64 bytes read and 64 written a row.
    """
    last = block.shape[0] - 2
    for k in range(shift.size):
        for j in range(edges[k], edges[k + 1]):
            ahead = shift[k] + slope[k] * (j - edges[k])
            i = min(j + int(ahead), last)
            near, far = load16(block, 16 * i), load16(block, 16 * i + 16)
            store16(block, 16 * j, near + (far - near) * splat16(np.float32(j + ahead - i)))
