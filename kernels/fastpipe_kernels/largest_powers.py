"""Largest power in the spectra of lane blocks that fit in cache one by one: the spectra are never stored."""

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import kernel
from fastpipe_kernels.fft_passes import transform
from fastpipe_kernels.lanes import LANES, load16, splat16, store16, where_greater16
from fastpipe_kernels.wide_lanes import swapped16


@kernel
def largest_powers(
    blocks: NDArray[np.float32],
    scaling: NDArray[np.float32],
    passes: tuple[NDArray[np.int64], NDArray[np.float32]],
    first_bin: int,
    scratch: NDArray[np.float32],
    powers: NDArray[np.float32],
) -> None:
    """Find the largest power in the spectrum of each series of some lane blocks, and add up all powers.

    Parameters: `blocks` float32 [nblocks, nseries, 16], of which the first n samples of each series are taken; `scaling`
    float32 [nblocks, 2, 16], what is subtracted from the series and what they are then multiplied by; `passes` radices and
    twiddle factors of length n as in `fft_passes.transform`; `first_bin` the first bin of which the largest is taken;
    `scratch` float32, flat, 48 n; `powers` float32 [nblocks, 2, 16], overwritten: largest power, and sum over the bins 1 to
    (n + 1) // 2 - 1, those between 0 and the Nyquist frequency.

    Lanes i and i + 8 are real and imaginary part of one complex series z, so that ``Z[k]`` and the conjugate of ``Z[n - k]``
    give the spectra of both: their sum the first, their difference the second (see `real_spectra`).

    Cost: 5 n log2(n) + 9 n operations a pair of series, in cache for n up to some thousands.
    """
    size = scratch.size // 3
    work, spectrum, series = scratch[:size], scratch[size : 2 * size], scratch[2 * size :]
    for number in range(blocks.shape[0]):
        level, gain = load16(scaling[number], 0), load16(scaling[number], LANES)
        for i in range(0, size, LANES):
            store16(series, i, (load16(blocks[number], i) - level) * gain)
        transform(series, passes[0], passes[1], LANES, LANES, work, spectrum)
        total, largest = splat16(np.float32(0)), splat16(np.float32(0))
        for k in range(1, (size // LANES + 1) // 2):
            here, there = load16(spectrum, k * LANES), load16(spectrum, size - k * LANES)
            # The real part of the first series stands beside the imaginary part of the second, and the other way round.
            one, other = here + there, swapped16(here - there)
            power = one * one + other * other
            total = total + power
            if k >= first_bin:
                largest = where_greater16(power, largest, power, largest)
        quarter = splat16(np.float32(0.25))
        store16(powers[number], 0, largest * quarter)
        store16(powers[number], LANES, total * quarter)
