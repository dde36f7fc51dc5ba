"""Speed of the spectral search of a lane block, each kernel beside what the machine allows.

``pytest benchmarks/test_bench_spectra.py --benchmark-enable -s`` prints one line a kernel. Operations of transforms are
counted as 5 N log2 N a complex series; bytes are those that must come from and go to memory.
"""

import math
import time
from typing import Any

import numba
import numpy as np
import pytest
from numba import config

from benchmarks.machine import copy_gb_s, peak_gflops
from benchmarks.measuring import report, run
from benchmarks.peers import least_cpu_seconds
from fastpipe.algorithms.lane_fft import real_spectra, transform_plan
from fastpipe.algorithms.periodicity import lane_spectra, search_powers
from fastpipe.algorithms.whitened_powers import whitened_powers
from fastpipe.algorithms.whitening import whiten
from fastpipe.constants import LANES
from fastpipe.pipeline.scratch import aligned_bytes
from fastpipe_kernels.fft_passes import transform
from fastpipe_kernels.half_bins import half_bin_powers
from fastpipe_kernels.harmonic_sum import add_odd_harmonics, harmonic_peaks
from fastpipe_kernels.lane_means import subtract_parabolas, sum_lanes
from fastpipe_kernels.lanes import load16, splat16, store16
from fastpipe_kernels.real_spectra import separate_rows

pytestmark = [
    pytest.mark.skipif(config.DISABLE_JIT, reason="nothing to measure without the compiler"),
    pytest.mark.benchmark(timer=time.thread_time),  # one thread: other work on the machine counts less than by the clock
]

NROWS = 1 << 20
"""Rows of the lane block: 64 s at 61 us, 64 MiB, more than a usual last-level cache."""


@numba.njit(nogil=True)  # type: ignore[untyped-decorator]
def _transform_often(
    x: np.ndarray, radices: np.ndarray, twiddles: np.ndarray, work: np.ndarray, out: np.ndarray, repeats: int
) -> None:
    """Transform several times: to call a short transform from Python takes as long as the transform."""
    for _ in range(repeats):
        transform(x, radices, twiddles, LANES, LANES, work, out)


@numba.njit(nogil=True)  # type: ignore[untyped-decorator]
def _read_harmonics(powers: np.ndarray, nlevels: int, out: np.ndarray) -> None:
    """Only read what `harmonic_peaks` reads, in its order; levels have sums of their own, so that none waits for another."""
    a, b, c, d, e, f = splat16(0.0), splat16(0.0), splat16(0.0), splat16(0.0), splat16(0.0), splat16(0.0)
    for j in range(1, powers.shape[0]):
        a = a + load16(powers, j << 4)
        if nlevels > 1:
            b = add_odd_harmonics(b, powers, j, 1)
        if nlevels > 2:
            c = add_odd_harmonics(c, powers, j, 2)
        if nlevels > 3:
            d = add_odd_harmonics(d, powers, j, 3)
        if nlevels > 4:
            e = add_odd_harmonics(e, powers, j, 4)
        if nlevels > 5:
            f = add_odd_harmonics(f, powers, j, 5)
    store16(out, 0, a + b + c + d + e + f)


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(1).standard_normal((NROWS, LANES), dtype=np.float32)


def _report_bytes(benchmark: Any, name: str, seconds: float | None, nbytes: int, nrows: int) -> None:
    if seconds is not None:
        figures = {"GB/s": nbytes / seconds / 1e9, "ns a row": seconds / nrows * 1e9, "GB/s of a copy": copy_gb_s()}
        report(benchmark, name, figures)


@pytest.mark.parametrize("length", [256, 1024, 2048, 4096])
def test_transform_in_cache(benchmark: Any, noise: np.ndarray, length: int) -> None:
    x = noise[:length].reshape(-1)
    out, work = np.empty_like(x), np.empty_like(x)
    radices, twiddles = transform_plan(length).row_passes
    repeats = (1 << 17) // length
    seconds = run(benchmark, _transform_often, x, radices, twiddles, work, out, repeats)
    if seconds is not None:
        operations = 5 * length * math.log2(length) * LANES / 2 * repeats
        figures = {"GFLOP/s": operations / seconds / 1e9, "GFLOP/s of registers": peak_gflops()}
        report(benchmark, f"transform of {length} in cache", figures)


@pytest.mark.parametrize("log2_length", [20, 22])
def test_real_spectra(benchmark: Any, noise: np.ndarray, log2_length: int) -> None:
    from scipy.fft import rfft

    nrows = 1 << log2_length
    series = np.resize(noise[:, 0], nrows)
    # As the pipeline's memory these begin with a cache line, so that the spectra go past the caches.
    sizes = nrows * LANES, (nrows // 2 + 1) * 2 * LANES, transform_plan(nrows).scratch_values
    block, out, scratch = (aligned_bytes(4 * size).view(np.float32) for size in sizes)
    block, out = block.reshape(nrows, LANES), out.reshape(-1, 2, LANES)
    block[:] = np.tile(noise, (nrows // NROWS, 1))
    out[:], scratch[:] = 0.0, 0.0
    seconds = run(benchmark, real_spectra, block, out, scratch)
    if seconds is not None:
        peer = least_cpu_seconds(lambda: rfft(series), 2)
        figures = {
            "ms a series": seconds / LANES * 1e3,
            "ms of SciPy": peer * 1e3,
            "GFLOP/s": 2.5 * nrows * log2_length * LANES / seconds / 1e9,
            "GB/s": 4 * block.nbytes / seconds / 1e9,
        }
        report(benchmark, f"real spectra of 2^{log2_length}", figures)


def test_separation(benchmark: Any, noise: np.ndarray) -> None:
    length = 1024
    rows = noise[: 8 * length].reshape(-1)
    spectra = np.zeros((2 * length + 1, 2, LANES), np.float32)
    seconds = run(benchmark, separate_rows, rows, 4, length, 0, 3, spectra)
    _report_bytes(benchmark, "separation from cache", seconds, 2 * spectra.nbytes, 4 * length)


def test_trend(benchmark: Any, noise: np.ndarray) -> None:
    block, sums, trend = noise.copy(), np.empty(LANES), np.zeros((3, LANES), np.float32)

    def subtract() -> None:
        sum_lanes(block, NROWS, sums)
        subtract_parabolas(block, NROWS, trend, sums)

    seconds = run(benchmark, subtract)
    _report_bytes(benchmark, "sum and subtraction of a trend", seconds, 3 * block.nbytes, NROWS)


def test_whitening(benchmark: Any, noise: np.ndarray) -> None:
    spectra = noise.reshape(-1, 2, LANES).copy()
    seconds = run(benchmark, whiten, spectra)
    _report_bytes(benchmark, "whitening", seconds, 3 * spectra.nbytes, len(spectra))


def test_half_bin_powers(benchmark: Any, noise: np.ndarray) -> None:
    powers = np.zeros_like(noise)
    seconds = run(benchmark, half_bin_powers, noise.reshape(-1, 2, LANES), 0.0, powers)
    _report_bytes(benchmark, "powers at half bins", seconds, 2 * powers.nbytes, NROWS)


@pytest.mark.parametrize("nlevels", [1, 2, 3, 4, 5, 6])
def test_harmonic_sums(benchmark: Any, noise: np.ndarray, nlevels: int) -> None:
    record = np.dtype([("row", "i8"), ("level", "i4"), ("lane", "i4"), ("power", "f4")])
    span, limits = np.array([1, NROWS]), np.tile([1, NROWS], (nlevels, 1))
    open_peaks, found = np.zeros((nlevels, LANES), record), np.zeros(16, record)
    thresholds = np.full(nlevels, 1e9, np.float32)
    rows_read = 2.0 ** (nlevels - 2) + 0.5  # a row: 1, and h / 2H for every odd harmonic h of 2H
    seconds = run(benchmark, harmonic_peaks, noise, span, limits, thresholds, open_peaks, found)
    if seconds is not None:
        reading = least_cpu_seconds(lambda: _read_harmonics(noise, nlevels, np.empty(LANES, np.float32)), 5)
        figures = {"times as long as reading alone": seconds / reading, "ns a row": seconds / NROWS * 1e9}
        figures |= {"GB/s": rows_read * noise.nbytes / seconds / 1e9, "GB/s of a copy": copy_gb_s()}
        report(benchmark, f"sums of {1 << (nlevels - 1)} harmonics", figures)


def test_search_lane_block(benchmark: Any, noise: np.ndarray) -> None:
    block = np.empty_like(noise)

    def search() -> None:
        np.copyto(block, noise)
        whitened_powers(lane_spectra(block, NROWS), block, NROWS)
        search_powers(block, tsamp=61e-6, freqs_hz=(0.1, 1000.0), nharm_max=32, sigma_min=5.0)

    seconds = run(benchmark, search)
    if seconds is not None:
        figures = {"ms a block of 16": seconds * 1e3, "ms a series": seconds / LANES * 1e3}
        report(benchmark, "whole search of 2^20 rows, 32 harmonics", figures)
