"""Large maps made small enough for a picture."""

import numpy as np
from numpy.typing import NDArray


def block_starts(length: int, most: int) -> NDArray[np.intp]:
    """Return the first index of each block when an axis is cut into at most `most` blocks of nearly equal length.

    Parameters
    ----------
    length
        Number of cells of the axis.
    most
        Largest number of blocks.

    Examples
    --------
    >>> block_starts(7, 3).tolist(), block_starts(2, 3).tolist()
    ([0, 2, 4], [0, 1])
    """
    nblocks = min(length, most)
    return np.arange(nblocks) * length // nblocks


def reduce_blocks(values: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float64]:
    """Shrink a map by keeping of each block of cells the one that is farthest from the median of all.

    A mean over blocks would hide what a single channel or interval shows.

    Parameters
    ----------
    values
        The map; NaN marks cells without data, shape [nrows, ncolumns].
    rows, columns
        Largest size of the result.

    Returns
    -------
    ndarray
        NaN where a whole block has no data.
    """
    if values.shape[0] <= rows and values.shape[1] <= columns:
        return values
    known = values[np.isfinite(values)]
    centre = float(np.median(known)) if known.size else 0.0
    starts = (block_starts(values.shape[0], rows), block_starts(values.shape[1], columns))
    lowest = _reduce(np.fmin, values, starts)
    highest = _reduce(np.fmax, values, starts)
    return np.asarray(np.where(highest - centre >= centre - lowest, highest, lowest))


def reduce_classes(classes: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint8]:
    """Shrink a map of classes by keeping of each block the highest; shape at most [rows, columns]."""
    starts = (block_starts(classes.shape[0], rows), block_starts(classes.shape[1], columns))
    return np.asarray(_reduce(np.maximum, classes, starts), np.uint8)


def _reduce(
    function: np.ufunc, values: NDArray[np.float64] | NDArray[np.uint8], starts: tuple[NDArray[np.intp], NDArray[np.intp]]
) -> NDArray[np.float64]:
    return np.asarray(function.reduceat(function.reduceat(values, starts[0], axis=0), starts[1], axis=1))
