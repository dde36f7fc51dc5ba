"""IQRM: outliers of a band, found by comparing every channel with others near and far."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.robust_statistics import IQR_OF_SIGMA


def iqrm_lags(radius: int) -> list[int]:
    """Return the lags at which channels are compared: 1, 2, 3, 4, 6, 9 and so on, each half as large again.

    Examples
    --------
    >>> iqrm_lags(10)
    [1, 2, 3, 4, 6, 9]
    """
    lags, lag = [], 1
    while lag <= radius:
        lags.append(lag)
        lag = max(int(1.5 * lag), lag + 1)
    return lags


def _votes(values: NDArray[np.float64], sigma: float, lag: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where channels i + `lag` stand out against channels i, and where channels i do against i + `lag`."""
    difference = values[:, lag:] - values[:, :-lag]
    lower, median, upper = np.percentile(difference, [25.0, 50.0, 75.0], axis=1, keepdims=True)
    limit = sigma * (upper - lower) / IQR_OF_SIGMA
    return difference - median > limit, median - difference > limit


def iqrm_outliers(values: NDArray[np.float64], sigma: float, radius: int) -> NDArray[np.bool_]:
    """Find the channels whose value stands out (Morello, Rajwade & Stappers 2022, MNRAS 510, 1393; arXiv:2108.12434).

    Channel j votes against channel i if the difference of their values is more than `sigma` robust standard deviations
    (interquartile range / 1.349) above the median of all differences of channels that far apart. Channel i is an outlier if
    a channel that voted against it has cast fewer votes than channel i has received: a quiet channel votes against many.

    Parameters
    ----------
    values
        What is large where interference is, finite, shape [n, nchans]; each row by itself.
    sigma
        Threshold in standard deviations of a difference.
    radius
        Largest lag in channels.

    Returns
    -------
    ndarray
        True for outliers, shape [n, nchans].

    Notes
    -----
    Costs two passes over all votes, some ten operations a value and lag; there are 15 lags up to 400.
    """
    nchans = values.shape[1]
    lags = iqrm_lags(min(radius, nchans - 1))
    votes = [_votes(values, sigma, lag) for lag in lags]
    cast, received = np.zeros(values.shape, np.int32), np.zeros(values.shape, np.int32)
    for lag, (against_upper, against_lower) in zip(lags, votes, strict=True):
        received[:, lag:] += against_upper
        cast[:, :-lag] += against_upper
        received[:, :-lag] += against_lower
        cast[:, lag:] += against_lower
    outliers = np.zeros(values.shape, np.bool_)
    for lag, (against_upper, against_lower) in zip(lags, votes, strict=True):
        outliers[:, lag:] |= against_upper & (cast[:, :-lag] < received[:, lag:])
        outliers[:, :-lag] |= against_lower & (cast[:, lag:] < received[:, :-lag])
    return outliers
