"""Predicted work of an acceleration search: the filters and sums that its kernels go through."""

import math

import numpy as np
import pytest
from numba import config

from fastpipe.algorithms.acceleration_cost import acceleration_probe, acceleration_work
from fastpipe.algorithms.acceleration_filters import fractions_of, nearest
from fastpipe.algorithms.acceleration_grid import AccelerationGrid, acceleration_grid
from fastpipe.data.drift_range import DriftRange
from fastpipe_kernels.acceleration import Column
from fastpipe_kernels.acceleration_peaks import TILE_ROWS


def counted_work(grid: AccelerationGrid) -> float:
    """Go through a search as the kernels do, filter by filter and tile by tile."""
    work = 0.0
    for wstep in grid.wsteps:
        first_rows = grid.first_rows_of(wstep)
        if len(grid.wsteps) > 1:
            work += 20.0 * grid.filters.nvalues
        for block in grid.blocks(wstep):
            first_row, stop_row, nsteps = block
            fractions = fractions_of(len(grid.spans(block, wstep)))
            ready = [(nearest(-nsteps, fraction) & ~1) - 2 for fraction in fractions]
            work += 40_000.0
            for step in range(-nsteps, nsteps + 1):
                for number, fraction in enumerate(fractions):
                    while ready[number] < nearest(step, fraction):
                        ready[number] += 2
                        length = 4 * int(grid.filters.layout[number, Column.PART_ROWS])
                        work += length * math.log2(length)
                skipped = max(0, int(first_rows[abs(step)]) - first_row) // TILE_ROWS * TILE_ROWS
                for _ in range(first_row + skipped, stop_row, TILE_ROWS):
                    work += 0.5 * TILE_ROWS * len(fractions)
    return work


@pytest.mark.parametrize(
    ("drifts", "nharm_max"),
    [
        (DriftRange(math.inf, 30.0), 8),
        (DriftRange(math.inf, 8.0), 1),
        (DriftRange(300.0, 100.0), 4),
        (DriftRange(300.0, 20.0, math.inf, 60.0), 2),
    ],
)
def test_the_work_is_that_of_the_kernels(drifts: DriftRange, nharm_max: int) -> None:
    grid = acceleration_grid(8193, 300.0, freqs_hz=(0.5, 20.0), drifts=drifts, nharm_max=nharm_max)
    assert acceleration_work(grid) == pytest.approx(counted_work(grid))


def test_more_drifts_are_more_work() -> None:
    works = [
        acceleration_work(acceleration_grid(1 << 16, 60.0, freqs_hz=(0.3, 500.0), drifts=drifts, nharm_max=8))
        for drifts in (DriftRange(5000.0, 200.0), DriftRange(20000.0, 200.0), DriftRange(20000.0, 200.0, 2000.0, 100.0))
    ]
    assert np.all(np.diff(works) > 0)


@pytest.mark.skipif(config.DISABLE_JIT, reason="minutes without the compiler")
def test_the_probe_runs() -> None:
    probe = acceleration_probe()._replace(repeats=0)
    assert probe.work > 0
    assert probe.seconds() > 0
