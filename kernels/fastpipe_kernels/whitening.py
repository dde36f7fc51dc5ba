"""Local noise level of 16 spectra, the division by it, and powers corrected for its scatter.

Spectra are float32 [nbins, 2, 16]: real parts of 16 lanes, then their imaginary parts.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import inlined, kernel
from fastpipe_kernels.lanes import greater_bits16, load16, splat16, store16, where_greater16

CLIPPED_POWER = 2.0
"""Powers above it count as this much for a level: variance 1.25 a bin, that of a median 2.1, that of a mean 1."""
FADING_POWER = 4.0
"""Powers above it count less and less, because noise seldom gets there and signals do."""
IGNORED_POWER = 12.0
"""Powers above it do not count."""
_LARGEST_POWER = 32.0
"""Power up to which the correction for an uncertain level is applied in full: noise never gets beyond it."""
_LARGEST_LEVEL = 1e38
"""Twice as much is a float32 still."""


@inlined
def _median16(powers: NDArray[np.float32], count: int) -> Any:
    """Return the lower median of `count` rows for all lanes, to 1 in 10000, by halving an interval and counting."""
    total, zero, one = splat16(0.0), splat16(0.0), splat16(1.0)
    for i in range(count):
        total = total + load16(powers, 16 * i)
    # At most half of all positive numbers are above twice their mean.
    low, high = zero, total * splat16(2.001 / count)
    # An infinite interval would be halved for ever.
    high = where_greater16(high, splat16(_LARGEST_LEVEL), splat16(_LARGEST_LEVEL), high)
    middle_rank = splat16((count - 1) // 2 + 0.5)
    width = high
    while greater_bits16(width, zero):
        middle = (low + high) * splat16(0.5)
        even, odd = zero, zero
        for i in range(0, count - 1, 2):
            even = even + where_greater16(load16(powers, 16 * i), middle, one, zero)
            odd = odd + where_greater16(load16(powers, 16 * i + 16), middle, one, zero)
        if count % 2:
            even = even + where_greater16(load16(powers, 16 * count - 16), middle, one, zero)
        above = even + odd
        # A lane that is narrow enough stays as it is, so that no lane's result depends on the others.
        low, high = (
            where_greater16(width, zero, where_greater16(above, middle_rank, middle, low), low),
            where_greater16(width, zero, where_greater16(above, middle_rank, high, middle), high),
        )
        width = high * splat16(1.0 - 1e-4) - low
    return high


@kernel
def block_medians(
    spectra: NDArray[np.float32], edges: NDArray[np.int64], powers: NDArray[np.float32], medians: NDArray[np.float32]
) -> None:
    """Find the median power of every block of bins, lane by lane.

    The interval that holds the median, at first from zero to twice the mean, is halved until its width is 1e-4 of its
    upper end, which is the result; the number of powers above the middle says which half to keep.

    Parameters: `spectra` float32 [nbins, 2, 16]; `edges` int64 [nblocks + 1], first bins of the blocks; `powers` float32,
    working space for the longest block, 16 values a bin; `medians` float32 [nblocks, 16], overwritten. Of an even number of
    powers the upper one of the middle two is meant.

    Cost: 48 operations and 128 bytes read a bin, then about 14 times 32 operations and 64 bytes from cache.
    """
    for block in range(edges.size - 1):
        start, count = edges[block], edges[block + 1] - edges[block]
        for i in range(count):
            re, im = load16(spectra, 32 * (start + i)), load16(spectra, 32 * (start + i) + 16)
            store16(powers, 16 * i, re * re + im * im)
        store16(medians, 16 * block, _median16(powers, count))


@kernel
def block_scores(
    spectra: NDArray[np.float32],
    edges: NDArray[np.int64],
    nodes: NDArray[np.float64],
    gains: NDArray[np.float32],
    centre: float,
    scores: NDArray[np.float32],
) -> None:
    """Average over blocks what each power says about the level: how far above or below it should be.

    A power u over its level scores u up to 2, 2 up to 4, from there on less until it scores `centre` at 12 and beyond
    (a redescending M-estimator, Hampel et al. 1986, Robust Statistics, 2.6). `centre`, which is subtracted, is the mean
    score of noise whose level is right.

    Parameters: `spectra` float32 [nbins, 2, 16]; `edges` int64 [nblocks + 1], first bins of the blocks; `nodes` float64
    [nnodes], bins; `gains` float32 [nnodes, 16], one over the root of the level there, in straight lines between;
    `scores` float32 [nblocks, 16], overwritten with the means.

    Cost: 150 operations and 128 bytes read a bin; meant for the lowest few thousand bins.
    """
    node, last = 0, nodes.size - 1
    clipped, mean = splat16(CLIPPED_POWER), splat16(centre)
    fading = splat16((CLIPPED_POWER - centre) / (IGNORED_POWER - FADING_POWER))
    for block in range(edges.size - 1):
        total = splat16(0.0)
        for k in range(edges[block], edges[block + 1]):
            while node < last - 1 and k >= nodes[node + 1]:
                node += 1
            gain = _gain_between(nodes, gains, node, k)
            re, im = load16(spectra, 32 * k) * gain, load16(spectra, 32 * k + 16) * gain
            power = re * re + im * im
            above = power - splat16(FADING_POWER)
            score = clipped - where_greater16(above, splat16(0.0), above * fading, splat16(0.0))
            score = where_greater16(clipped, power, power, where_greater16(score, mean, score, mean))
            total = total + (score - mean)
        store16(scores, 16 * block, total * splat16(1.0 / max(edges[block + 1] - edges[block], 1)))


@inlined
def _gain_between(nodes: NDArray[np.float64], gains: NDArray[np.float32], node: int, k: int) -> Any:
    """Return the gain at bin `k` from those at a node and the next."""
    after = min(node + 1, nodes.size - 1)
    span = nodes[after] - nodes[node]
    weight = min(max((k - nodes[node]) / span, 0.0), 1.0) if span > 0.0 else 0.0
    return load16(gains, 16 * node) * splat16(1.0 - weight) + load16(gains, 16 * after) * splat16(weight)


@kernel
def multiply_by_gain(spectra: NDArray[np.float32], nodes: NDArray[np.float64], gains: NDArray[np.float32]) -> None:
    """Multiply all bins but the first by a gain that runs in straight lines between nodes, in place.

    Parameters: `spectra` float32 [nbins, 2, 16]; `nodes` float64 [nnodes], bins; `gains` float32 [nnodes, 16], one over the
    root of the level there.

    Cost: 64 operations, 128 bytes read and 128 written a bin.
    """
    node, last = 0, nodes.size - 1
    for k in range(1, spectra.shape[0]):
        while node < last - 1 and k >= nodes[node + 1]:
            node += 1
        gain = _gain_between(nodes, gains, node, k)
        store16(spectra, 32 * k, load16(spectra, 32 * k) * gain)
        store16(spectra, 32 * k + 16, load16(spectra, 32 * k + 16) * gain)


@kernel
def correct_uncertain_powers(
    powers: NDArray[np.float32], corrections: NDArray[np.float64], scores: NDArray[np.float64], step: float
) -> None:
    """Turn ratios of powers and uncertain levels, at half bins, into powers whose tail in noise is exponential, in place.

    A level from few bins scatters, and the ratio r of power and level then has the tail (1 + r/v)^-v instead of exp(-r),
    with v the inverse relative variance of the level. The power v ln(1 + r/v) is exponential again; above a power of 32,
    which noise does not reach, it grows like r. A power has part in its own level, so it is first multiplied by what
    the level is with it over what it would be without.

    Parameters: `powers` float32 [nrows, 16]; `corrections` float64 [n, 2], n at most nrows: change of ln level with the
    score of a bin, v; `scores` float64 [2, nscores], what a power at a bin and at a half bin adds to the scores of its bins,
    for powers of 0, `step`, 2 `step` ...; the last holds beyond.

    Cost: an exponential and a logarithm a value; meant for the lowest few thousand rows.
    """
    values = powers.reshape(-1)
    last = scores.shape[1] - 1
    for row in range(corrections.shape[0]):
        share, freedom = corrections[row, 0], corrections[row, 1]
        ratio_of_largest = freedom * math.expm1(_LARGEST_POWER / freedom)
        for i in range(16 * row, 16 * row + 16):
            ratio = float(values[i])
            place = ratio / step
            if not place < last - 1e-6:  # also where it is not a number
                place = last - 1e-6
            below = int(place)
            score = scores[row % 2, below] + (place - below) * (scores[row % 2, below + 1] - scores[row % 2, below])
            ratio *= math.exp(share * score)
            if ratio > ratio_of_largest:
                values[i] = _LARGEST_POWER + ratio - ratio_of_largest
            else:
                values[i] = freedom * math.log1p(ratio / freedom)
