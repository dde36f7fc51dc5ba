"""From spectra of the file to clean channels: scaled, downsampled, filtered, requantised and transposed."""

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import kernel

TILE = 64
"""Spectra, and channels, transposed together: 64 x 64 bytes stay in the first-level cache."""


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
def _transpose(
    tile: NDArray[np.uint8], count: int, channel_row: NDArray[np.int64], column: int, out: NDArray[np.uint8]
) -> None:
    nchans = channel_row.size
    for first in range(0, nchans, TILE):
        for c in range(first, min(first + TILE, nchans)):
            target = out[channel_row[c]]
            for t in range(count):
                target[column + t] = tile[t, c]


@kernel
def clean(
    data: NDArray[np.uint8],
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

    Parameters: `data` uint8 [nsamples, nchans]; `table` float32 [3, nchans]: gain, offset, and 1 for good or 0 for masked
    channels (with gain = offset = 0); `channel_row` int64 [nchans]; `downsample` spectra added, a last incomplete group is
    added as it is; `zero_dm` bool; `first_column` where the first output sample goes; `out` uint8 [nrows, ncolumns].

    Cost: 3 operations a value; 1 byte read a value, 1 byte written an output.
    """
    nsamples, nchans = data.shape
    gain, offset, good = table[0], table[1], table[2]
    ngood = max(good.sum(), np.float32(1.0))
    tile = np.empty((TILE, nchans), np.uint8)
    row = np.empty(nchans, np.float32)
    nout = (nsamples + downsample - 1) // downsample
    for start in range(0, nout, TILE):
        count = min(TILE, nout - start)
        for t in range(count):
            row[:] = np.float32(0.0)
            for spectrum in range((start + t) * downsample, min((start + t + 1) * downsample, nsamples)):
                values = data[spectrum]
                for c in range(nchans):
                    row[c] += gain[c] * np.float32(values[c]) + offset[c]
            mean = row.sum() / ngood if zero_dm else np.float32(0.0)
            for c in range(nchans):
                value = row[c] - mean * good[c] + np.float32(128.5)
                tile[t, c] = np.uint8(min(max(value, np.float32(0.0)), np.float32(255.0)))
        _transpose(tile, count, channel_row, first_column + start, out)
