"""Local noise level of 16 spectra, and the division by it.

Spectra are float32 [nbins, 2, 16]: real parts of 16 lanes, then their imaginary parts.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import inlined, kernel
from fastpipe_kernels.lanes import greater_bits16, load16, splat16, store16, where_greater16

_LARGEST_POWER = 32.0
"""Power up to which the correction for an uncertain level is applied in full: noise never gets beyond it."""


@inlined
def _median16(powers: NDArray[np.float32], count: int) -> Any:
    """Return the lower median of `count` rows for all lanes, to 1 in 10000, by halving an interval and counting."""
    total, zero, one = splat16(0.0), splat16(0.0), splat16(1.0)
    for i in range(count):
        total = total + load16(powers, 16 * i)
    # At most half of all positive numbers are above twice their mean.
    low, high = zero, total * splat16(2.001 / count)
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
def multiply_by_gain(
    spectra: NDArray[np.float32], mids: NDArray[np.float64], gains: NDArray[np.float32], first: int, stop: int
) -> None:
    """Multiply bins `first` to `stop` by a gain that runs in straight lines between blocks, in place.

    Parameters: `spectra` float32 [nbins, 2, 16]; `mids` float64 [nblocks], middles of the blocks in bins; `gains` float32
    [nblocks, 16], one over the root of the level there.

    Cost: 64 operations, 128 bytes read and 128 written a bin.
    """
    block, last = 0, mids.size - 1
    for k in range(first, stop):
        while block < last - 1 and k >= mids[block + 1]:
            block += 1
        after = min(block + 1, last)
        span = mids[after] - mids[block]
        weight = min(max((k - mids[block]) / span, 0.0), 1.0) if span > 0.0 else 0.0
        gain = load16(gains, 16 * block) * splat16(1.0 - weight) + load16(gains, 16 * after) * splat16(weight)
        store16(spectra, 32 * k, load16(spectra, 32 * k) * gain)
        store16(spectra, 32 * k + 16, load16(spectra, 32 * k + 16) * gain)


@inlined
def _exponential_power(ratio: float, freedom: float) -> float:
    """Turn the ratio of a power and a level with relative variance 1 / freedom into a power whose tail is exponential."""
    corrected = freedom * math.log1p(ratio / freedom)
    if corrected > _LARGEST_POWER:
        corrected = _LARGEST_POWER + ratio - freedom * math.expm1(_LARGEST_POWER / freedom)
    return corrected


@kernel
def divide_by_uncertain_level(
    spectra: NDArray[np.float32],
    edges: NDArray[np.int64],
    log_levels: NDArray[np.float64],
    moments: NDArray[np.float64],
    stop: int,
) -> None:
    """Divide bins 1 to `stop` in place by the root of a level that is a power law between blocks, corrected for scatter.

    A level from few bins scatters, and the ratio r of power and level then has the tail (1 + r/v)^-v instead of exp(-r),
    with v the inverse relative variance of the level. The power v ln(1 + r/v) is exponential again; above a power of 32,
    which noise does not reach, it grows like r. Where a level is zero the spectrum is set to zero.

    Parameters: `spectra` float32 [nbins, 2, 16]; `edges` int64 [nblocks + 1]; `log_levels` float64 [nblocks, 16], ln of
    the levels for bins outside the block, -inf for a level of zero; `moments` float64 [nblocks, 3]: mean of ln bin, ln of
    what a block's own bins, which are part of its median, must multiply its level with, relative variance of the level.

    Cost: three transcendental functions a value; meant for the lowest few thousand bins.
    """
    values = spectra.reshape(-1)
    block, own, last = 0, 0, moments.shape[0] - 1
    for k in range(1, stop):
        while k >= edges[own + 1]:
            own += 1
        while block < last - 1 and math.log(k) >= moments[block + 1, 0]:
            block += 1
        after = min(block + 1, last)
        span = moments[after, 0] - moments[block, 0]
        weight = min(max((math.log(k) - moments[block, 0]) / span, 0.0), 1.0) if span > 0.0 else 0.0
        freedom = 1.0 / ((1.0 - weight) ** 2 * moments[block, 2] + weight**2 * moments[after, 2])
        # The mean of a geometric mean is below the mean; a block's own bins pull its median up.
        bias = 0.5 * weight * (1.0 - weight) * (moments[block, 2] + moments[after, 2])
        bias += moments[own, 1] * (weight if own == after and after != block else 1.0 - weight)
        for lane in range(16):
            low, high = log_levels[block, lane], log_levels[after, lane]
            re, im = values[32 * k + lane], values[32 * k + 16 + lane]
            scale = 0.0
            if low > -math.inf and high > -math.inf:
                gain = math.exp(-(low + weight * (high - low)) - bias)
                ratio = (re * re + im * im) * gain
                scale = math.sqrt(gain * _exponential_power(ratio, freedom) / ratio) if ratio > 0.0 else 0.0
            values[32 * k + lane] = re * scale
            values[32 * k + 16 + lane] = im * scale
