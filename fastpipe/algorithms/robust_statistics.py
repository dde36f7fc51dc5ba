"""Level and spread of noise from order statistics, which outliers do not move."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

IQR_OF_SIGMA: Final = 1.349
"""Interquartile range of a Gaussian in standard deviations."""

SIGMA_OF_MAD: Final = 1.4826
"""Standard deviation of a Gaussian in median absolute deviations."""


def robust_std(values: NDArray[np.float32] | NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Return the standard deviation that the quartiles along one axis stand for, without that axis."""
    lower, upper = np.percentile(values, [25.0, 75.0], axis=axis)
    return np.asarray((upper - lower) / IQR_OF_SIGMA)


def live_median(values: NDArray[np.float64], live: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the median of each column over its live rows.

    Parameters
    ----------
    values
        Any statistic, shape [nintervals, nchans].
    live
        True where it means something, shape [nintervals, nchans].

    Returns
    -------
    ndarray
        Shape [nchans]; 0 where a channel has no live interval.
    """
    count = np.count_nonzero(live, axis=0)
    ascending = np.sort(np.where(live, values, np.inf), axis=0)
    middle = np.stack((np.maximum(count - 1, 0) // 2, count // 2))
    pair = np.take_along_axis(ascending, np.minimum(middle, len(values) - 1), axis=0)
    return np.where(count > 0, pair.mean(axis=0), 0.0)
