"""Zero-DM filters: what all channels share at the same time is interference, for a pulsar sweeps across the band.

Both filters subtract from every channel a multiple of the mean of the other good channels. A channel is no part of the
mean that is subtracted from it, so noise that channels do not share is never taken for a shared signal, however few
channels there are.

What is lost of a pulsar: the mean over the band of a signal of fluctuation frequency f whose delays cover a sweep D is
sinc(f D) of it, and comes back with the same factor when the channels are dedispersed, so the filter multiplies the
amplitude by 1 - sinc(f D)^2. A single pulse of full width W at half maximum loses the fraction 1.5 W / D of its S/N where
the sweep is much longer than the pulse.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.cleaning import CleaningTable, Spectra
from fastpipe.dispersion import dm_of_delay
from fastpipe_kernels.cleaning import add_products

FILTERED_SWEEP_S = 0.05
"""Sweep of the band in s from which on the filter costs less than it gains.

There a Gaussian pulse 1 ms wide (full width at half maximum) keeps 97 % of its S/N, 3 ms 91 %, 5 ms 86 %, 10 ms 73 %.
"""

_LARGEST_RATIO = 10.0
"""A channel is taken to hold at most this multiple of what the channels share, of either sign."""


@dataclass(frozen=True, slots=True)
class ZeroDMFilter:
    """Weights with which a zero-DM filter subtracts from each channel the sum over the other good channels."""

    weight: NDArray[np.float64]
    """Of each channel in each interval of the mask, in file order, 0 where masked, shape [nintervals, nchans]."""


def mean_weights(is_good: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the weights that subtract the mean of the other good channels from every channel.

    Parameters
    ----------
    is_good
        Channels that are not masked, shape [nintervals, nchans].

    Returns
    -------
    ndarray
        Weights of the sum over the other channels, shape [nintervals, nchans]; 0 where there is no other channel.

    Notes
    -----
    With N channels the result is N / (N - 1) times that of subtracting the mean over all of them.

    References
    ----------
    Eatough, Keane & Lyne 2009, MNRAS 395, 410.

    Examples
    --------
    >>> mean_weights(np.array([[True, True, True, False]]))
    array([[0.5, 0.5, 0.5, 0. ]])
    """
    ngood = np.count_nonzero(is_good, axis=1, keepdims=True)
    return np.asarray(np.where(is_good & (ngood > 1), 1.0 / np.maximum(ngood - 1, 1), 0.0))


def add_regression_sums(spectra: Spectra, cleaning: CleaningTable, sums: NDArray[np.float64]) -> None:
    """Add what the regression of one interval needs.

    Parameters
    ----------
    spectra
        Spectra of one interval.
    cleaning
        Table of that interval alone.
    sums
        Sums over spectra of the product of each channel with the sum over all, and of its square, in units of clean
        samples, added to, shape [2, nchans].
    """
    add_products(spectra.data, spectra.interval, cleaning.numbers[0], sums)


def regression_weights(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights that least squares give to the sum over the other channels, for one interval.

    The line goes through the mean over the whole recording, not through that over the interval: slow signals that the
    channels share are removed, and those they do not share stay.

    Parameters
    ----------
    sums
        As `add_regression_sums` makes them, shape [2, nchans].

    Returns
    -------
    ndarray
        Weights, shape [nchans]: 0 for channels without a signal, and where there is no other channel.

    References
    ----------
    z-dot: Men et al. 2019, MNRAS 488, 3957, where the channel itself is a part of the mean.
    """
    with_sum, squares = sums
    is_good = squares > 0
    nothers = int(np.count_nonzero(is_good)) - 1
    # The sum over the other channels is the sum over all, whose square adds up to that of with_sum, less the channel.
    covariance = with_sum - squares
    variance = with_sum.sum() - 2.0 * with_sum + squares
    weight = np.divide(covariance, variance, out=np.zeros_like(squares), where=is_good & (variance > 0))
    limit = _LARGEST_RATIO / (nothers if nothers > 0 else 1)
    return np.asarray(np.clip(weight, -limit, limit))


def dm_of_filter(freqs_mhz: NDArray[np.float64]) -> float:
    """Return the DM below which trials should come from samples without zero-DM filter.

    Parameters
    ----------
    freqs_mhz
        Centres of the channels in MHz.

    Returns
    -------
    float
        DM in pc cm^-3 whose sweep of the band is `FILTERED_SWEEP_S`; infinite for one channel.

    Examples
    --------
    >>> round(dm_of_filter(np.linspace(1050.0, 1450.0, 4096)), 1)
    27.9
    """
    low_mhz, high_mhz = float(freqs_mhz.min()), float(freqs_mhz.max())
    return float(dm_of_delay(FILTERED_SWEEP_S, low_mhz, high_mhz)) if high_mhz > low_mhz else np.inf
