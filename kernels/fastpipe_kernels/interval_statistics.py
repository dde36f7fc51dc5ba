"""Statistics of channels over an interval of time, in one reading: moments, sums of neighbouring samples, sum over the band.

Sixteen neighbouring channels of one spectrum are one vector. Spectra are gone through in bands of at most 16, aligned with
the interval; of a band, 256 channels at a time stay in the first-level cache while all that is needed of them is added up.
Values are counted from a level near the mean of their channel, so that float32 holds their powers; sums of at most 128
spectra are then added in float64.

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
from fastpipe_kernels.lanes import (
    LANES,
    ends_u8,
    load16,
    load_u8,
    load_u32,
    splat16,
    store16,
    store_transposed,
    store_u8,
    to_float16,
    where_greater16,
)

GROUP = 64
"""Channels must be a multiple of this many: bytes of one vector."""

BAND_ROWS = 16
"""Spectra that are gone through together."""

FLUSH_ROWS = 128
"""Spectra whose powers are added in float32: sums of squares of 8-bit values are exact, and a byte can count them."""

LARGEST_SQUARE = 1e18
"""Values of a larger square are no data, and neither are NaN and infinity: float32 holds the fourth power of all others."""

_WIDE = 256


@kernel
def _flush(recent: NDArray[np.float32], sums: NDArray[np.float64]) -> None:
    """Add the short sums to the long ones and empty them."""
    for i in range(recent.shape[0]):
        source, target = recent[i], sums[i]
        for c in range(source.size):
            target[c] += np.float64(source[c])
            source[c] = np.float32(0)


@kernel
def _add_over_lanes(across: NDArray[np.float32], first: int, zero_dm: NDArray[np.float32]) -> None:
    """Add the 16 lanes of each of 16 rows to `zero_dm` from `first` on, always in the same order, and empty the rows."""
    store_transposed(across, 0, LANES, across, LANES * LANES)
    total = load16(across, LANES * LANES)
    for lane in range(1, LANES):
        total = total + load16(across, LANES * (LANES + lane))
    store16(zero_dm, first, load16(zero_dm, first) + total)
    across[0] = np.float32(0)


@inlined
def _add_to(array: NDArray[np.float32], position: int, value: Any) -> None:
    """Add 16 values to those of an array."""
    store16(array, position, load16(array, position) + value)


@inlined
def _add_or_set(total: NDArray[np.float32], is_first: bool, value: Any) -> None:
    """Add 16 values to a sample of the series; the first ones are stored, so that no one need clear the series before."""
    if is_first:
        store16(total, 0, value)
    else:
        store16(total, 0, load16(total, 0) + value)


@inlined
def _band(first_row: int, start: int, nrows: int) -> Any:
    """Return the row of the interval at which the band of row `start` of a part begins, and where it ends in the part."""
    band = (first_row + start) // BAND_ROWS * BAND_ROWS
    return band, min(nrows, band + BAND_ROWS - first_row)


@inlined
def _step_end(first_row: int, start: int, stop: int, decimation: int) -> Any:
    """Return where the rows from `start` on that belong to one sample of the series end, in the part."""
    together = min(decimation, BAND_ROWS)
    return min(stop, start + together - (first_row + start) % together)


@kernel
def _count_ends(data: NDArray[np.uint8], rows: tuple[int, int], first: int, last: int, ends: NDArray[np.uint8]) -> None:
    """Count the values 0 and 255 of the channels `first` to `last` - 1 in a range of spectra."""
    nchans = data.shape[1]
    for c in range(first, last, GROUP):
        count = load_u8(ends, c)
        for t in range(rows[0], rows[1]):
            count = count + ends_u8(load_u8(data, t * nchans + c))
        store_u8(ends, c, count)


@inlined
def _add_byte_rows(
    data: NDArray[np.uint8],
    rows: tuple[int, int],
    c: int,
    table: NDArray[np.float32],
    total: tuple[NDArray[np.float32], bool],
    recent: NDArray[np.float32],
    across: NDArray[np.float32],
) -> None:
    """Add a range of spectra of the channels `c` to `c` + 15.

    `total`, float32 [16] and True where a sample of the series begins, is set to their sum or added to; `recent` float32
    [5, nchans], as `sums`, and `across` float32 [rows, 16] are added to.
    """
    nchans = data.shape[1]
    offset, weight = load16(table, nchans + c), load16(table, 2 * nchans + c)
    s1, s2, s3, s4 = splat16(np.float32(0)), splat16(np.float32(0)), splat16(np.float32(0)), splat16(np.float32(0))
    slot = 0
    for t in range(rows[0], rows[1]):
        value = to_float16(load_u32(data, t * nchans + c)) - offset
        square = value * value
        s1 = s1 + value
        s2 = s2 + square
        s3 = s3 + square * value
        s4 = s4 + square * square
        _add_to(across, slot, weight * value)
        slot += LANES
    _add_or_set(total[0], total[1], s1)
    _add_to(recent, nchans + c, s1)
    _add_to(recent, 2 * nchans + c, s2)
    _add_to(recent, 3 * nchans + c, s3)
    _add_to(recent, 4 * nchans + c, s4)


@inlined
def _add_float_rows(
    data: NDArray[np.float32],
    rows: tuple[int, int],
    c: int,
    table: NDArray[np.float32],
    total: tuple[NDArray[np.float32], bool],
    recent: NDArray[np.float32],
    across: NDArray[np.float32],
) -> None:
    """Do the same for floats: they are scaled and counted, and what is no data counts as the level."""
    nchans = data.shape[1]
    scale, offset, weight = load16(table, c), load16(table, nchans + c), load16(table, 2 * nchans + c)
    zero, one, limit = splat16(np.float32(0)), splat16(np.float32(1)), splat16(np.float32(LARGEST_SQUARE))
    count, s1, s2, s3, s4 = zero, zero, zero, zero, zero
    slot = 0
    for t in range(rows[0], rows[1]):
        value = load16(data, t * nchans + c) * scale - offset
        found = value * value
        count = count + where_greater16(limit, found, one, zero)
        value = where_greater16(limit, found, value, zero)
        square = value * value
        s1 = s1 + value
        s2 = s2 + square
        s3 = s3 + square * value
        s4 = s4 + square * square
        _add_to(across, slot, weight * value)
        slot += LANES
    _add_or_set(total[0], total[1], s1)
    _add_to(recent, c, count)
    _add_to(recent, nchans + c, s1)
    _add_to(recent, 2 * nchans + c, s2)
    _add_to(recent, 3 * nchans + c, s3)
    _add_to(recent, 4 * nchans + c, s4)


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

    Cost: 11 operations and 1 byte read a value; 4 bytes written a value of the series.
    """
    first_row, decimation = place
    nrows, nchans = data.shape
    recent = np.zeros((5, nchans), np.float32)
    across = np.zeros((2, LANES, LANES), np.float32)
    ends = np.zeros(nchans, np.uint8)
    start = 0
    while start < nrows:
        band, stop = _band(first_row, start, nrows)
        for first in range(0, nchans, _WIDE):
            last = min(first + _WIDE, nchans)
            i = start
            while i < stop:
                row, rows = first_row + i, (i, _step_end(first_row, i, stop, decimation))
                _count_ends(data, rows, first, last, ends)
                for c in range(first, last, LANES):
                    total = series[c // LANES, row // decimation], row % decimation == 0
                    _add_byte_rows(data, rows, c, table, total, recent, across[0, row - band :])
                i = rows[1]
        _add_over_lanes(across, band, zero_dm)
        start = stop
        if start == nrows or (first_row + start) % FLUSH_ROWS == 0:
            for c in range(nchans):
                recent[0, c] = np.float32(ends[c])
                ends[c] = np.uint8(0)
            _flush(recent, sums)


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

    Cost: 15 operations and 4 bytes read a value; 4 bytes written a value of the series.
    """
    first_row, decimation = place
    nrows, nchans = data.shape
    recent = np.zeros((5, nchans), np.float32)
    across = np.zeros((2, LANES, LANES), np.float32)
    start = 0
    while start < nrows:
        band, stop = _band(first_row, start, nrows)
        for first in range(0, nchans, _WIDE):
            i = start
            while i < stop:
                row, rows = first_row + i, (i, _step_end(first_row, i, stop, decimation))
                for c in range(first, min(first + _WIDE, nchans), LANES):
                    total = series[c // LANES, row // decimation], row % decimation == 0
                    _add_float_rows(data, rows, c, table, total, recent, across[0, row - band :])
                i = rows[1]
        _add_over_lanes(across, band, zero_dm)
        start = stop
        if start == nrows or (first_row + start) % FLUSH_ROWS == 0:
            _flush(recent, sums)
