"""Second step of a long Fourier transform, and the separation of real series that were packed into complex ones.

A row holds 16 real series as 8 complex ones: lane i is the real part, lane i + 8 the imaginary part. For bin k of N,

``X = (Z[k] + conj Z[N - k]) / 2``, ``Y = (Z[k] - conj Z[N - k]) / 2i``

are the spectra of lane i and lane i + 8 (Press et al., Numerical Recipes, "FFT of two real functions"). Rows k1 and
N1 - k1 of the matrix hold all partners of each other, so they are transformed together and separated from cache.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import inlined, kernel
from fastpipe_kernels.fft_passes import transform
from fastpipe_kernels.lanes import load8, splat8, store8
from fastpipe_kernels.streaming import LINE_BYTES, address, finish_streaming, stream8

_STREAMED_BYTES = 1 << 24
"""Spectra of more bytes than these, part of a third-level cache, are stored past the caches."""


@inlined
def _store_separated(
    rows: NDArray[np.float32], here: int, there: int, half: Any, bin_number: int, streams: bool, spectra: NDArray[np.float32]
) -> None:
    """Store a bin from Z[k], at position `here` of `rows`, and Z[N - k], at position `there`."""
    re, im = load8(rows, here) * half, load8(rows, here + 8) * half
    partner_re, partner_im = load8(rows, there) * half, load8(rows, there + 8) * half
    o = 32 * bin_number
    if streams:
        stream8(spectra, o, re + partner_re)
        stream8(spectra, o + 8, im + partner_im)
        stream8(spectra, o + 16, im - partner_im)
        stream8(spectra, o + 24, partner_re - re)
    else:
        store8(spectra, o, re + partner_re)
        store8(spectra, o + 8, im + partner_im)
        store8(spectra, o + 16, im - partner_im)
        store8(spectra, o + 24, partner_re - re)


@kernel
def separate_rows(
    rows: NDArray[np.float32], nrows: int, length: int, first: int, count: int, spectra: NDArray[np.float32]
) -> None:
    """Separate the bins of `count` transformed rows from row `first` on, and those of their partners, into real spectra.

    Parameters: `rows` float32, flat [2, count, length, 16], rows first, first + 1, ... of the matrix, then their partners
    N1 - first, N1 - first - 1, ...; `nrows` N1, rows of the matrix; `spectra` float32 [nbins, 2, 16], overwritten in
    these bins.

    Cost: 12 operations a complex value; 128 bytes moved a row, in runs of `count` bins.
    """
    half = splat8(0.5)
    nbins = spectra.shape[0]
    row = length * 16
    streams = spectra.size * 4 > _STREAMED_BYTES and address(spectra) % LINE_BYTES == 0
    for k2 in range(length):
        for c in range(count):
            k1 = first + c
            partner = (nrows - k1) % nrows
            mirrored = (length - k2) % length if k1 == 0 else length - 1 - k2
            left, right = c * row, (count + c) * row
            if k1 + nrows * k2 < nbins:
                _store_separated(rows, left + k2 * 16, right + mirrored * 16, half, k1 + nrows * k2, streams, spectra)
            if partner + nrows * k2 < nbins:
                _store_separated(rows, right + k2 * 16, left + mirrored * 16, half, partner + nrows * k2, streams, spectra)


@kernel
def transform_rows(
    block: NDArray[np.float32],
    radices: NDArray[np.int64],
    twiddles: NDArray[np.float32],
    together: int,
    scratch: NDArray[np.float32],
    spectra: NDArray[np.float32],
) -> None:
    """Transform all rows of a matrix left by `four_step.transform_columns` and separate them into real spectra.

    Parameters: `block` float32 [N1, N2, 16], not changed; `radices` and `twiddles` of length N2 as in
    `fft_passes.transform`; `together` rows done together; `scratch` float32, flat, (2 * together + 1) * N2 * 16;
    `spectra` float32 [N1 * N2 // 2 + 1, 2, 16], overwritten: real parts of 16 lanes, then imaginary parts.

    Cost: 5 N2 log2(N2) + 12 N2 operations a complex row; 64 bytes read and 64 written a row of the block.
    """
    nrows, length = block.shape[0], block.shape[1]
    flat = block.reshape(-1)
    row = length * 16
    work = scratch[2 * together * row :]
    for first in range(0, nrows // 2 + 1, together):
        count = min(together, nrows // 2 + 1 - first)
        for c in range(count):
            partner = (nrows - first - c) % nrows
            transform(flat[(first + c) * row :], radices, twiddles, 16, 16, work, scratch[c * row :])
            transform(flat[partner * row :], radices, twiddles, 16, 16, work, scratch[(count + c) * row :])
        separate_rows(scratch, nrows, length, first, count, spectra)
    finish_streaming()
