"""Whitening: spectra divided by the local level of their noise.

The level is the median power of blocks of bins that grow with frequency, divided by the median that normalised noise has
(as Ransom, Eikenberry & Middleditch 2002, AJ 124, 1788, section 4.5, whose blocks are much shorter). Between the
middles of blocks it is interpolated. Long blocks matter: the relative variance of a level from n bins is about 2.1/n, and
it multiplies the chance of a noise power of x by about exp(1.05 x^2 / n). At high frequency blocks have 2049 bins; where
they are shorter, the powers are corrected for it (`fastpipe_kernels.whitening.divide_by_uncertain_level`). Simulated, the
chance of a power above 10 to 12 is within 20 % of exp(-x) from bin 30 on, in white noise and in red noise like f^-2.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import LANES
from fastpipe_kernels.whitening import block_medians, divide_by_uncertain_level, multiply_by_gain

_SHORTEST_BLOCK = 5
_LONGEST_BLOCK = 2049
_GROWTH = 0.4
"""Length of a block over its first bin: red noise with power f^-2 changes by a factor of 2 in it."""


@cache
def block_edges(nbins: int) -> NDArray[np.int64]:
    """Cut a spectrum into the blocks whose medians give the level of the noise.

    Parameters
    ----------
    nbins
        Number of bins of the spectrum; bin 0 belongs to no block.

    Returns
    -------
    ndarray
        First bins of the blocks and `nbins`, read-only, shape [nblocks + 1]. Lengths are odd, so that medians are single
        values, except that of the last block, which takes the rest. A spectrum of fewer than two bins has no block.

    Examples
    --------
    >>> block_edges(40).tolist()
    [1, 6, 11, 16, 23, 32, 40]
    """
    edges = [1]
    while edges[-1] < nbins:
        length = min(max(_SHORTEST_BLOCK, int(_GROWTH * edges[-1])), _LONGEST_BLOCK) | 1
        stop = edges[-1] + length
        edges.append(stop if stop + length // 2 < nbins else nbins)
    array = np.array(edges, np.int64)
    array.flags.writeable = False
    return array


def whiten(spectra: NDArray[np.float32]) -> None:
    """Divide spectra by the root of their local noise level, in place, so that noise has mean power 1.

    Bin 0 and bins where the level is zero become zero. The power of a bin in white noise is above x with probability
    exp(-x). To make that true at low frequency, where a level is known from few bins, powers there come out smaller than
    their ratio to the level: those above 32 by 4 at bin 700, by 50 at bin 100, by as much as 1000 at bin 30. Below bin 20
    five bins make a level, and few signals come out above 20.

    Parameters
    ----------
    spectra
        Real parts and imaginary parts of the spectra of 16 lanes, shape [nbins, 2, 16], C order. **Overwritten.**

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(0, 30, (5000, 2, 16)).astype(np.float32)
    >>> whiten(noise)
    >>> round(float((noise[1:] ** 2).sum(axis=1).mean()), 1)
    1.0
    """
    edges = block_edges(spectra.shape[0])
    spectra[:1] = 0.0
    if edges.size < 2:
        return
    lengths = np.diff(edges)
    medians = np.empty((lengths.size, LANES), np.float32)
    block_medians(spectra, edges, np.empty(int(lengths.max()) * LANES, np.float32), medians)
    expected, moments = _median_of_noise(spectra.shape[0])
    levels = medians / expected[:, np.newaxis]
    with np.errstate(divide="ignore"):
        log_levels = np.log(levels)
        gains = np.where(levels > 0, 1.0 / np.sqrt(levels), 0.0).astype(np.float32)
    # Blocks before the first long one are the short ones; only the last block of all may be shorter again.
    stop = int(edges[np.argmax(np.append(lengths >= _LONGEST_BLOCK, True))])
    divide_by_uncertain_level(spectra, edges, log_levels, moments, stop)
    multiply_by_gain(spectra, (edges[:-1] + edges[1:] - 1) / 2.0, gains, stop, spectra.shape[0])


@cache
def _median_of_noise(nbins: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean of the median of each block in noise of mean power 1, and what the correction needs.

    The columns of the second array are those of `divide_by_uncertain_level`: mean of ln bin, ln of the mean median over the
    mean median among the other bins of a block, relative variance. Of n powers the k-th in order has mean
    1/n + ... + 1/(n - k + 1) and variance 1/n^2 + ... + 1/(n - k + 1)^2 (Renyi 1953, Acta Math. Hung. 4, 191). For a power
    above the median, that median is the k-th of the other n - 1.
    """
    from scipy.special import gammaln

    harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, 2 * _LONGEST_BLOCK))])
    square = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, 2 * _LONGEST_BLOCK) ** 2)])
    edges = block_edges(nbins)
    count = np.diff(edges)
    above = (count - 1) // 2
    mean = harmonic[count] - harmonic[above]
    mean_of_others = harmonic[count - 1] - harmonic[np.maximum(above - 1, 0)]
    log_own = np.log(mean / np.where(mean_of_others > 0, mean_of_others, mean))
    variance = (square[count] - square[above]) / mean**2
    log_mids = np.diff(gammaln(edges)) / count  # the sum of ln k over a block, as ln of a ratio of factorials
    return mean, np.stack([log_mids, log_own, variance], axis=1)
