"""Search of the whitened spectra of a lane block for periodic signals with constant acceleration.

Matched filters for a range of drifts, and sums of harmonics of which frequency and drift have the same ratio (Ransom,
Eikenberry & Middleditch 2002, AJ 124, 1788). The search goes through blocks of the highest harmonic. For each of them, and
for each fraction of the highest harmonic, the plane of frequencies and drifts is made one drift at a time, in cache.
"""

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.acceleration_grid import AccelerationGrid
from fastpipe.algorithms.harmonic_peaks import PEAK_DTYPE
from fastpipe.algorithms.significance import log_noise_probability, power_threshold, sigma_from_log_probability
from fastpipe.constants import LANES
from fastpipe.data.tables import Table
from fastpipe.errors import ConfigError
from fastpipe_kernels.acceleration_peaks import CELL_ROWS, CELL_STEPS, Block, Trials, load_block, search_block

ACCELERATION_PEAK_DTYPE = np.dtype([*PEAK_DTYPE.descr, ("z", "f8")])
"""Columns of the table of peaks; `z` is the drift of the fundamental in bins, positive where the frequency rises."""

_RECORD = np.dtype([("row", "i4"), ("step", "i4"), ("power", "f4"), ("level", "i1"), ("lane", "i1")])
_STEPS_TOGETHER = 8 * CELL_STEPS
_LANES_TOGETHER = LANES // 2
_ALIGNMENT = 64


def search_acceleration(
    spectra: NDArray[np.float32], grid: AccelerationGrid, sigma_min: float, workspace: NDArray[np.uint8] | None = None
) -> Table:
    """Search the spectra of 16 series for periodic signals with acceleration.

    A sum of harmonics is a peak if it is above the threshold and no higher one of the same lane and number of harmonics is
    within 6 rows (3 bins) and 4 steps (8 bins of drift) of the highest harmonic. A sinusoid half-way between two trials
    loses 19 % of its power for frequency (7 % in the mean) and 5.4 % for drift (1.8 % in the mean); every other drift loses
    another 0.7 to 1.5 %. Within the length of a filter of either end of the spectrum powers are too low.

    Parameters
    ----------
    spectra
        Whitened spectra, noise of mean power 1, shape [nbins, 2, 16], C order; not changed. Lanes of zeros give no peaks.
    grid
        What to try, from `acceleration_grid`.
    sigma_min
        Gaussian equivalent of the least significant peak that is kept.
    workspace
        uint8 of at least ``acceleration_memory_bytes(grid)``; made anew by default.

    Returns
    -------
    Table
        Peaks of every lane and number of harmonics, sorted by lane, frequency, drift and number of harmonics, type
        `ACCELERATION_PEAK_DTYPE`; frequency and drift are those of the fundamental in the middle of the transform.

    Raises
    ------
    ConfigError
        If the spectra or the working space do not fit the grid.
    """
    _check(spectra, grid)
    work, slots, found = _working_arrays(grid, workspace)
    # Rows beyond the last of a block and the plane before the first filter are made of what is there, and never looked at.
    work[:] = 0.0
    nlevels = len(grid.limits)
    thresholds = np.array([power_threshold(sigma_min, 1 << level) for level in range(nlevels)], np.float32)
    trials, bank = tuple(Trials(grid.limits, grid.first_rows, thresholds)), tuple(grid.filters.bank)
    parts = [np.empty(0, _RECORD)]
    for first_row, stop_row, nsteps in grid.blocks():
        spans = grid.spans(first_row, stop_row, nsteps)
        ready = np.empty(len(spans), np.int64)
        for lane in range(0, LANES, _LANES_TOGETHER):
            block = Block(first_row, stop_row - first_row, -nsteps, nsteps + 1, lane, spans, ready)
            load_block(spectra, tuple(block), bank, work)
            for start in range(-nsteps // _STEPS_TOGETHER * _STEPS_TOGETHER, nsteps + 1, _STEPS_TOGETHER):
                some = block._replace(first_step=max(start, -nsteps), stop_step=min(start + _STEPS_TOGETHER, nsteps + 1))
                nfound = search_block(tuple(some), bank, trials, work, slots, found)
                parts.append(found[:nfound].copy())
    return _peak_table(_highest_around(np.concatenate(parts)), grid.tobs_s)


def acceleration_memory_bytes(grid: AccelerationGrid) -> int:
    """Return the bytes of working space of an acceleration search; its tables, shared by all threads, come on top.

    Parameters
    ----------
    grid
        What to try, from `acceleration_grid`.

    Returns
    -------
    int
        Some MB; the table of peaks comes on top.
    """
    return sum(_part_bytes(grid)) + _ALIGNMENT


def _part_bytes(grid: AccelerationGrid) -> tuple[int, int, int]:
    """Return the bytes of stretches and planes, of slots of cells, and of records."""
    ncells = 2 * grid.filters.length // CELL_ROWS + 2
    nslots = len(grid.limits) * ncells * _LANES_TOGETHER
    ngroups = _STEPS_TOGETHER // CELL_STEPS
    return 4 * grid.filters.work_values, 4 * nslots, ngroups * nslots * _RECORD.itemsize


def _working_arrays(
    grid: AccelerationGrid, workspace: NDArray[np.uint8] | None
) -> tuple[NDArray[np.float32], NDArray[np.int32], Table]:
    """Cut the working arrays out of given memory, the first at the beginning of a cache line."""
    nbytes = acceleration_memory_bytes(grid)
    memory = np.empty(nbytes, np.uint8) if workspace is None else workspace
    if memory.dtype != np.uint8 or memory.ndim != 1 or memory.size < nbytes:
        raise ConfigError(
            f"found working space of {memory.dtype} of shape {memory.shape} for a search with acceleration, expected "
            f"at least {nbytes} of uint8; leave it out to have it made"
        )
    memory = memory[-memory.ctypes.data % _ALIGNMENT :]
    values, slots, records = _part_bytes(grid)
    return (
        memory[:values].view(np.float32),
        memory[values : values + slots].view(np.int32).reshape(len(grid.limits), -1, _LANES_TOGETHER),
        memory[values + slots : values + slots + records].view(_RECORD),
    )


def _check(spectra: NDArray[np.float32], grid: AccelerationGrid) -> None:
    shape = (grid.nbins, 2, LANES)
    if spectra.dtype != np.float32 or spectra.shape != shape or not spectra.flags.c_contiguous:
        raise ConfigError(
            f"found spectra of {spectra.dtype} of shape {spectra.shape}, expected float32 of {shape} in C order; give those "
            "that the grid was made for"
        )


def _highest_around(records: Table) -> Table:
    """Keep the records that are the highest within a cell's length of rows and steps; of equal ones the first."""
    records = records[np.lexsort((records["step"], records["row"], -records["power"]))]
    rank = np.arange(records.size)
    row, step = records["row"].astype(np.int64), records["step"].astype(np.int64)
    step_cell = step // CELL_STEPS
    columns = step_cell - step_cell.min(initial=0) + 1
    rows = row // CELL_ROWS
    ncolumns, nrows = columns.max(initial=0) + 2, rows.max(initial=0) + 2
    series = records["level"].astype(np.int64) * LANES + records["lane"]
    cell = (series * ncolumns + columns) * nrows + rows + 1
    # Blocks may share a cell: np.unique keeps the first of equal cells, which is the highest.
    cells, best = np.unique(cell, return_index=True)
    is_peak = np.zeros(records.size, bool)
    is_peak[best] = True
    candidates = best
    for neighbour in (a * nrows + b for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0)):
        place = np.minimum(np.searchsorted(cells, cell[candidates] + neighbour), cells.size - 1)
        other = best[place]
        is_beaten = (
            (cells[place] == cell[candidates] + neighbour)
            & (rank[other] < rank[candidates])
            & (abs(row[other] - row[candidates]) <= CELL_ROWS)
            & (abs(step[other] - step[candidates]) <= CELL_STEPS)
        )
        is_peak[candidates[is_beaten]] = False
    return records[is_peak]


def _peak_table(records: Table, tobs_s: float) -> Table:
    table = np.zeros(records.size, ACCELERATION_PEAK_DTYPE)
    nharm = 1 << records["level"].astype(np.int64)
    table["lane"], table["nharm"], table["power"] = records["lane"], nharm, records["power"]
    table["freq_hz"] = records["row"] / (2.0 * nharm * tobs_s)
    table["z"] = 2.0 * records["step"] / nharm
    table["log_probability"] = log_noise_probability(records["power"], nharm)
    table["sigma"] = sigma_from_log_probability(table["log_probability"])
    return table[np.lexsort((table["nharm"], table["z"], table["freq_hz"], table["lane"]))]
