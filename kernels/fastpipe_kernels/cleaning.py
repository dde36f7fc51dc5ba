"""From spectra of the file to clean channels: scaled, downsampled, filtered, requantised and transposed."""

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import kernel
from fastpipe_kernels.byte_transpose import TILE, transpose_tile
from fastpipe_kernels.lanes import load_u8, store_u8

LARGEST = np.float32(3.4e38)
"""Values up to this are finite. Numba's isfinite() subtracts a value from itself, which the compiler may take for zero."""


@kernel
def add_moments(data: NDArray[np.uint8], total: NDArray[np.uint32], total_squares: NDArray[np.uint32]) -> None:
    """Add the sum and the sum of squares of every channel of a chunk.

    Parameters: `data` uint8 [nsamples, nchans], at most 65536 samples so that 32 bits hold the sums of squares; `total`,
    `total_squares` uint32 [nchans], added to.

    Cost: 2 additions and a product a value; 1 byte read a value.
    """
    for t in range(data.shape[0]):
        row = data[t]
        for c in range(data.shape[1]):
            value = np.uint32(row[c])
            total[c] += value
            total_squares[c] += value * value


@kernel
def add_finite_moments(data: NDArray[np.float32], moments: NDArray[np.float64]) -> None:
    """Add number, sum and sum of squares of the finite values of every channel of a chunk.

    Parameters: `data` float32 [nsamples, nchans]; `moments` float64 [3, nchans], added to.

    Cost: 3 additions and a product a value; 4 bytes read a value.
    """
    count, total, total_squares = moments[0], moments[1], moments[2]
    for t in range(data.shape[0]):
        row = data[t]
        for c in range(data.shape[1]):
            is_finite = abs(row[c]) <= LARGEST
            value = np.float64(row[c]) if is_finite else 0.0
            count[c] += 1.0 if is_finite else 0.0
            total[c] += value
            total_squares[c] += value * value


@kernel
def _sum_spectra(
    data: NDArray[np.uint8] | NDArray[np.float32],
    first: int,
    last: int,
    gain: NDArray[np.float32],
    offset: NDArray[np.float32],
    row: NDArray[np.float32],
) -> None:
    """Scale the spectra `first` to `last` - 1 and add them; what is not finite counts as the mean, which is 0."""
    row[:] = np.float32(0.0)
    for spectrum in range(first, last):
        values = data[spectrum]
        for c in range(row.size):
            value = gain[c] * np.float32(values[c]) + offset[c]
            row[c] += value if abs(value) <= LARGEST else np.float32(0.0)


@kernel
def _copy(source: NDArray[np.uint8], first: int, count: int, out: NDArray[np.uint8], target: int) -> None:
    """Copy `count` bytes between flat positions; whole tiles as four vectors."""
    if count == TILE:
        for t in range(0, TILE, 64):
            store_u8(out, target + t, load_u8(source, first + t))
    else:
        for t in range(count):
            out.reshape(-1)[target + t] = source.reshape(-1)[first + t]


@kernel
def clean(
    data: NDArray[np.uint8] | NDArray[np.float32],
    table: NDArray[np.float32],
    channel_row: NDArray[np.int64],
    downsample: int,
    zero_dm: bool,
    first_column: int,
    out: NDArray[np.uint8],
) -> None:
    """Scale, add `downsample` spectra, subtract the zero-DM mean, requantise and transpose.

    out[channel_row[c], first_column + t] = 128 + sum over the spectra of output sample t of (gain x + offset) - z(t),
    rounded and clipped to 0..255, with z the mean of these sums over good channels, or 0 without the zero-DM filter.

    Parameters: `data` uint8 or float32 [nsamples, nchans]; `table` float32 [3, nchans]: gain, offset, and 1 for good or 0
    for masked channels (with gain = offset = 0); `channel_row` int64 [nchans]; `downsample` spectra added, a last
    incomplete group is added as it is; `zero_dm` bool; `first_column` where the first output sample goes; `out` uint8
    [nrows, ncolumns].

    Cost: 3 operations a value and 9 for every 8 bytes of output; 1 or 4 bytes read a value, 1 byte written an output.
    """
    nsamples, nchans = data.shape
    gain, offset, good = table[0], table[1], table[2]
    ngood = max(good.sum(), np.float32(1.0))
    tile = np.zeros((TILE, (nchans + 7) // 8 * 8), np.uint8)
    transposed = np.empty((tile.shape[1], TILE), np.uint8)
    row = np.empty(nchans, np.float32)
    nout = (nsamples + downsample - 1) // downsample
    for start in range(0, nout, TILE):
        count = min(TILE, nout - start)
        for t in range(count):
            first = (start + t) * downsample
            _sum_spectra(data, first, min(first + downsample, nsamples), gain, offset, row)
            mean = row.sum() / ngood if zero_dm else np.float32(0.0)
            values = tile[t]
            for c in range(nchans):
                value = row[c] - mean * good[c] + np.float32(128.5)
                values[c] = np.uint8(np.int32(min(max(value, np.float32(0.0)), np.float32(255.0))))
        transpose_tile(tile.view(np.uint64), transposed.view(np.uint64))
        for c in range(nchans):
            _copy(transposed, c * TILE, count, out, channel_row[c] * out.shape[1] + first_column + start)
