"""The matched filters of an acceleration search, as the tables that its kernels read."""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.chirp_response import chirp_response, jerk_responses
from fastpipe.algorithms.lane_fft import factors_235, next_fft_length, transform_passes
from fastpipe.constants import LANES
from fastpipe_kernels.acceleration import PARTS, SCRATCH_PARTS, SPACING, Column, FilterBank

SIDE_BINS = 16
"""Bins that a filter reaches beyond the drift on either side. What is left out is 1.3 % of the power of a sinusoid half-way
between two bins, and less elsewhere."""
_SPARE_BINS = 12
"""Bins that rounding of frequency, drift and its change adds to a stretch."""
DRIFT_STEP = 2.0
"""Bins of z between neighbouring steps of drift of the highest harmonic."""
JERK_STEP = 20.0
"""Bins of w between neighbouring steps of jerk of the highest harmonic."""


@dataclass(frozen=True, slots=True)
class FilterPlan:
    """What the filters of a search are and where they have their places; read-only, shared by all threads."""

    nsteps: int
    """Largest absolute step of drift of the highest harmonic."""
    nharm_max: int
    """Most harmonics summed."""
    length: int
    """Bins of the stretches of the highest harmonic."""
    layout: NDArray[np.int64] = field(compare=False, repr=False)
    """As in `FilterBank`."""
    radices: NDArray[np.int64] = field(compare=False, repr=False)
    """As in `FilterBank`."""
    twiddles: NDArray[np.float32] = field(compare=False, repr=False)
    """As in `FilterBank`."""
    nvalues: int
    """float32 values of the filters."""
    ngains: int
    """float32 values of the gains."""
    work_values: int
    """float32 values of the working space."""

    @property
    def filter_bytes(self) -> int:
        """Bytes of filters and gains."""
        return 4 * (self.nvalues + self.ngains)

    def bank(self, values: NDArray[np.float32]) -> FilterBank:
        """Return the tables for the kernels; `values` are those of the filters, and after them those of the gains."""
        filters, gains = values[: self.nvalues], values[self.nvalues : self.nvalues + self.ngains]
        return FilterBank(self.layout, self.radices, self.twiddles, filters, gains)


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


def reach_bins(nsteps: int, wsteps: int = 0) -> int:
    """Return the bins that filters for up to `nsteps` steps of drift need on either side of a stretch.

    Every other step has a filter, so the last may be one step further. A change w of the drift moves the frequency by up to
    w / 10 more from its best mean: 2 bins a step.

    Examples
    --------
    >>> reach_bins(0), reach_bins(3), reach_bins(3, 5)
    (16, 20, 30)
    """
    return nsteps + nsteps % 2 + 2 * wsteps + SIDE_BINS


@cache
def plan_filters(nsteps: int, nharm_max: int, length: int) -> FilterPlan:
    """Plan the filters for all steps of drift of all fractions of the highest harmonic.

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
    FilterPlan
        Less than 1 MB; made once in a process.
    """
    layout = np.zeros((nharm_max, len(Column)), np.int64)
    radices = np.zeros((nharm_max, 2, 32), np.int64)
    twiddles: list[NDArray[np.float32]] = []
    nfilters, ngains = 0, 0
    for row, passes, fraction in zip(layout, radices, fractions_of(nharm_max), strict=True):
        share = fraction[0] / (1 << fraction[1])
        needed = share * length + 2 * SIDE_BINS * (1.0 - share) + (_SPARE_BINS if fraction[1] else 0)
        row[Column.PART_ROWS] = next_fft_length(-(-int(np.ceil(needed)) // 4))
        _add_transforms(row, passes, twiddles)
        row[Column.FILTERS], row[Column.GAINS] = nfilters, ngains
        row[Column.MIDDLE] = (nearest(nsteps, fraction) + 1) // 2
        count = 2 * int(row[Column.MIDDLE]) + 1
        nfilters, ngains = nfilters + count * 16 * int(row[Column.PART_ROWS]), ngains + 2 * count
    work_values, together = _lay_out_work(layout), np.concatenate(twiddles)
    for table in (layout, radices, together):
        table.flags.writeable = False
    length = 4 * int(layout[0, Column.PART_ROWS])
    return FilterPlan(nsteps, nharm_max, length, layout, radices, together, nfilters, ngains, work_values)


def make_filters(plan: FilterPlan) -> NDArray[np.float32]:
    """Make the filters for all drifts that do not change.

    Step n is a drift of z = 2 n bins. The even ones have filters: the response to such a drift, from ``-|n| - 16`` to
    ``|n| + 16`` bins, turned to the mean of its phase and divided by the root of its energy. The odd ones are sums of their
    neighbours, which costs 1.5 % of the power of a signal just between them.

    Parameters
    ----------
    plan
        From `plan_filters`.

    Returns
    -------
    ndarray
        Values for `FilterPlan.bank`, read-only: 6 MB for 100 steps, 8 harmonics and 1024 bins, 430 MB for 1000 steps.
    """
    values = np.empty(plan.nvalues + plan.ngains, np.float32)
    write_filters(plan.bank(values), 0)
    values.flags.writeable = False
    return values


def write_filters(bank: FilterBank, wstep: int) -> None:
    """Fill `filters` and `gains` of a bank for one step of jerk of the highest harmonic: a w of 20 bins.

    Parameters
    ----------
    bank
        From `FilterPlan.bank`; `filters` and `gains` **are overwritten**.
    wstep
        Step of the highest harmonic; each fraction of it has the nearest to that fraction of the step.
    """
    for row, fraction in zip(bank.layout, fractions_of(len(bank.layout)), strict=True):
        filters = bank.filters[int(row[Column.FILTERS]) :]
        gains = bank.gains[int(row[Column.GAINS]) :]
        _write_fraction(int(row[Column.MIDDLE]), int(row[Column.PART_ROWS]), nearest(wstep, fraction), filters, gains)


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


def _write_fraction(
    middle: int, part_rows: int, wstep: int, filters: NDArray[np.float32], gains: NDArray[np.float32]
) -> None:
    """Write filters and gains, flat, for steps -2 `middle` to 2 `middle`, in the order of `Column.FILTERS`."""
    length, steps = 4 * part_rows, 2 * np.arange(-middle, middle + 1)
    reach = reach_bins(2 * middle, abs(wstep))
    offsets = np.stack([np.arange(-reach, reach + 1) - shift for shift in (0.0, 0.5)]).astype(np.float64)
    responses = _responses(offsets, np.asarray(DRIFT_STEP * steps, np.float64), JERK_STEP * wstep)
    before = np.zeros((2, length), np.complex128)
    for number, step in enumerate(steps.tolist()):
        is_left_out = abs(offsets) > reach_bins(abs(step), abs(wstep))
        # The phase at which a drift begins and ends changes with z; taking off its mean lets neighbouring filters be added.
        response = np.exp(-1j * np.pi * (offsets + step / 6.0)) * responses[number]
        response[is_left_out] = 0.0
        padded = np.zeros((2, length), np.complex128)
        padded[:, np.arange(-reach, reach + 1) % length] = response / np.sqrt((abs(response) ** 2).sum(axis=1))[:, None]
        gains[2 * number : 2 * number + 2] = 1.0 / (abs(padded + before) ** 2).sum(axis=1)
        before = padded
        spectrum = np.fft.fft(padded) / length  # the transforms there and back multiply by the length
        values = np.stack([spectrum.real, spectrum.imag], axis=-1).astype(np.float32)
        table = values.reshape(2, 4, part_rows, 2).transpose(2, 1, 0, 3).reshape(-1)
        filters[table.size * number : table.size * (number + 1)] = table


def _responses(offsets: NDArray[np.float64], z: NDArray[np.float64], w: float) -> NDArray[np.complex128]:
    """Return the responses to all drifts, shape [ndrifts, *offsets.shape]."""
    if w == 0.0:
        return np.stack([chirp_response(offsets, drift) for drift in z])
    return jerk_responses(offsets.reshape(-1), z, w).reshape(-1, *offsets.shape)


def _lay_out_work(layout: NDArray[np.int64]) -> int:
    """Give every fraction its places in the working space, after the scratch; returns the number of its values."""
    used = SCRATCH_PARTS * (LANES * int(layout[:, Column.PART_ROWS].max()) + SPACING)
    for row in layout:
        part = LANES * int(row[Column.PART_ROWS])
        row[Column.STRETCH], row[Column.AMPLITUDES] = used, used + 4 * part
        row[Column.POWERS] = used + (4 + PARTS) * part
        row[Column.PLANE_VALUES] = PARTS * part // 2  # rows of powers have 8 lanes
        used += (4 + 2 * PARTS) * part
    return used
