"""Speed of the acceleration search, beside the transform in cache that it is made of and a peer on the same search.

``pytest benchmarks/test_bench_acceleration.py --benchmark-enable -s`` prints one line a kernel. Ten blocks stand for the
2648 of the whole spectrum, all of which cost the same. Operations of transforms are counted as 5 N log2 N a complex series.
"""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numba import config

from benchmarks.machine import best_seconds, peak_gflops
from benchmarks.measuring import report, run
from fastpipe.algorithms.acceleration import acceleration_memory_bytes, search_acceleration
from fastpipe.algorithms.acceleration_filters import make_filters, plan_filters, write_filters
from fastpipe.algorithms.acceleration_grid import acceleration_grid
from fastpipe.algorithms.lane_fft import transform_plan
from fastpipe.constants import LANES
from fastpipe.data.drift_range import DriftRange
from fastpipe_kernels.acceleration import PARTS, Column, filter_plane
from fastpipe_kernels.fft_passes import transform

pytestmark = [
    pytest.mark.skipif(config.DISABLE_JIT, reason="nothing to measure without the compiler"),
    pytest.mark.benchmark(timer=time.thread_time),  # the peer's figure is CPU time too
]

NSAMPLES = 1 << 22
NBLOCKS = 10
PEER_SECONDS = 27.7
"""CPU time of PRESTO's accelsearch for a series of 2^22 samples, zmax 200, 8 harmonics, on a 2.5 GHz Cascade Lake."""
PEER_RFFT_SECONDS = 0.09
"""Time of SciPy's rfft of 2^22 float32 samples on the same machine."""


def _cpu_seconds(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(5):
        start = time.thread_time()
        work()
        seconds.append(time.thread_time() - start)
    return min(seconds)


def _rfft_seconds() -> float:
    from scipy.fft import rfft

    series = np.ones(NSAMPLES, np.float32)
    return _cpu_seconds(lambda: rfft(series))


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    """White spectra of 16 lanes, mean power 1."""
    rng = np.random.default_rng(1)
    return rng.standard_normal((1 << 16, 2, LANES), dtype=np.float32) * np.float32(math.sqrt(0.5))


@pytest.mark.parametrize("fraction", [0, 7])
def test_filter_plane(benchmark: Any, noise: np.ndarray, fraction: int) -> None:
    filters = plan_filters(100, 8, 1024)
    bank, layout = filters.bank(make_filters(filters)), filters.layout[fraction]
    memory = np.zeros(filters.work_values + 16, np.float32)
    work = memory[-memory.ctypes.data % 64 // 4 :]  # as in a search: rows are whole cache lines
    work[layout[Column.STRETCH] : layout[Column.AMPLITUDES]] = 1.0
    part_rows = int(layout[Column.PART_ROWS])
    span, number = np.array([200, 8 * part_rows - 400]), int(layout[Column.MIDDLE])
    rows, passing, out = (noise.reshape(-1)[i * 64 * part_rows :][: 64 * part_rows].copy() for i in range(3))

    def filter_often() -> None:
        for _ in range(20):
            filter_plane(number, span, bank, fraction, work)

    seconds = run(benchmark, filter_often)
    if seconds is not None:
        passes = transform_plan(part_rows).row_passes
        peer = best_seconds(lambda: [transform(rows, *passes, 16, 16, passing, out) for _ in range(20)], 20)
        figures = {
            "us a plane of 8 lanes": seconds / 20 * 1e6,
            "GFLOP/s": 20 * 8 * 10 * 4 * part_rows * math.log2(4 * part_rows) / seconds / 1e9,
            "GFLOP/s of the transforms alone": 20 * 8 * 5 * part_rows * math.log2(part_rows) / peer / 1e9,
            "GFLOP/s of registers": peak_gflops(),
        }
        report(benchmark, f"plane of {4 * part_rows} bins in {PARTS} parts", figures)


@pytest.mark.parametrize(("zmax", "nharm"), [(200.0, 8), (200.0, 1), (50.0, 8), (20.0, 16)])
def test_search_acceleration(benchmark: Any, noise: np.ndarray, zmax: float, nharm: int) -> None:
    tobs_s = 200.0
    grid = acceleration_grid(len(noise), tobs_s, freqs_hz=(1.0, 20.0), drifts=DriftRange(math.inf, zmax), nharm_max=nharm)
    first, stop, _ = next(grid.blocks())
    nrows = NBLOCKS * (stop - first)
    grid = replace(grid, limits=np.tile([40_000, 40_000 + nrows], (len(grid.limits), 1)))
    filters = make_filters(grid.filters)
    seconds = run(benchmark, search_acceleration, noise, grid, 8.0, None, filters)
    if seconds is not None:
        series_seconds = seconds / LANES * NSAMPLES / nrows
        figures = {"s a series of 2^22": series_seconds, "ns a trial": seconds / LANES / nrows / (2 * grid.nsteps + 1) * 1e9}
        if (zmax, nharm) == (200.0, 8):
            figures |= {"of the speed of accelsearch": PEER_SECONDS / series_seconds}
            figures |= {"of it scaled by SciPy's rfft": PEER_SECONDS * _rfft_seconds() / PEER_RFFT_SECONDS / series_seconds}
        report(benchmark, f"acceleration search, zmax {zmax:.0f}, {nharm} harmonics", figures)


def test_search_jerk(benchmark: Any, noise: np.ndarray) -> None:
    drifts = DriftRange(math.inf, 100.0, math.inf, 300.0)
    grid = acceleration_grid(len(noise), 200.0, freqs_hz=(1.0, 20.0), drifts=drifts, nharm_max=4)
    most, nsteps = grid.wsteps[-1], len(grid.wsteps)
    first, stop, _ = next(grid.blocks(most))
    nrows = NBLOCKS * (stop - first)
    # The two largest stand for all.
    first_jerk_rows = np.where(np.arange(most + 1) == most, 0, 1 << 30)
    limits = np.tile([40_000, 40_000 + nrows], (len(grid.limits), 1))
    bank = grid.filters.bank(np.empty(grid.filters.nvalues + grid.filters.ngains, np.float32))
    seconds = run(benchmark, search_acceleration, noise, replace(grid, limits=limits, first_jerk_rows=first_jerk_rows), 8.0)
    if seconds is not None:
        making = _cpu_seconds(lambda: write_filters(bank, most))
        a_row = (seconds / 2 - making) / LANES / nrows
        figures = {
            "s a series of 2^20": nsteps * (a_row * NSAMPLES / 4 + making / LANES),
            "s of it for making filters": nsteps * making / LANES,
            "ns a trial": a_row / (2 * grid.nsteps + 1) * 1e9,
            "MB of working space": acceleration_memory_bytes(grid) / 1e6,
        }
        report(benchmark, "jerk search, zmax 100, wmax 300, 4 harmonics", figures)
