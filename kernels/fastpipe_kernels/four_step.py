"""First step of a long Fourier transform: transforms of columns, and the twiddle factors between the two steps.

A length N = N1 N2 is seen as a matrix of N1 rows and N2 columns (element ``n1 N2 + n2``). With ``w = exp(-2 pi i / N)``,

``Z[k1 + N1 k2] = sum_n2 w_N2^(n2 k2) [ w^(n2 k1) sum_n1 w_N1^(n1 k1) z[n1 N2 + n2] ]``.

Here the bracket is computed in place; `real_spectra` does the outer sum. Several neighbouring columns go together, so that
every access to memory moves a run of whole cache lines (Bailey 1990, J. Supercomputing 4, 23).
"""

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import kernel
from fastpipe_kernels.fft_passes import transform
from fastpipe_kernels.lanes import load8, splat8, store8
from fastpipe_kernels.streaming import prefetch


@kernel
def turn_columns(
    columns: NDArray[np.float32],
    first: int,
    ncolumns: int,
    fine: NDArray[np.float32],
    coarse: NDArray[np.float32],
    block: NDArray[np.float32],
) -> None:
    """Multiply `ncolumns` transformed columns from column `first` on by w^(n2 k1) and put them back into the matrix.

    The columns that come next are fetched meanwhile: their rows are too far apart for the processor to do so by itself.

    Parameters: `columns` float32, flat [N1, ncolumns, 16]; `fine` float32 [S, 2], cosine and sine of w^i; `coarse` float32
    [(N - 1) // S + 1, 2], those of w^(S i), S a power of two; `block` float32 [N1, N2, 16], overwritten in these columns.

    Cost: 6 operations a complex value and one product of table entries a row; 128 bytes moved a row.
    """
    nrows, length = block.shape[0], block.shape[1]
    bits = 0
    while 1 << bits < fine.shape[0]:
        bits += 1
    mask = (1 << bits) - 1
    for k1 in range(nrows):
        source = k1 * ncolumns * 16
        target = (k1 * length + first) * 16
        for c in range(ncolumns):
            prefetch(block, target + 16 * (ncolumns + c))
            turn = (first + c) * k1
            high, low = turn >> bits, turn & mask
            cos = splat8(fine[low, 0] * coarse[high, 0] - fine[low, 1] * coarse[high, 1])
            sin = splat8(fine[low, 0] * coarse[high, 1] + fine[low, 1] * coarse[high, 0])
            re, im = load8(columns, source + 16 * c), load8(columns, source + 16 * c + 8)
            store8(block, target + 16 * c, re * cos - im * sin)
            store8(block, target + 16 * c + 8, re * sin + im * cos)


@kernel
def transform_columns(
    block: NDArray[np.float32],
    radices: NDArray[np.int64],
    twiddles: NDArray[np.float32],
    fine: NDArray[np.float32],
    coarse: NDArray[np.float32],
    ncolumns: int,
    scratch: NDArray[np.float32],
) -> None:
    """Transform all columns of a matrix of rows ``[re 8 | im 8]`` and apply the twiddle factors, in place.

    Parameters: `block` float32 [N1, N2, 16]; `radices` and `twiddles` of length N1 as in `fft_passes.transform`; `fine`
    and `coarse` as in `turn_columns`; `ncolumns` columns done together; `scratch` float32, flat, 2 * N1 * ncolumns * 16.

    Cost: 5 N1 log2(N1) + 6 N1 operations a complex column; 128 bytes moved from and to memory a row.
    """
    nrows, length = block.shape[0], block.shape[1]
    flat = block.reshape(-1)
    for first in range(0, length, ncolumns):
        count = min(ncolumns, length - first)
        size = nrows * count * 16
        columns = scratch[:size]
        transform(flat[first * 16 :], radices, twiddles, 16 * count, 16 * length, scratch[size : 2 * size], columns)
        turn_columns(columns, first, count, fine, coarse, block)
