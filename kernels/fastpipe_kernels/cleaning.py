"""From spectra of the file to clean channels: scaled, downsampled, filtered, requantised and transposed."""

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import kernel
from fastpipe_kernels.byte_transpose import TILE, transpose_tile
from fastpipe_kernels.lanes import load_u8, store_u8

_LARGEST_SCALED = np.float32(1e30)
"""Scaled values beyond this count as not finite, so that the sum over any band is finite.

Numba's isfinite() subtracts a value from itself, which the compiler may take for zero.
"""


@kernel
def _sum_spectra(
    data: NDArray[np.uint8] | NDArray[np.float32],
    first: int,
    last: int,
    numbers: NDArray[np.float32],
    row: NDArray[np.float32],
) -> None:
    """Scale the spectra `first` to `last` - 1 of one interval and add them; what is not finite counts as the mean, 0."""
    gain, offset = numbers[0], numbers[1]
    row[:] = np.float32(0.0)
    for spectrum in range(first, last):
        values = data[spectrum]
        for c in range(row.size):
            value = gain[c] * np.float32(values[c]) + offset[c]
            row[c] += value if abs(value) <= _LARGEST_SCALED else np.float32(0.0)


@kernel
def _sum_of(row: NDArray[np.float32]) -> np.float32:
    """Add all values: unlike row.sum(), in vectors."""
    total = np.float32(0.0)
    for c in range(row.size):
        total += row[c]
    return total


@kernel
def _is_uniform(state: NDArray[np.int64], first: int, last: int) -> bool:
    """Tell whether the spectra `first` to `last` - 1 are good and of one interval."""
    is_uniform = bool(state[first] >= 0)
    for spectrum in range(first + 1, last):
        if state[spectrum] != state[first]:
            is_uniform = False
    return is_uniform


@kernel
def _sum_mixed_spectra(
    data: NDArray[np.uint8] | NDArray[np.float32],
    first: int,
    last: int,
    state: NDArray[np.int64],
    table: NDArray[np.float32],
    rows: NDArray[np.float32],
) -> None:
    """Make rows[0] of spectra that are bad or of several intervals, one after the other."""
    row, part = rows[0], rows[1]
    row[:] = np.float32(0.0)
    for spectrum in range(first, last):
        if state[spectrum] >= 0:
            numbers = table[state[spectrum]]
            _sum_spectra(data, spectrum, spectrum + 1, numbers, part)
            total = _sum_of(part) if len(numbers) == 3 else np.float32(0.0)
            for c in range(row.size):
                filtered = numbers[2, c] * (total - part[c]) if len(numbers) == 3 else np.float32(0.0)
                row[c] += part[c] - filtered


@kernel
def _requantise(row: NDArray[np.float32], out: NDArray[np.uint8]) -> None:
    """Round values around 0 to values around 128."""
    for c in range(row.size):
        value = row[c] + np.float32(128.5)
        out[c] = np.uint8(np.int32(min(max(value, np.float32(0.0)), np.float32(255.0))))


@kernel
def _filter_and_requantise(row: NDArray[np.float32], weight: NDArray[np.float32], out: NDArray[np.uint8]) -> None:
    """Subtract from every channel the weighted sum over the others, and round."""
    total = _sum_of(row)
    for c in range(row.size):
        value = row[c] - weight[c] * (total - row[c]) + np.float32(128.5)
        out[c] = np.uint8(np.int32(min(max(value, np.float32(0.0)), np.float32(255.0))))


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
    state: NDArray[np.int64],
    table: NDArray[np.float32],
    position: NDArray[np.int64],
    downsample: int,
    out: NDArray[np.uint8],
) -> None:
    """Scale, filter, add `downsample` spectra, requantise and transpose.

    With x(t, c) = gain data + offset of the interval of spectrum t, and y(t, c) = x(t, c) - weight (sum over the other
    channels of x): output sample i of channel c is 128 + the sum of y over its spectra, rounded and clipped to 0..255,
    without the spectra that are bad.

    Parameters: `data` uint8 or float32 [nsamples, nchans]; `state` int64 [nsamples]: interval of each spectrum, -1 for a
    bad one; `table` float32 [nintervals, 2 or 3, nchans]: gain, offset and, with the zero-DM filter, weight, all 0 where a
    channel is masked; `position` int64 [nchans]: flat position in `out` of the first output sample of each channel;
    `downsample` spectra added, a last incomplete group is added as it is; `out` uint8 [nrows, ncolumns].

    Cost: 3 operations a value, 5 with the filter, and 9 for every 8 bytes of output; 1 or 4 bytes read a value, 1 byte
    written an output.
    """
    nsamples, nchans = data.shape
    width = (nchans + 7) // 8 * 8
    # Rows a power of two apart would push one another out of the first-level cache.
    tile = np.zeros((TILE, width + 64 if width % 512 == 0 else width), np.uint8)
    transposed = np.empty((tile.shape[1], TILE), np.uint8)
    rows = np.empty((2, nchans), np.float32)
    nout = (nsamples + downsample - 1) // downsample
    for start in range(0, nout, TILE):
        count = min(TILE, nout - start)
        for t in range(count):
            first = (start + t) * downsample
            last = min(first + downsample, nsamples)
            if _is_uniform(state, first, last):
                numbers = table[state[first]]
                _sum_spectra(data, first, last, numbers, rows[0])
                if len(numbers) == 3:
                    _filter_and_requantise(rows[0], numbers[2], tile[t])
                else:
                    _requantise(rows[0], tile[t])
            else:
                _sum_mixed_spectra(data, first, last, state, table, rows)
                _requantise(rows[0], tile[t])
        transpose_tile(tile.view(np.uint64), transposed.view(np.uint64))
        for c in range(nchans):
            _copy(transposed, c * TILE, count, out, position[c] + start)


@kernel
def add_products(
    data: NDArray[np.uint8] | NDArray[np.float32],
    state: NDArray[np.int64],
    table: NDArray[np.float32],
    sums: NDArray[np.float64],
) -> None:
    """Add x(t, c) X(t) and x(t, c)^2 over the spectra that are not bad, with x as in `clean` and X its sum over channels.

    Parameters: `data` uint8 or float32 [nsamples, nchans]; `state` int64 [nsamples], -1 for a bad spectrum; `table` float32
    [at least 2, nchans], of one interval; `sums` float64 [2, nchans], added to.

    Cost: 7 operations a value; 1 or 4 bytes read a value.
    """
    row = np.empty(data.shape[1], np.float32)
    with_sum, squares = sums[0], sums[1]
    for t in range(data.shape[0]):
        if state[t] >= 0:
            _sum_spectra(data, t, t + 1, table, row)
            total = np.float64(_sum_of(row))
            for c in range(row.size):
                value = np.float64(row[c])
                with_sum[c] += value * total
                squares[c] += value * value
