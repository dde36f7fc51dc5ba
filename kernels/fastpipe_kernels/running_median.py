"""Median over a window that slides along rows."""

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import inlined, kernel


@inlined
def _position(window: NDArray[np.float32], count: int, value: float) -> int:
    """Return how many of the first `count` values of a sorted window are below `value`."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if window[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def _insert(window: NDArray[np.float32], count: int, value: float) -> None:
    """Add a value to the first `count` of a sorted window."""
    place = _position(window, count, value)
    for k in range(count, place, -1):
        window[k] = window[k - 1]
    window[place] = value


@inlined
def _remove(window: NDArray[np.float32], count: int, value: float) -> None:
    """Take a value out of the first `count` of a sorted window."""
    for k in range(_position(window, count, value), count - 1):
        window[k] = window[k + 1]


@inlined
def _replace(window: NDArray[np.float32], count: int, old: float, new: float) -> None:
    """Take a value out of the first `count` of a sorted window and add another: only what lies between them moves."""
    place, target = _position(window, count, old), _position(window, count, new)
    if target > place:
        # What is above the old value moves down, and takes the new one's place with it.
        target -= 1
        for k in range(place, target):
            window[k] = window[k + 1]
    else:
        for k in range(place, target, -1):
            window[k] = window[k - 1]
    window[target] = new


@kernel
def running_median(values: NDArray[np.float32], half: int, out: NDArray[np.float32]) -> None:
    """Take the median of each value and its `half` neighbours on both sides; beyond the ends of a row there are none.

    Parameters: `values` float32 [nrows, n], all finite; `half` at least 0; `out` float32 [nrows, n], overwritten. Of an even
    number of values the median is the mean of the two in the middle.

    Cost: about 2 log2(half) + half / 2 operations a value (the sorted window is shifted between what leaves and what comes)
    in a window that stays in the cache; 8 bytes from and to memory.
    """
    nrows, n = values.shape
    window = np.empty(min(2 * half + 1, n) + 1, np.float32)
    for row in range(nrows):
        count = 0
        for i in range(min(half, n)):
            _insert(window, count, values[row, i])
            count += 1
        for i in range(n):
            enters, leaves = i + half, i - half - 1
            if enters < n and leaves >= 0:
                _replace(window, count, values[row, leaves], values[row, enters])
            elif enters < n:
                _insert(window, count, values[row, enters])
                count += 1
            elif leaves >= 0:
                _remove(window, count, values[row, leaves])
                count -= 1
            out[row, i] = np.float32(0.5) * (window[(count - 1) // 2] + window[count // 2])
