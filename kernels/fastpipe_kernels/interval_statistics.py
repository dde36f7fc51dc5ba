"""Statistics of channels over an interval of time, in one reading: moments, sums of neighbouring samples, sum over the band.

Thirty-two neighbouring channels of one spectrum are one vector. Spectra are gone through in bands, aligned with the
interval, that stay in cache. They come from memory row by row, while what counts is counted; then the band is gone through
32 channels at a time, so that their sums stay in registers from its first spectrum to its last. Values are counted
from a level near the mean of their channel, so that float32 holds their powers; sums of at most 128 spectra are then added
in float64.

Both kernels that add spectra take `data` uint8 or float32 [n, nchans], nchans a multiple of 64; `place`, the row of the
interval that the spectra begin at, and the rows added into one sample of the series, a power of two; `table` float32
[3, nchans]: scale, offset and weight; and three outputs. `series` float32 [nchans / 16, nseries, 16], the sums of y over
rows with the same ``row // place[1]``, begin anew where that is a whole number. `sums` float64 [5, nchans], a count and the
sums of y, y^2, y^3 and y^4, and `zero_dm` float32 [nrows, a multiple of 16], the sums of weight y over channels, are added
to.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import inlined, kernel
from fastpipe_kernels.lanes import LANES, ends_u8, load16, load_u8, store16, store_transposed, store_u8
from fastpipe_kernels.wide_lanes import WIDE, load32, lower16, splat32, store32, upper16, where_greater32

GROUP = 64
"""Channels must be a multiple of this many: bytes of one vector."""

BAND_ROWS = 64
"""Spectra that are gone through together."""

FLUSH_ROWS = 128
"""Spectra whose powers are added in float32: sums of squares of 8-bit values are exact, and a byte can count them."""

LARGEST_SQUARE = 1e18
"""Values of a larger square are no data, and neither are NaN and infinity: float32 holds the fourth power of all others."""

Outputs = tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float32]]


@kernel
def _count_ends(
    data: NDArray[np.uint8], rows: tuple[int, int], _table: NDArray[np.float32], counts: NDArray[np.uint8]
) -> None:
    """Count the values 0 and 255 of each channel in a range of spectra."""
    nchans = data.shape[1]
    for t in range(rows[0], rows[1]):
        for c in range(0, nchans, GROUP):
            store_u8(counts, c, load_u8(counts, c) + ends_u8(load_u8(data, t * nchans + c)))


@kernel
def _count_finite(
    data: NDArray[np.float32], rows: tuple[int, int], table: NDArray[np.float32], counts: NDArray[np.uint8]
) -> None:
    """Count the values of each channel in a range of spectra that are data."""
    for t in range(rows[0], rows[1]):
        spectrum = data[t]
        for c in range(spectrum.size):
            value = spectrum[c] * table[0, c] - table[1, c]
            counts[c] += np.uint8(value * value < np.float32(LARGEST_SQUARE))


@inlined
def _byte_deviations(data: NDArray[np.uint8], position: int, _scale: Any, offset: Any) -> Any:
    """Return y of 32 bytes, whose scale is 1."""
    return load32(data, position) - offset


@inlined
def _float_deviations(data: NDArray[np.float32], position: int, scale: Any, offset: Any) -> Any:
    """Return y of 32 floats, 0 for those that are no data."""
    value = load32(data, position) * scale - offset
    return where_greater32(splat32(np.float32(LARGEST_SQUARE)), value * value, value, splat32(np.float32(0)))


@inlined
def _add_or_set(series: NDArray[np.float32], position: int, is_first: bool, value: Any) -> None:
    """Add 16 values to a sample of the series; the first ones are stored, so that no one need clear the series before."""
    if is_first:
        store16(series, position, value)
    else:
        store16(series, position, load16(series, position) + value)


@inlined
def _add_channels(
    deviations: Any,
    data: Any,
    rows: tuple[int, int, int],
    place: tuple[int, int],
    table: NDArray[np.float32],
    totals: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
) -> None:
    """Add a band of the 32 channels from ``rows[2]`` on, in the spectra ``rows[0]`` to ``rows[1] - 1``.

    `totals` are the series, `recent` float32 [5, nchans], as `sums`, and `across` float32 [rows, 16]; all are added to.
    """
    c, (first_row, decimation), nchans = rows[2], place, data.shape[1]
    series, recent, across = totals
    scale, offset, weight = load32(table, c), load32(table, nchans + c), load32(table, 2 * nchans + c)
    zero = splat32(np.float32(0))
    s1, s2, s3, s4 = zero, zero, zero, zero
    stride = series.shape[1] * LANES
    start, slot = rows[0], 0
    while start < rows[1]:
        row = first_row + start
        stop = min(rows[1], start + decimation - row % decimation)
        step = zero
        for t in range(start, stop):
            value = deviations(data, t * nchans + c, scale, offset)
            square = value * value
            step = step + value
            s2 = s2 + square
            s3 = s3 + square * value
            s4 = s4 + square * square
            weighted = weight * value
            store16(across, slot, load16(across, slot) + (lower16(weighted) + upper16(weighted)))
            slot += LANES
        sample = c // LANES * stride + row // decimation * LANES
        _add_or_set(series, sample, row % decimation == 0, lower16(step))
        _add_or_set(series, sample + stride, row % decimation == 0, upper16(step))
        s1 = s1 + step
        start = stop
    store32(recent, nchans + c, load32(recent, nchans + c) + s1)
    store32(recent, 2 * nchans + c, load32(recent, 2 * nchans + c) + s2)
    store32(recent, 3 * nchans + c, load32(recent, 3 * nchans + c) + s3)
    store32(recent, 4 * nchans + c, load32(recent, 4 * nchans + c) + s4)


@kernel
def _add_over_lanes(across: NDArray[np.float32], zero_dm: NDArray[np.float32], first: int, stop: int) -> None:
    """Add the 16 lanes of each row of a band to `zero_dm` from `first` on, always in the same order, and empty the rows."""
    scratch = across.size - LANES * LANES
    for row in range(first, stop, LANES):
        store_transposed(across, (row - first) * LANES, LANES, across, scratch)
        total = load16(across, scratch)
        for lane in range(1, LANES):
            total = total + load16(across, scratch + LANES * lane)
        store16(zero_dm, row, load16(zero_dm, row) + total)
    across[:] = np.float32(0)


@kernel
def _flush(recent: NDArray[np.float32], counts: NDArray[np.uint8], sums: NDArray[np.float64]) -> None:
    """Add the short sums to the long ones and empty them."""
    recent[0] = counts
    for i in range(recent.shape[0]):
        source, target = recent[i], sums[i]
        for c in range(source.size):
            target[c] += np.float64(source[c])
            source[c] = np.float32(0)
    counts[:] = np.uint8(0)


@inlined
def _add_spectra(
    count: Any, deviations: Any, data: Any, place: tuple[int, int], table: NDArray[np.float32], outputs: Outputs
) -> None:
    """Add spectra to the sums of an interval, with kernels that count and that return y (parameters: see the module)."""
    first_row = place[0]
    nrows, nchans = data.shape
    series, sums, zero_dm = outputs
    recent = np.zeros((5, nchans), np.float32)
    across = np.zeros((BAND_ROWS + LANES, LANES), np.float32)
    counts = np.zeros(nchans, np.uint8)
    start = 0
    while start < nrows:
        band = (first_row + start) // BAND_ROWS * BAND_ROWS
        stop = min(nrows, band + BAND_ROWS - first_row)
        count(data, (start, stop), table, counts)
        for c in range(0, nchans, WIDE):
            totals = series, recent, across[first_row + start - band :]
            _add_channels(deviations, data, (start, stop, c), place, table, totals)
        _add_over_lanes(across, zero_dm, band, first_row + stop)
        start = stop
        if start == nrows or (first_row + start) % FLUSH_ROWS == 0:
            _flush(recent, counts, sums)


@kernel
def add_bytes(
    data: NDArray[np.uint8],
    place: tuple[int, int],
    table: NDArray[np.float32],
    series: NDArray[np.float32],
    sums: NDArray[np.float64],
    zero_dm: NDArray[np.float32],
) -> None:
    """Add 8-bit spectra to the sums of an interval, with ``y = x - offset`` (parameters: see the module).

    ``sums[0]`` counts the values 0 and 255.

    Cost: 9 instructions a vector of values, 1 byte read a value and 4 bytes written a value of the series.
    """
    _add_spectra(_count_ends, _byte_deviations, data, place, table, (series, sums, zero_dm))


@kernel
def add_floats(
    data: NDArray[np.float32],
    place: tuple[int, int],
    table: NDArray[np.float32],
    series: NDArray[np.float32],
    sums: NDArray[np.float64],
    zero_dm: NDArray[np.float32],
) -> None:
    """Add float32 spectra to the sums of an interval, with ``y = scale x - offset`` (parameters: see the module).

    ``sums[0]`` counts the y whose square is below `LARGEST_SQUARE`; all others, NaN and infinity too, count as y = 0.

    Cost: 15 instructions a vector of values, 4 bytes read a value and 4 bytes written a value of the series.
    """
    _add_spectra(_count_finite, _float_deviations, data, place, table, (series, sums, zero_dm))
