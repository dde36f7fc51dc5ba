"""The matched filters of an acceleration search, as the tables that its kernels read."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.chirp_response import chirp_response
from fastpipe.algorithms.lane_fft import factors_235, next_fft_length, transform_passes
from fastpipe.constants import LANES
from fastpipe_kernels.acceleration import PARTS, SCRATCH_PARTS, Column, FilterBank

SIDE_BINS = 16
"""Bins that a filter reaches beyond the drift on either side. What is left out is 1.3 % of the power of a sinusoid half-way
between two bins, and less elsewhere."""
_SPARE_BINS = 8
"""Bins that rounding adds to a stretch."""


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a search and the memory they work in; read-only, shared by all threads."""

    bank: FilterBank
    """Tables for the kernels."""
    length: int
    """Bins of the stretches of the highest harmonic."""
    work_values: int
    """float32 values of the working space."""


def fractions_of(nharm: int) -> list[tuple[int, int]]:
    """List the harmonics as odd numerator and level: h / 2^level of the highest; each level after those before it.

    Examples
    --------
    >>> fractions_of(4)
    [(1, 0), (1, 1), (1, 2), (3, 2)]
    """
    odd = [(h, level) for level in range(1, nharm.bit_length()) for h in range(1, 1 << level, 2)]
    return [(1, 0), *odd]


def nearest(number: int, fraction: tuple[int, int]) -> int:
    """Round a row or step of the highest harmonic times a fraction of it.

    Examples
    --------
    >>> nearest(10, (3, 2)), nearest(-10, (3, 2))
    (8, -7)
    """
    numerator, level = fraction
    return (numerator * number + ((1 << level) >> 1)) >> level


def reach_bins(nsteps: int) -> int:
    """Return the bins that filters for up to `nsteps` steps need on either side of a stretch.

    Every other step has a filter, so the last may be one step further.

    Examples
    --------
    >>> reach_bins(0), reach_bins(3)
    (16, 20)
    """
    return nsteps + nsteps % 2 + SIDE_BINS


@cache
def make_filters(nsteps: int, nharm_max: int, length: int) -> Filters:
    """Make the filters for all steps of drift of all fractions of the highest harmonic.

    Step n is a drift of z = 2 n bins. The even ones have filters: the response to such a drift, from -|n| - 16 to |n| + 16
    bins, turned to the mean of its phase and divided by the root of its energy. The odd ones are sums of their neighbours,
    which costs 1.5 % of the power of a signal just between them.

    Parameters
    ----------
    nsteps
        Largest absolute step of the highest harmonic.
    nharm_max
        Most harmonics summed: 1, 2, 4, 8 or 16.
    length
        Bins of the stretches of the highest harmonic, a multiple of 4 and product of 2, 3 and 5.

    Returns
    -------
    Filters
        Tables, 6 MB for 100 steps, 8 harmonics and 1024 bins; made once in a process.
    """
    layout = np.zeros((nharm_max, len(Column)), np.int64)
    radices = np.zeros((nharm_max, 2, 32), np.int64)
    twiddles: list[NDArray[np.float32]] = []
    filters: list[NDArray[np.float32]] = []
    gains: list[NDArray[np.float32]] = []
    for row, passes, fraction in zip(layout, radices, fractions_of(nharm_max), strict=True):
        share = fraction[0] / (1 << fraction[1])
        needed = share * length + 2 * SIDE_BINS * (1.0 - share) + (_SPARE_BINS if fraction[1] else 0)
        part_rows = next_fft_length(-(-int(np.ceil(needed)) // 4))
        row[Column.PART_ROWS] = part_rows
        _add_transforms(row, passes, twiddles)
        row[Column.FILTERS], row[Column.GAINS] = sum(map(len, filters)), sum(map(len, gains))
        most = nearest(nsteps, fraction)
        row[Column.MIDDLE] = (most + 1) // 2
        some, some_gains = _filter_tables(int(row[Column.MIDDLE]), part_rows)
        filters.append(some)
        gains.append(some_gains)
    tables = [np.concatenate(parts) for parts in (twiddles, filters, gains)]
    work_values = _lay_out_work(layout)
    bank = FilterBank(layout, radices, *tables)
    for table in bank:
        table.flags.writeable = False
    return Filters(bank, 4 * int(layout[0, Column.PART_ROWS]), work_values)


def _add_transforms(row: NDArray[np.int64], radices: NDArray[np.int64], twiddles: list[NDArray[np.float32]]) -> None:
    """Add the tables of the transforms of a stretch and of a part, and of the pass between them."""
    part_rows = int(row[Column.PART_ROWS])
    columns = (Column.NRADICES, Column.TWIDDLES), (Column.NPART_RADICES, Column.PART_TWIDDLES)
    for number, (length, (count, offset)) in enumerate(zip((4 * part_rows, part_rows), columns, strict=True)):
        factors = factors_235(length)
        radices[number, : len(factors)] = factors
        row[count], row[offset] = len(factors), sum(map(len, twiddles))
        twiddles.append(transform_passes(length)[1])
    row[Column.TURNS] = sum(map(len, twiddles))
    angles = -2.0 * np.pi * np.outer(np.arange(part_rows), np.arange(1, 4)) / (4 * part_rows)
    twiddles.append(np.stack([np.cos(angles), np.sin(angles)], axis=-1).astype(np.float32).reshape(-1))


def _filter_tables(middle: int, part_rows: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return filters and gains, flat, for steps -2 `middle` to 2 `middle`, in the order of `Column.FILTERS`."""
    length = 4 * part_rows
    before = np.zeros((2, length), np.complex128)
    tables, gains = [], []
    for number in range(-middle, middle + 1):
        padded = np.stack([_padded_filter(2 * number, length, shift) for shift in (0.0, 0.5)])
        gains.append(1.0 / (abs(padded + before) ** 2).sum(axis=1))
        before = padded
        spectrum = np.fft.fft(padded) / length  # the transforms there and back multiply by the length
        values = np.stack([spectrum.real, spectrum.imag], axis=-1).astype(np.float32)
        tables.append(values.reshape(2, 4, part_rows, 2).transpose(2, 1, 0, 3).reshape(-1))
    return np.concatenate(tables), np.concatenate(gains).astype(np.float32)


def _padded_filter(step: int, length: int, shift: float) -> NDArray[np.complex128]:
    """Return the normalised response to a drift for frequencies `shift` bins up, its bin q at q modulo `length`."""
    reach = abs(step) + SIDE_BINS
    bins = np.arange(-reach + (1 if shift else 0), reach + 1)
    z, offsets = 2.0 * step, bins - shift
    # The phase at which a drift begins and ends changes with z; taking off its mean lets neighbouring filters be added.
    response = np.exp(-1j * np.pi * (offsets + z / 12.0)) * chirp_response(offsets, z)
    padded = np.zeros(length, np.complex128)
    padded[bins % length] = response / np.sqrt((abs(response) ** 2).sum())
    return padded


def _lay_out_work(layout: NDArray[np.int64]) -> int:
    """Give every fraction its places in the working space, after the scratch; returns the number of its values."""
    used = SCRATCH_PARTS * LANES * int(layout[:, Column.PART_ROWS].max())
    for row in layout:
        part = LANES * int(row[Column.PART_ROWS])
        row[Column.STRETCH], row[Column.AMPLITUDES] = used, used + 4 * part
        row[Column.POWERS] = used + (4 + PARTS) * part
        row[Column.PLANE_VALUES] = PARTS * part // 2  # rows of powers have 8 lanes
        used += (4 + 2 * PARTS) * part
    return used
