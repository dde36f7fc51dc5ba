"""Sums of 1, 2, 4, 8 and 16 harmonics over frequency and drift, and the highest of each cell of that plane.

Row j is the highest harmonic at j / 2 Fourier bins, step n a drift of z = 2 n bins. As in `harmonic_sum`,
``S_2H(j, n) = S_H(j, n) + sum over odd h < 2H of P[round(h j / 2H), round(h n / 2H)]``, and level l has 2^l harmonics.
Fraction 0 of a filter bank is the highest harmonic itself; fraction 2^(l - 1) + (h - 1) / 2 is h / 2^l of it.

Kernels take their named tuples as plain ones where Python calls them: Numba knows the types of those 200 times faster.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import kernel
from fastpipe_kernels.acceleration import Column, FilterBank, filter_plane, load_stretch
from fastpipe_kernels.lanes import load8, splat8, store8
from fastpipe_kernels.wide_lanes import greater_bits8

CELL_ROWS = 6
"""Half bins of the highest harmonic in which only the highest sum is kept."""
CELL_STEPS = 4
"""Steps of drift in which only the highest sum is kept."""
TILE_ROWS = 64
"""Rows that are summed together; those from the last tile of a block that lie beyond it are made of anything."""
_LANES = 8

_POWERS, _PLANE_VALUES, _MIDDLE = int(Column.POWERS), int(Column.PLANE_VALUES), int(Column.MIDDLE)


class Block(NamedTuple):
    """A stretch of the highest harmonic that is searched at a time."""

    first_row: int
    """First row of the highest harmonic."""
    nrows: int
    """Number of its rows."""
    first_step: int
    """First step that is searched."""
    stop_step: int
    """Step after the last."""
    lane: int
    """First of the 8 lanes: 0 or 8."""
    spans: NDArray[np.int64]
    """For every fraction: first bin of its stretch, half bins of it that are skipped, half bins that are wanted."""
    ready: NDArray[np.int64]
    """The last filtered step of every fraction; changed by the search."""


class Trials(NamedTuple):
    """Which sums are tested, and what is kept."""

    limits: NDArray[np.int64]
    """First row and row after the last of every level, shape [nlevels, 2]."""
    first_rows: NDArray[np.int64]
    """First row in which a step is in the range of acceleration, by its absolute value."""
    thresholds: NDArray[np.float32]
    """Sums that are noted are larger, shape [nlevels]."""


@kernel
def _note(
    tile: NDArray[np.float32],
    i: int,
    bits: int,
    place: tuple[int, int, int, int, int, int],
    slots: NDArray[np.int32],
    found: NDArray[Any],
) -> int:
    """Hold row `i` of a tile, in the lanes of `bits`, against the highest of their cell; returns the new length of the list.

    `place` is the row, step, level, first lane, cell of rows, and the length of the list.
    """
    row, step, level, first_lane, cell, nfound = place
    for lane in range(_LANES):
        if not (bits >> lane) & 1:
            continue
        power = tile[_LANES * i + lane]
        slot = slots[level, cell, lane]
        # A slot of an earlier cell of steps is done with: what it points to stays in the list.
        if slot < 0 or found["step"][slot] // CELL_STEPS != step // CELL_STEPS:
            slot = nfound
            slots[level, cell, lane] = slot
            nfound += 1
            found["level"][slot] = level
            found["lane"][slot] = first_lane + lane
        elif power <= found["power"][slot]:
            continue
        found["row"][slot] = row
        found["step"][slot] = step
        found["power"][slot] = power
    return nfound


@kernel
def _add_fraction(
    tile: NDArray[np.float32], powers: NDArray[np.float32], start: int, row: int, fraction: int, threshold: Any
) -> int:
    """Add a fraction of the highest harmonic to a tile; returns bits of the lanes in which a sum is above the threshold."""
    level = _level_of(fraction)
    half = (1 << level) >> 1
    numerator = 2 * (fraction - half) + 1 if fraction else 1
    bits = 0
    for i in range(TILE_ROWS):
        total = load8(tile, _LANES * i) + load8(powers, start + ((numerator * (row + i) + half) >> level << 3))
        store8(tile, _LANES * i, total)
        bits |= greater_bits8(total, threshold)
    return bits


@kernel
def _level_of(fraction: int) -> int:
    """Return the level that a fraction of the highest harmonic belongs to."""
    level = 0
    while fraction >> level:
        level += 1
    return level


@kernel
def _nearest_step(fraction: int, step: int) -> int:
    """Return the step of a fraction of the highest harmonic that is nearest to that fraction of `step`."""
    level = _level_of(fraction)
    half = (1 << level) >> 1
    return ((2 * (fraction - half) + 1) * step + half) >> level if fraction else step


@kernel
def _make_planes(step: int, block: Block, bank: FilterBank, starts: NDArray[np.int64], work: NDArray[np.float32]) -> None:
    """Filter what a step needs of every fraction, as far as it is not done, and store where the powers of row 0 would be."""
    for fraction in range(block.ready.size):
        wanted = _nearest_step(fraction, step)
        while block.ready[fraction] < wanted:
            block.ready[fraction] += 2
            number = (block.ready[fraction] >> 1) + bank.layout[fraction, _MIDDLE]
            filter_plane(number, block.spans[fraction, 1:], bank, fraction, work)
        first_row = 2 * block.spans[fraction, 0] + block.spans[fraction, 1]
        starts[fraction] = bank.layout[fraction, _POWERS] - 8 * first_row
        if block.ready[fraction] == wanted:
            starts[fraction] += bank.layout[fraction, _PLANE_VALUES]


@kernel
def _scan_tile(row: int, step: int, block: Block, trials: Trials, memory: Any, records: Any, nfound: int) -> int:
    """Sum the harmonics of a tile from `row` on and note what is above the thresholds; returns the new length of the list.

    `memory` is the working space, where the powers of row 0 would be in it, and the tile; `records` are slots and list.
    """
    work, starts, tile = memory
    slots, found = records
    tile[:] = 0.0
    first_row = max(row, trials.first_rows[abs(step)])
    first_cell = block.first_row // CELL_ROWS
    for fraction in range(starts.size):
        level = _level_of(fraction)
        threshold = splat8(trials.thresholds[level])
        bits = _add_fraction(tile, work, starts[fraction], row, fraction, threshold)
        is_whole = fraction + 1 == 1 << level
        if not (bits and is_whole):
            continue
        first = max(first_row, trials.limits[level, 0])
        stop = min(row + TILE_ROWS, block.first_row + block.nrows, trials.limits[level, 1])
        for j in range(first, stop):
            bits = greater_bits8(load8(tile, _LANES * (j - row)), threshold)
            if bits:
                place = (j, step, level, block.lane, j // CELL_ROWS - first_cell, nfound)
                nfound = _note(tile, j - row, bits, place, slots, found)
    return nfound


@kernel
def load_block(spectra: NDArray[np.float32], block_values: Any, bank_tables: Any, work: NDArray[np.float32]) -> None:
    """Transform the stretches of all fractions for a search that begins at `block.first_step`.

    Parameters: `spectra` float32 [nbins, 2, 16], white; `block_values` and `bank_tables` plain tuples of what `Block` and
    `FilterBank` hold, `ready` overwritten; `work` float32, flat, overwritten.

    Cost: 5 L log2 L operations a lane and fraction.
    """
    block, bank = Block(*block_values), FilterBank(*bank_tables)
    for fraction in range(block.ready.size):
        load_stretch(spectra, block.spans[fraction, 0], block.lane, bank, fraction, work)
        block.ready[fraction] = (_nearest_step(fraction, block.first_step) & ~1) - 2


@kernel
def search_block(
    block_values: Any,
    bank_tables: Any,
    trial_tables: Any,
    work: NDArray[np.float32],
    slots: NDArray[np.int32],
    found: NDArray[Any],
) -> int:
    """Find the highest sum of every cell, level and lane above the thresholds; returns how many it wrote to `found`.

    Calls for the steps of a block must follow one another in ascending order, the first after `load_block`.

    Parameters: plain tuples of what `Block`, `FilterBank` and `Trials` hold, with as many spans as the highest level that is
    tested needs, `ready` changed; `work` float32, flat, changed; `slots` int32 [nlevels, ncells, 8], overwritten; `found`
    records (row, step, level, lane, power), overwritten, room for one in every cell of rows and steps, level and lane.

    Cost: for every row and step one addition and 96 bytes from cache a harmonic, and what `filter_plane` costs: half a plane
    of every fraction, of as many rows and steps as the fraction.
    """
    block, bank, trials = Block(*block_values), FilterBank(*bank_tables), Trials(*trial_tables)
    starts, tile = np.empty(block.ready.size, np.int64), np.empty(TILE_ROWS * _LANES, np.float32)
    slots[:] = -1
    nfound = 0
    for step in range(block.first_step, block.stop_step):
        _make_planes(step, block, bank, starts, work)
        skipped = max(0, trials.first_rows[abs(step)] - block.first_row) // TILE_ROWS * TILE_ROWS
        for row in range(block.first_row + skipped, block.first_row + block.nrows, TILE_ROWS):
            nfound = _scan_tile(row, step, block, trials, (work, starts, tile), (slots, found), nfound)
    return nfound
