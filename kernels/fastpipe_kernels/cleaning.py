"""From spectra of the file to clean channels: scaled, downsampled, filtered, requantised and transposed."""

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import kernel
from fastpipe_kernels.byte_lanes import BLOCK, LARGEST_FINITE, finite64, floor_bytes64, load64, splat64, store64
from fastpipe_kernels.byte_transpose import store_columns
from fastpipe_kernels.lanes import store_u8
from fastpipe_kernels.streaming import address, finish_streaming

TILE = 256
"""Samples that are transposed together: so many bytes are written in one go to each row."""

_GROUP = 512
"""Channels that are transposed together: a tile of them stays in the second-level cache, their table in the first.

More channels at a time read the spectra in longer runs; fewer would wait for memory with each of them.
"""

_CACHED_BYTES = 2**22
"""Results larger than this are streamed past the caches: the first columns would be out of them before the last are in."""


@kernel
def _scale(data: NDArray[np.uint8] | NDArray[np.float32], numbers: NDArray[np.float32], row: NDArray[np.float32]) -> None:
    """Scale one spectrum; what is not finite counts as the mean, 0."""
    gain, offset = numbers[0], numbers[1]
    for c in range(row.size):
        value = gain[c] * np.float32(data[c]) + offset[c]
        row[c] = value if abs(value) <= LARGEST_FINITE else np.float32(0.0)


@kernel
def _sum_of(row: NDArray[np.float32]) -> np.float32:
    """Add all values: unlike row.sum(), in vectors."""
    total = np.float32(0.0)
    for c in range(row.size):
        total += row[c]
    return total


@kernel
def _add_bands(
    data: NDArray[np.uint8] | NDArray[np.float32],
    state: NDArray[np.int64],
    table: NDArray[np.float32],
    totals: NDArray[np.float32],
) -> None:
    """Make the sum over all channels of every spectrum that is not bad."""
    nsamples, nchans = data.shape
    whole = nchans // BLOCK * BLOCK
    sums, rest = np.empty(BLOCK, np.float32), np.empty(nchans - whole, np.float32)
    for t in range(nsamples):
        if state[t] >= 0:
            start = state[t] * table.shape[1] * nchans
            total = splat64(np.float32(0.0))
            for c in range(0, whole, BLOCK):
                value = load64(table, start + c) * load64(data, t * nchans + c) + load64(table, start + nchans + c)
                total = total + finite64(data, value)
            store64(sums, 0, total)
            _scale(data[t, whole:], table[state[t], :, whole:], rest)
            totals[t] = _sum_of(sums) + _sum_of(rest)


@kernel
def _clean_group(
    data: NDArray[np.uint8] | NDArray[np.float32],
    state: NDArray[np.int64],
    table: NDArray[np.float32],
    totals: NDArray[np.float32],
    downsample: int,
    first: int,
    tile: NDArray[np.uint8],
) -> None:
    """Clean the channels from `first` on into the rows of a tile, one row for `downsample` spectra.

    The last 64 channels may stand in the tile together with some that come before them.
    """
    nsamples, nchans = data.shape
    is_filtered = table.shape[1] == 3
    for t in range(0, nsamples, downsample):
        for channel in range(first, min(first + _GROUP, nchans), BLOCK):
            c = min(channel, nchans - BLOCK)
            value = splat64(np.float32(128.5))
            for spectrum in range(t, min(t + downsample, nsamples)):
                if state[spectrum] >= 0:
                    start = state[spectrum] * table.shape[1] * nchans + c
                    x = load64(table, start) * load64(data, spectrum * nchans + c) + load64(table, start + nchans)
                    x = finite64(data, x)
                    if is_filtered:
                        x = x - load64(table, start + 2 * nchans) * (splat64(totals[spectrum]) - x)
                    value = value + x
            store_u8(tile, t // downsample * tile.shape[1] + channel - first, floor_bytes64(value))


@kernel
def _samples_to_line(position: NDArray[np.int64], out: NDArray[np.uint8]) -> int:
    """Return the samples up to the next cache line, -1 if the rows are not alike or `out` is better kept in the caches."""
    misfit = (address(out) + position[0]) % BLOCK
    for c in range(position.size):
        if (position[c] - position[0]) % BLOCK != 0:
            return -1
    return (BLOCK - misfit) % BLOCK if out.size > _CACHED_BYTES else -1


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

    Parameters: `data` uint8 or float32 [nsamples, width], C-contiguous, at least nchans and 64 wide; `state` int64
    [nsamples]: interval of each spectrum, -1 for a bad one; `table` float32 [nintervals, 2 or 3, width]: gain, offset and,
    with the zero-DM filter, weight, all 0 where a channel is masked; `position` int64 [nchans]: flat position in `out` of
    the first output sample of each channel; `downsample` spectra added, a last incomplete group is added as it is; `out`
    uint8 [nrows, ncolumns].

    Cost: 3 operations a value, 8 with the filter, and 6 shuffles for every 64 bytes of output; 1 or 4 bytes read a value,
    twice with the filter, 1 byte written an output.
    """
    nsamples, width = data.shape
    tile, block = np.zeros((TILE, _GROUP + BLOCK), np.uint8), np.empty((BLOCK, BLOCK), np.uint8)
    totals = np.zeros(TILE * downsample, np.float32)
    flat, nchans = out.reshape(-1), position.size
    head = _samples_to_line(position, flat)
    nout, start = (nsamples + downsample - 1) // downsample, 0
    while start < nout:
        stop = min(start + (head if start == 0 and head > 0 else TILE), nout)
        part = data[start * downsample : min(stop * downsample, nsamples)]
        states, places = state[start * downsample :], position + start
        if table.shape[1] == 3:
            _add_bands(part, states, table, totals)
        for first in range(0, nchans, _GROUP):
            _clean_group(part, states, table, totals, downsample, first, tile)
            for channel in range(first, min(first + _GROUP, nchans), BLOCK):
                c = min(channel, width - BLOCK)
                store_columns(tile, channel - first, stop - start, places[c : c + BLOCK], flat, block, head >= 0)
        start = stop
    if head >= 0:
        finish_streaming()


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
            _scale(data[t], table, row)
            total = np.float64(_sum_of(row))
            for c in range(row.size):
                value = np.float64(row[c])
                with_sum[c] += value * total
                squares[c] += value * value
