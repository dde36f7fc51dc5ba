"""Search of the whitened spectra of a lane block for periodic signals with acceleration, constant or changing steadily.

Matched filters for a range of drifts, and sums of harmonics of which frequency and drift have the same ratio (Ransom,
Eikenberry & Middleditch 2002, AJ 124, 1788). The search goes through blocks of the highest harmonic. For each of them, and
for each fraction of the highest harmonic, the plane of frequencies and drifts is made one drift at a time, in cache. With
jerk it goes over the spectrum again for every change of the drift, with filters that are made for it and then overwritten
(Andersen & Ransom 2018, ApJ 863, L13).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.acceleration_filters import make_filters, write_filters
from fastpipe.algorithms.acceleration_grid import AccelerationGrid
from fastpipe.algorithms.acceleration_peaks import RECORD_DTYPE, peak_table
from fastpipe.algorithms.significance import power_threshold
from fastpipe.constants import LANES
from fastpipe.data.tables import Table
from fastpipe.errors import ConfigError
from fastpipe_kernels.acceleration import FilterBank
from fastpipe_kernels.acceleration_peaks import CELL_ROWS, CELL_STEPS, Block, Trials, load_block, search_block

_STEPS_TOGETHER = 8 * CELL_STEPS
_LANES_TOGETHER = LANES // 2
_ALIGNMENT = 64


def search_acceleration(
    spectra: NDArray[np.float32],
    grid: AccelerationGrid,
    sigma_min: float,
    workspace: NDArray[np.uint8] | None = None,
    filters: NDArray[np.float32] | None = None,
) -> Table:
    """Search the spectra of 16 series for periodic signals with acceleration.

    A sum of harmonics is a peak if it is above the threshold and no higher one of the same lane and number of harmonics is
    within 6 rows (3 bins), 4 steps of drift (8 bins) and one step of jerk (20 bins) of the highest harmonic. A sinusoid
    half-way between two trials loses 19 % of its power for frequency (7 % in the mean), 5.4 % for drift (1.8 % in the mean)
    and 3.9 % for jerk (1.3 % in the mean); every other drift loses another 0.7 to 1.5 %. Within the length of a filter of
    either end of the spectrum powers are too low.

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
    filters
        From ``make_filters(grid.filters)``, shared by all threads; made anew by default. With jerk they are made in
        the working space, as tasks are not at the same jerk at a time.

    Returns
    -------
    Table
        Peaks of every lane and number of harmonics, sorted by lane, frequency, drift, change of drift and number of
        harmonics, type `ACCELERATION_PEAK_DTYPE`. Frequency and drift are those of the fundamental in the middle of the
        transform. Constant frequencies are left out, though drifts beside them must be higher:
        `periodicity.search_powers` finds them.

    Raises
    ------
    ConfigError
        If the spectra or the working space do not fit the grid.
    """
    _check(spectra, grid)
    work, slots, found, own = _working_arrays(grid, workspace)
    if not grid.has_jerk:
        own = make_filters(grid.filters) if filters is None else filters
    bank = grid.filters.bank(own)
    # Rows beyond the last of a block and the plane before the first filter are made of what is there, and never looked at.
    work[:] = 0.0
    thresholds = np.array([power_threshold(sigma_min, 1 << level) for level in range(len(grid.limits))], np.float32)
    parts = [np.empty(0, RECORD_DTYPE)]
    for wstep in grid.wsteps:
        blocks = list(grid.blocks(wstep))
        if blocks and grid.has_jerk:
            write_filters(bank, wstep)
        trials = Trials(grid.limits_of(wstep), grid.first_rows_of(wstep), thresholds)
        for block in blocks:
            parts.extend(_search_block(spectra, grid, wstep, block, trials, (bank, work, slots, found)))
    return peak_table(np.concatenate(parts), grid.tobs_s)


def _search_block(
    spectra: NDArray[np.float32],
    grid: AccelerationGrid,
    wstep: int,
    rows: tuple[int, int, int],
    trials: Trials,
    memory: tuple[FilterBank, NDArray[np.float32], NDArray[np.int32], Table],
) -> Iterator[Table]:
    """Search one block of rows at one step of jerk; yields the highest sums of its cells above the thresholds, if any."""
    bank, work, slots, found = memory
    first_row, stop_row, nsteps = rows
    tables = tuple(bank)
    spans = grid.spans(rows, wstep)
    ready = np.empty(len(spans), np.int64)
    for lane in range(0, LANES, _LANES_TOGETHER):
        block = Block(first_row, stop_row - first_row, -nsteps, nsteps + 1, lane, spans, ready)
        load_block(spectra, tuple(block), tables, work)
        for start in range(-nsteps // _STEPS_TOGETHER * _STEPS_TOGETHER, nsteps + 1, _STEPS_TOGETHER):
            some = block._replace(first_step=max(start, -nsteps), stop_step=min(start + _STEPS_TOGETHER, nsteps + 1))
            nfound = search_block(tuple(some), tables, tuple(trials), work, slots, found)
            if nfound:
                found["wstep"][:nfound] = wstep
                yield found[:nfound].copy()


def acceleration_memory_bytes(grid: AccelerationGrid) -> int:
    """Return the bytes of working space of an acceleration search; its tables, shared by all threads, come on top.

    Parameters
    ----------
    grid
        What to try, from `acceleration_grid`.

    Returns
    -------
    int
        Some MB, and with jerk the filters; the table of peaks comes on top.
    """
    return sum(_part_bytes(grid)) + _ALIGNMENT


def acceleration_tables_bytes(grid: AccelerationGrid) -> int:
    """Return the bytes of the filters of an acceleration search that all threads share.

    Parameters
    ----------
    grid
        What to try, from `acceleration_grid`.

    Returns
    -------
    int
        6 MB for drifts of up to 200 bins and 8 harmonics; 0 with jerk, where each thread makes its own.
    """
    return 0 if grid.has_jerk else grid.filters.filter_bytes


def _part_bytes(grid: AccelerationGrid) -> tuple[int, int, int, int]:
    """Return the bytes of records, of stretches and planes, of slots of cells, and of filters that are made for one jerk."""
    ncells = 2 * grid.filters.length // CELL_ROWS + 2
    nslots = len(grid.limits) * ncells * _LANES_TOGETHER
    ngroups = _STEPS_TOGETHER // CELL_STEPS
    filters = grid.filters.filter_bytes if grid.has_jerk else 0
    return ngroups * nslots * RECORD_DTYPE.itemsize, 4 * grid.filters.work_values, 4 * nslots, filters


def _working_arrays(
    grid: AccelerationGrid, workspace: NDArray[np.uint8] | None
) -> tuple[NDArray[np.float32], NDArray[np.int32], Table, NDArray[np.float32]]:
    """Cut the working arrays out of given memory, all at the beginning of a cache line but the slots and filters."""
    nbytes = acceleration_memory_bytes(grid)
    memory = np.empty(nbytes, np.uint8) if workspace is None else workspace
    if memory.dtype != np.uint8 or memory.ndim != 1 or memory.size < nbytes:
        raise ConfigError(
            f"found working space of {memory.dtype} of shape {memory.shape} for a search with acceleration, expected "
            f"at least {nbytes} of uint8; leave it out to have it made"
        )
    memory = memory[-memory.ctypes.data % _ALIGNMENT :]
    records, work, slots, filters = (memory[stop - size : stop] for size, stop in _places(grid))
    shape = (len(grid.limits), -1, _LANES_TOGETHER)
    cells = slots.view(np.int32).reshape(shape)
    return work.view(np.float32), cells, records.view(RECORD_DTYPE), filters.view(np.float32)


def _places(grid: AccelerationGrid) -> list[tuple[int, int]]:
    """Return the bytes of each working array and where it ends."""
    sizes = _part_bytes(grid)
    return list(zip(sizes, np.cumsum(sizes).tolist(), strict=True))


def _check(spectra: NDArray[np.float32], grid: AccelerationGrid) -> None:
    shape = (grid.nbins, 2, LANES)
    if spectra.dtype != np.float32 or spectra.shape != shape or not spectra.flags.c_contiguous:
        raise ConfigError(
            f"found spectra of {spectra.dtype} of shape {spectra.shape}, expected float32 of {shape} in C order; give those "
            "that the grid was made for"
        )
