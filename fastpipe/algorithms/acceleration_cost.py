"""Work of an acceleration search, counted before it begins, and a piece of it to measure how fast this machine is."""

import math

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.acceleration import acceleration_memory_bytes, search_acceleration
from fastpipe.algorithms.acceleration_filters import fractions_of, make_filters, nearest
from fastpipe.algorithms.acceleration_grid import AccelerationGrid, acceleration_grid
from fastpipe.algorithms.kernel_rates import Probe
from fastpipe.constants import LANES
from fastpipe.data.drift_range import DriftRange
from fastpipe_kernels.acceleration import Column
from fastpipe_kernels.acceleration_peaks import TILE_ROWS

_SUM_WORK = 0.5
_BLOCK_WORK = 40_000.0
_MAKING_WORK = 20.0
"""Time of a harmonic added to a row and step, of a block besides, and of a value of a filter that is made for one jerk, in
values to which a filter is applied times the logarithm of their number."""
_PROBE_BINS = 1 << 15
_PROBE_TOBS_S = 51.2
_PROBE_DRIFTS = DriftRange(math.inf, 50.0)
_HIGH_SIGMA = 8.0


def acceleration_work(grid: AccelerationGrid) -> float:
    """Count the work of an acceleration search of one lane block.

    Parameters
    ----------
    grid
        What to try, from `acceleration_grid`.

    Returns
    -------
    float
        L log2 L for each filter of L bins that is applied to a stretch, half a unit for each row, step and harmonic summed,
        40,000 for each block, and 20 for each value of a filter that is made for one jerk. With these numbers one rate is
        right within 20 % for drifts of up to 4 to 200 bins, 4 or 8 harmonics, with jerk and without.
    """
    lengths = 4 * grid.filters.layout[:, Column.PART_ROWS]
    filter_work = (lengths * np.log2(lengths)).tolist()
    return sum(_jerk_work(grid, filter_work, wstep) for wstep in grid.wsteps)


def _jerk_work(grid: AccelerationGrid, filter_work: list[float], wstep: int) -> float:
    """Count the work at one step of jerk."""
    limits, first_rows = grid.limits_of(wstep), grid.first_rows_of(wstep)
    making = _MAKING_WORK * grid.filters.nvalues if grid.has_jerk else 0.0
    return making + sum(_block_work(limits, first_rows, filter_work, block) for block in grid.blocks(wstep))


def _block_work(
    limits: NDArray[np.int64], first_rows: NDArray[np.int64], filter_work: list[float], block: tuple[int, int, int]
) -> float:
    """Count the work of one block, as `search_block` goes through it."""
    first_row, stop_row, nsteps = block
    is_tested = (limits[:, 0] < stop_row) & (first_row < limits[:, 1])
    fractions = fractions_of(1 << int(np.flatnonzero(is_tested)[-1]) if is_tested.any() else 1)
    filtering = sum(_nfilters(nsteps, fraction) * work for fraction, work in zip(fractions, filter_work, strict=False))
    skipped = np.maximum(first_rows[: nsteps + 1] - first_row, 0) // TILE_ROWS
    tiles = np.maximum(-(-(stop_row - first_row) // TILE_ROWS) - skipped, 0)
    rows = TILE_ROWS * float(2 * tiles.sum() - tiles[0])
    return filtering + _SUM_WORK * rows * len(fractions) + _BLOCK_WORK


def _nfilters(nsteps: int, fraction: tuple[int, int]) -> int:
    """Count the filters of a fraction of the highest harmonic: of every other step, and those just beyond either end."""
    return (nearest(nsteps, fraction) + 1) // 2 - nearest(-nsteps, fraction) // 2 + 1


def acceleration_probe() -> Probe:
    """Return a search of noise for drifts of up to 50 bins, 8 harmonics, some tenths of a second long."""
    noise = np.random.default_rng(4).normal(0.0, math.sqrt(0.5), (_PROBE_BINS, 2, LANES)).astype(np.float32)
    grid = acceleration_grid(_PROBE_BINS, _PROBE_TOBS_S, freqs_hz=(1.0, 600.0), drifts=_PROBE_DRIFTS, nharm_max=8)
    workspace = np.zeros(acceleration_memory_bytes(grid), np.uint8)
    filters = make_filters(grid.filters)
    return Probe(acceleration_work(grid), lambda: search_acceleration(noise, grid, _HIGH_SIGMA, workspace, filters))
