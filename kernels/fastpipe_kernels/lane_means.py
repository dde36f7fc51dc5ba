"""Sums of every series of a lane block, and the removal of a parabola from each."""

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
def subtract_parabolas(
    block: NDArray[np.float32], nrows: int, coefficients: NDArray[np.float32], squares: NDArray[np.float64]
) -> None:
    """Subtract a parabola a lane from the first `nrows` rows of a lane block, in place, and add the squares left.

    Parameters: `block` float32 [nsamples, 16]; `coefficients` float32 [3, 16], of the powers 0, 1 and 2 of the row;
    `squares` float64 [16], overwritten with the sums.

    Cost: 112 operations, 64 bytes read and 64 written a row.
    """
    level, slope, bend = load16(coefficients, 0), load16(coefficients, 16), load16(coefficients, 32)
    partial = block[0].copy()
    squares[:] = 0.0
    for start in range(0, nrows, _RUN_ROWS):
        total = splat16(0.0)
        for i in range(start, min(start + _RUN_ROWS, nrows)):
            place = splat16(float(i))
            row = load16(block, 16 * i) - (level + (slope + bend * place) * place)
            store16(block, 16 * i, row)
            total = total + row * row
        store16(partial, 0, total)
        for lane in range(16):
            squares[lane] += partial[lane]
