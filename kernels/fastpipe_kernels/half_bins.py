"""Powers of 16 spectra at every half Fourier bin.

The spectrum between two bins follows from its neighbours, ``A(k + 1/2) = -(i/pi) sum_j A_j / (k + 1/2 - j)``
(Ransom, Eikenberry & Middleditch 2002, AJ 124, 1788, section 4.1), here from eight bins on either side.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import inlined, kernel
from fastpipe_kernels.lanes import load16, splat16, store16

SIDE_BINS = 8
"""Bins on either side of a half bin that its value is made from."""


@inlined
def _edge_power(spectra: NDArray[np.float32], k: int, powers: NDArray[np.float32]) -> None:
    """Store the power half a bin above bin `k` near an end of the spectrum, from the bins that exist."""
    re, im, norm = splat16(0.0), splat16(0.0), 0.0
    for j in range(max(1, k + 1 - SIDE_BINS), min(spectra.shape[0], k + 1 + SIDE_BINS)):
        weight = 1.0 / (k + 0.5 - j)
        re = re + load16(spectra, 32 * j) * splat16(weight)
        im = im + load16(spectra, 32 * j + 16) * splat16(weight)
        norm += weight * weight
    store16(powers, 16 * (2 * k + 1), (re * re + im * im) * splat16(1.0 / norm if norm > 0.0 else 0.0))


@inlined
def _inner_power(spectra: NDArray[np.float32], k: int, norm: Any, powers: NDArray[np.float32]) -> None:
    """Store the power half a bin above bin `k` from all its neighbours; the weights of opposite ones differ in sign only."""
    re, im = splat16(0.0), splat16(0.0)
    for i in range(SIDE_BINS):
        below, above = 32 * (k - i), 32 * (k + 1 + i)
        weight = splat16(1.0 / (i + 0.5))
        re = re + (load16(spectra, below) - load16(spectra, above)) * weight
        im = im + (load16(spectra, below + 16) - load16(spectra, above + 16)) * weight
    store16(powers, 16 * (2 * k + 1), (re * re + im * im) * norm)


@kernel
def half_bin_powers(spectra: NDArray[np.float32], excess: float, powers: NDArray[np.float32]) -> None:
    """Compute the power at bins and half bins: row j is the power at j / 2 Fourier bins.

    Rows of half bins are divided by the sum of the squared weights, so that white noise of mean power 1 has mean power 1
    there too, also at the ends, where there are fewer neighbours. Bin 0 takes no part.

    Parameters: `spectra` float32 [nbins, 2, 16]; `excess`, by how much noise at half bins is stronger than at bins, because
    zeros after a series give neighbouring bins noise in common, 0 without such zeros: taken off but for the first and last
    eight half bins; `powers` float32 [nrows, 16], overwritten; nrows is 2 nbins - 1 or 2 nbins - 2.

    Cost: 16 * 60 operations, 128 bytes read and 128 written a bin.
    """
    nbins, nrows = spectra.shape[0], powers.shape[0]
    total = 0.0
    for i in range(SIDE_BINS):
        total += 2.0 / (i + 0.5) ** 2
    norm = splat16(1.0 / (total * (1.0 + excess)))
    for k in range((nrows + 1) // 2):
        re, im = load16(spectra, 32 * k), load16(spectra, 32 * k + 16)
        store16(powers, 32 * k, re * re + im * im)
        if 2 * k + 1 >= nrows:
            continue
        if SIDE_BINS <= k < nbins - SIDE_BINS:
            _inner_power(spectra, k, norm, powers)
        else:
            _edge_power(spectra, k, powers)
