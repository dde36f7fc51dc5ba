"""Whitening: spectra divided by the local level of their noise.

At high frequency the level is the median power of blocks of 2049 bins, divided by the median that normalised noise has (as
Ransom, Eikenberry & Middleditch 2002, AJ 124, 1788, section 4.5, whose blocks are much shorter), interpolated between the
middles of blocks. Many bins matter: a level of relative variance 1/v multiplies the chance of a noise power of x by about
exp(x^2 / 2v). At low frequency, below some 5000 bins, levels are known less well however they are made (`noise_levels`), and
`correct_powers` undoes what that does to powers. It works on powers, after bins have been combined: half bins made of
corrected amplitudes would keep most of the excess. ``python -m benchmarks.whitened_noise`` measures what is left.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.noise_levels import block_edges, low_bins, low_levels
from fastpipe.algorithms.power_scores import SCORE_STEP, own_scores
from fastpipe.constants import LANES
from fastpipe_kernels.whitening import block_medians, correct_uncertain_powers, multiply_by_gain


def whiten(spectra: NDArray[np.float32]) -> None:
    """Divide spectra by the root of their local noise level, in place, so that noise has mean power 1.

    Bin 0 and bins where the level is zero become zero.

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
    with np.errstate(divide="ignore"):
        log_levels = np.log(medians / _medians_of_noise(spectra.shape[0])[:, np.newaxis])
    low = low_bins(spectra.shape[0])
    nshort = low.log_bins.size
    nodes = np.concatenate([low.nodes, ((edges[:-1] + edges[1:] - 1) / 2.0)[nshort:]])
    levels = np.concatenate([low_levels(spectra, low, log_levels[:nshort]), log_levels[nshort:]])
    gains = np.where(levels > -np.inf, np.exp(-0.5 * np.maximum(levels, -170.0)), 0.0).astype(np.float32)
    multiply_by_gain(spectra, nodes, gains)


def correct_powers(powers: NDArray[np.float32], nbins: int) -> None:
    """Correct powers at half bins for the scatter of the levels that they were divided by, in place.

    The power of noise is then above x with probability exp(-x) at low frequency too, where a level is known from few bins.
    Signals lose the same: powers above 32 come out smaller than their ratio to the level by 1 at bin 500, by 5 at bin 100,
    by 30 at bin 20, by 45 at bin 10.

    Parameters
    ----------
    powers
        Powers at half bins of whitened spectra, shape [nrows, 16], C order. **Overwritten.**
    nbins
        Number of bins of the spectra.
    """
    correct_uncertain_powers(powers, _corrections(nbins)[: len(powers)], own_scores(), SCORE_STEP)


@cache
def _medians_of_noise(nbins: int) -> NDArray[np.float64]:
    """Return the mean median of noise of mean power 1 in the blocks of a spectrum, shape [nblocks].

    Of n powers the k-th in order has mean 1/n + ... + 1/(n - k + 1) (Renyi 1953, Acta Math. Hung. 4, 191).
    """
    count = np.diff(block_edges(nbins))
    harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, count.max() + 1))])
    return np.asarray(harmonic[count] - harmonic[(count - 1) // 2])


@cache
def _corrections(nbins: int) -> NDArray[np.float64]:
    """Return what `correct_uncertain_powers` needs for each row; a half bin takes the mean of those of its two bins."""
    table = low_bins(nbins).corrections()
    rows = np.repeat(table, 2, axis=0)
    rows[1:-1:2] = 0.5 * (table[:-1] + table[1:])
    return rows
