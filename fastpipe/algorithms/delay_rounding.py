"""Delays as whole samples whose errors are alike, where only their differences matter.

What is added in one place keeps its signal if all terms are late by the same part of a sample; whoever moves the sum
afterwards can take that part into account. So a group of delays need not be rounded one by one.
"""

import numpy as np
from numpy.typing import NDArray


def round_together(delays: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round the delays of each row to whole samples so that their errors have the least variance.

    Parameters
    ----------
    delays
        In samples, shape [nrows, n].

    Returns
    -------
    ndarray
        Whole samples, same shape. Each is less than a sample and a half from its delay, and the mean error of a row is at
        most half a sample.

    Notes
    -----
    Whole parts aside, the delays of a row are n points on a circle of one sample. Their errors are their distances from a
    common place, once the circle is cut open somewhere. There are n places to cut; each gives the variance from sums over
    the points in order. Rounding one by one is the cut at half a sample, whatever the points are. For 16 delays at random
    the variance is 0.059 on average, where it would be 0.078, and for two the largest difference of their errors is half a
    sample, where it would be one.

    Examples
    --------
    >>> round_together(np.array([[0.4, 10.6], [0.1, 10.3]]))
    array([[ 0, 10],
           [ 0, 10]])
    """
    whole = np.floor(delays)
    part = delays - whole
    order = np.argsort(part, axis=1)
    ordered = np.take_along_axis(part, order, axis=1)
    ncut = np.arange(delays.shape[1])
    # Cutting behind the first `ncut` points puts them one turn further, behind the others.
    total = ordered.sum(axis=1, keepdims=True) + ncut
    moved = 2.0 * (np.cumsum(ordered, axis=1) - ordered) + ncut
    variance = moved / delays.shape[1] - (total / delays.shape[1]) ** 2
    best = np.argmin(variance, axis=1)[:, None]
    mean = np.take_along_axis(total, best, axis=1) / delays.shape[1]
    is_moved = np.argsort(order, axis=1) < best
    return np.asarray(whole - is_moved + np.rint(mean), np.int64)


def together_variance(n: int) -> float:
    """Variance in samples^2 of the errors of `n` delays at random that are rounded together.

    ``(1 - n**-0.45) / 12``, which is within 7 % of what trying gives for any number: 1/12 for many delays, 0 for one.

    Examples
    --------
    >>> [round(together_variance(n), 3) for n in (1, 2, 16, 256)]
    [0.0, 0.022, 0.059, 0.076]
    """
    return float(1.0 - n**-0.45) / 12.0
