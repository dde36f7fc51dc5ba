"""The local noise level of spectra at low frequency, from as many bins as can be had, and how well it is known.

Noise is mostly white noise and a power law. Their sum is fitted to levels of blocks of bins; what deviates is smooth,
and is followed by local straight lines in ln level over ln bin (Cleveland 1979, JASA 74, 829), through windows from a third
of a bin to three times as far. The levels of blocks are medians at first, then come from the scores of single powers
(`power_scores`).
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.power_scores import MEAN_SCORE, SCORE_GAIN, score_variance
from fastpipe.constants import LANES
from fastpipe_kernels.power_law import fit_power_laws
from fastpipe_kernels.whitening import block_scores

_SHORTEST_BLOCK: Final = 5
_LONGEST_BLOCK: Final = 2049
_GROWTH: Final = 0.4
"""Length of a block over its first bin: red noise with power f^-2 changes by a factor of 2 in it."""
_NODE_GROWTH: Final = 0.05
"""Distance of nodes over their bin: straight lines between them follow a power law f^-4 to 1 in 1000."""
_NARROWEST: Final = math.log(3.0)
"""Least half width of a window in ln bin, unless it then holds more bins than are needed."""
_WIDEST: Final = 2.3
_LEAST_BINS: Final = 100
"""Bins that a window has at low frequency, if that does not make it wider than the widest."""
_MOST_BINS: Final = 1500
"""Bins that are enough: windows become narrower where they hold more."""
_FITS: Final = ((0.1, 2), (0.05, 2))
"""For each fit of the curve: by how much of ln level long blocks may deviate from it, and rounds of scores after it."""
_MEDIAN_VARIANCE: Final = 2.1
"""Variance of ln of a median times its number of bins."""
_CURVE_PART: Final = 1.15
"""Variance of a level over that of the straight lines alone: the curve is uncertain where it bends. Measured (`python
-m benchmarks.whitened_noise`): 1.0 in white noise, 1.3 where noise like f^-3 becomes white."""


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


@dataclass(frozen=True, slots=True)
class LowBins:
    """The bins of short blocks, and how their levels are smoothed."""

    edges: NDArray[np.int64]
    """First bins of the short blocks and the bin after the last, shape [nshort + 1]."""
    log_bins: NDArray[np.float64]
    """Mean of ln bin of each block, shape [nshort]."""
    smoother: NDArray[np.float64]
    """Smooth levels of the blocks from their own, shape [nshort, nshort]."""
    nodes: NDArray[np.float64]
    """Bins between which gains run in straight lines, ascending, shape [nnodes]."""
    to_nodes: NDArray[np.float64]
    """Levels at the nodes from those of the blocks, shape [nnodes, nshort]."""

    def corrections(self) -> NDArray[np.float64]:
        """Return for every bin from 0 on the change of its ln level with its score, and one over the variance of ln level.

        Returns
        -------
        ndarray
            Shape [nbins, 2]; nothing changes the level of bin 0, which is as uncertain as that of bin 1.
        """
        counts = np.diff(self.edges)
        bins = np.arange(1, self.edges[-1])
        weights = _interpolation(np.log(bins), self.log_bins) @ self.smoother
        own = np.repeat(np.arange(counts.size), counts)
        share = weights[np.arange(bins.size), own] / counts[own]
        variance = _CURVE_PART * score_variance() * (weights**2 / counts).sum(axis=1)
        table = np.stack([share, 1.0 / variance], axis=1)
        return np.concatenate([[[0.0, table[0, 1]]], table]) if bins.size else np.ones((0, 2))


@cache
def low_bins(nbins: int) -> LowBins:
    """Return the short blocks of a spectrum of `nbins` bins, all that come before the first of full length."""
    edges = block_edges(nbins)
    nshort = int(np.argmax(np.append(np.diff(edges) >= _LONGEST_BLOCK, True)))
    edges = edges[: nshort + 1]
    log_sums = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, edges[-1])))])
    log_bins = np.diff(log_sums[edges - 1]) / np.diff(edges)
    nodes = [1]
    while nshort and nodes[-1] < edges[-1] - 1:
        nodes.append(min(nodes[-1] + max(1, int(_NODE_GROWTH * nodes[-1])), int(edges[-1]) - 1))
    smoother = np.array([_line_weights(log_bins, np.diff(edges), i) for i in range(nshort)]).reshape(nshort, nshort)
    to_nodes = _interpolation(np.log(nodes), log_bins)
    return LowBins(edges, log_bins, smoother, np.array(nodes, np.float64), to_nodes)


def low_levels(spectra: NDArray[np.float32], low: LowBins, medians: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ln of the noise level at the nodes of the low bins.

    Parameters
    ----------
    spectra
        Real and imaginary parts, shape [nbins, 2, 16].
    low
        From `low_bins`.
    medians
        ln of the levels of the short blocks that follow from their medians, shape [nshort, 16]; -inf where a median is zero.

    Returns
    -------
    ndarray
        Shape [nnodes, 16]; -inf for lanes that have a block of level zero next to the node.
    """
    counts = np.diff(low.edges)[:, np.newaxis]
    scores = np.empty(medians.shape, np.float32)
    away, away_nodes = low.log_bins - low.log_bins[0], np.log(low.nodes) - low.log_bins[0]
    curve, has_level = np.empty((3, LANES)), medians > -math.inf
    levels, variance = medians, _MEDIAN_VARIANCE
    for tolerance, nrounds in _FITS:
        fit_power_laws(levels, low.log_bins, variance / counts[:, 0] + tolerance**2, curve)
        expected, at_nodes = _curve(curve, away), _curve(curve, away_nodes)
        smooth = low.smoother @ np.where(has_level, levels - expected, 0.0)
        for _ in range(nrounds):
            gains = np.exp(-0.5 * (at_nodes + low.to_nodes @ smooth)).astype(np.float32)
            block_scores(spectra, low.edges, low.nodes, gains, MEAN_SCORE, scores)
            asked = np.where(has_level, smooth + scores / SCORE_GAIN, 0.0)
            levels, smooth = np.where(has_level, expected + asked, -math.inf), low.smoother @ asked
        variance = score_variance()
    is_silent = low.to_nodes @ (~has_level).astype(np.float64) > 0
    return np.where(is_silent, -math.inf, at_nodes + low.to_nodes @ smooth)


def _curve(curve: NDArray[np.float64], away: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ln of the fitted levels, `away` from the first block in ln bin, shape [n, 16]."""
    return np.asarray(np.logaddexp(curve[0], curve[1] - curve[2] * away[:, np.newaxis]))


def _line_weights(log_bins: NDArray[np.float64], counts: NDArray[np.int64], block: int) -> NDArray[np.float64]:
    """Return the weights of all blocks in the straight line that gives the level of one, shape [nshort]."""
    middle = math.exp(log_bins[block])
    enough = max(_NARROWEST, math.asinh(_LEAST_BINS / (2.0 * middle)))
    width = min(_WIDEST, enough, math.asinh(_MOST_BINS / (2.0 * middle)))
    away = log_bins - log_bins[block]
    weights = np.maximum(1.0 - (away / width) ** 2, 0.0) * counts
    if np.count_nonzero(weights) < 3:
        return np.asarray(away == 0.0, np.float64)
    sums = [(weights * away**power).sum() for power in range(3)]
    return np.asarray(weights * (sums[2] - sums[1] * away) / (sums[0] * sums[2] - sums[1] ** 2))


def _interpolation(places: NDArray[np.float64], knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of values at knots in straight lines between them, constant beyond, shape [nplaces, nknots]."""
    return (
        np.stack([np.interp(places, knots, unit) for unit in np.eye(len(knots))], axis=1)
        if len(knots)
        else np.empty((len(places), 0))
    )
