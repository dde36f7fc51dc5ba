"""Largest power in the spectra of a lane block that fits in cache: the spectra are never stored."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import inlined, kernel
from fastpipe_kernels.fft_passes import transform
from fastpipe_kernels.lanes import LANES, load8, load16, splat8, splat16, store8, store16, where_greater16


@inlined
def _square_length(re: Any, im: Any) -> Any:
    return re * re + im * im


@kernel
def largest_powers(
    block: NDArray[np.float32],
    scaling: NDArray[np.float32],
    passes: tuple[NDArray[np.int64], NDArray[np.float32]],
    first_bin: int,
    scratch: NDArray[np.float32],
    powers: NDArray[np.float32],
) -> None:
    """Find the largest power in the spectrum of each series of a lane block, and add up all powers.

    Parameters: `block` float32 [n, 16]; `scaling` float32 [2, 16], what is subtracted from the series and
    what they are then multiplied by; `passes` radices and twiddle factors of length n as in `fft_passes.transform`;
    `first_bin` the first bin of which the largest is taken; `scratch` float32, flat, 48 n; `powers` float32 [2, 16],
    overwritten: largest power, and sum over the bins 1 to (n + 1) // 2 - 1, those between 0 and the Nyquist frequency.

    Lanes i and i + 8 are real and imaginary part of one complex series (see `real_spectra`).

    Cost: 5 n log2(n) + 20 n operations a pair of series, in cache for n up to some thousands.
    """
    nrows = block.shape[0]
    level, gain, half = load16(scaling, 0), load16(scaling, LANES), splat8(np.float32(0.5))
    size = nrows * LANES
    for t in range(nrows):
        store16(scratch, 2 * size + LANES * t, (load16(block, LANES * t) - level) * gain)
    transform(scratch[2 * size :], passes[0], passes[1], LANES, LANES, scratch[:size], scratch[size:])
    nbins = (nrows + 1) // 2
    for k in range(1, nbins):
        here, there = size + LANES * k, size + LANES * (nrows - k)
        re, im = load8(scratch, here) * half, load8(scratch, here + 8) * half
        partner_re, partner_im = load8(scratch, there) * half, load8(scratch, there + 8) * half
        store8(scratch, LANES * k, _square_length(re + partner_re, im - partner_im))
        store8(scratch, LANES * k + 8, _square_length(im + partner_im, partner_re - re))
    total, largest = splat16(np.float32(0)), splat16(np.float32(0))
    for k in range(1, nbins):
        power = load16(scratch, LANES * k)
        total = total + power
        if k >= first_bin:
            largest = where_greater16(power, largest, power, largest)
    store16(powers, 0, largest)
    store16(powers, LANES, total)
