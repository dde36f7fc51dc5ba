"""Mean of every series of a lane block, and its removal."""

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import kernel
from fastpipe_kernels.lanes import load16, splat16, store16

_RUN_ROWS = 1024


@kernel
def sum_lanes(block: NDArray[np.float32], nrows: int, sums: NDArray[np.float64]) -> None:
    """Add the first `nrows` rows of a lane block.

    Parameters: `block` float32 [nsamples, 16]; `sums` float64 [16], overwritten. Runs of 1024 rows are added in float32 and
    the runs in float64, so that long series lose no digits.

    Cost: 16 additions and 64 bytes read a row.
    """
    partial = block[0].copy()
    sums[:] = 0.0
    for start in range(0, nrows, _RUN_ROWS):
        total = splat16(0.0)
        for i in range(start, min(start + _RUN_ROWS, nrows)):
            total = total + load16(block, 16 * i)
        store16(partial, 0, total)
        for lane in range(16):
            sums[lane] += partial[lane]


@kernel
def subtract_lanes(block: NDArray[np.float32], nrows: int, level: NDArray[np.float32], squares: NDArray[np.float64]) -> None:
    """Subtract one number a lane from the first `nrows` rows of a lane block, in place, and add the squares of what is left.

    Parameters: `block` float32 [nsamples, 16]; `level` float32 [16]; `squares` float64 [16], overwritten with the sums.

    Cost: 48 operations, 64 bytes read and 64 written a row.
    """
    offset = load16(level, 0)
    partial = block[0].copy()
    squares[:] = 0.0
    for start in range(0, nrows, _RUN_ROWS):
        total = splat16(0.0)
        for i in range(start, min(start + _RUN_ROWS, nrows)):
            row = load16(block, 16 * i) - offset
            store16(block, 16 * i, row)
            total = total + row * row
        store16(partial, 0, total)
        for lane in range(16):
            squares[lane] += partial[lane]
