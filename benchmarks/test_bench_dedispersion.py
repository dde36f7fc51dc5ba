"""Speed of cleaning and of the three dedispersion stages, beside the same additions on data in the first-level cache.

``pytest benchmarks/test_bench_dedispersion.py --benchmark-enable -s`` prints one line a kernel.
"""

from typing import Any

import numpy as np
import pytest
from numba import config
from numpy.typing import NDArray

from benchmarks.machine import best_seconds, copy_gb_s, peak_additions
from fastpipe.algorithms.dedispersion import ZERO_LEVEL, channel_length, dedisperse
from fastpipe.algorithms.radix_plan import make_radix_plan
from fastpipe.constants import LANES
from fastpipe.data.noise_diode import NoiseDiode
from fastpipe.pipeline.without_diode import without_diode
from fastpipe.simulation.shape import FilterbankShape
from fastpipe_kernels.cleaning import add_products, clean
from fastpipe_kernels.dedispersion import SCRATCH_SHAPE, add_into_lanes, add_rows
from tests.pipeline.recordings import MemoryRecording

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="nothing to measure without the compiler")

TSAMP = 49.152e-6
RADIX = 16


def _report(benchmark: Any, function: Any, name: str, work: float, unit: str, limit: str) -> None:
    """Measure a call and print how much work it does in a second, beside what limits it."""
    benchmark.pedantic(function, rounds=7, warmup_rounds=1)
    if benchmark.stats is not None:
        rate = work / benchmark.stats.stats.min / 1e9
        benchmark.extra_info[unit] = round(rate, 2)
        print(f"\n{name}: {rate:.3g} {unit} ({limit})")


def _stage(nrows_a_child: int, nodes: int, nout: int, length: int) -> NDArray[np.int64]:
    """Positions of a stage like those of the FAST band: rows of 16 children, shifts that grow along them."""
    row_length = length + 512
    row = np.arange(nout)[:, None] * nrows_a_child // nout
    child = np.arange(RADIX)[None, :]
    shift = np.arange(nout)[:, None] * child // RADIX
    one = (child * nrows_a_child + row) * row_length + shift
    return np.concatenate([one + node * RADIX * nrows_a_child * row_length for node in range(nodes)])


def _whole_lines(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Zeros that begin with a cache line."""
    memory = np.zeros(int(np.prod(shape)) + LANES, np.float32)
    first = -memory.ctypes.data % 64 // 4
    return memory[first : memory.size - LANES + first].reshape(shape)


def test_add_rows_of_bytes(benchmark: Any) -> None:
    length = 1024
    position = _stage(1, 64, 15, length)
    rows = np.random.default_rng(1).integers(0, 256, (64 * RADIX, length + 512), np.uint8)
    out = np.empty((len(position), length), np.uint16)
    limit = f"{peak_additions(np.uint8):.3g} from first-level cache" if benchmark.enabled else ""
    work = position.size * length
    run = lambda: add_rows(rows, 0, position, length, out)  # noqa: E731
    _report(benchmark, run, "first stage, 8 to 16 bit", work, "G additions/s", limit)


def test_add_rows(benchmark: Any) -> None:
    length = 1024
    position = _stage(15, 1, 228, length)
    rows = np.random.default_rng(2).integers(0, 4000, (RADIX * 15, length + 512), np.uint16)
    out = np.empty((len(position), length), np.uint16)
    limit = f"{peak_additions(np.uint16):.3g} from first-level cache" if benchmark.enabled else ""
    work = position.size * length
    run = lambda: add_rows(rows, 0, position, length, out)  # noqa: E731
    _report(benchmark, run, "middle stage, 16 to 16 bit", work, "G additions/s", limit)


def test_add_into_lanes(benchmark: Any) -> None:
    length, ntrials = 1024, 512
    position = _stage(114, 1, ntrials, length)
    rows = np.random.default_rng(3).integers(0, 60000, (RADIX * 114, length + 512), np.uint16)
    out, scratch = _whole_lines((ntrials // LANES, length, LANES)), np.empty(SCRATCH_SHAPE, np.float32)
    work = position.size * length
    limit = (
        f"writes {4 * ntrials * length / work:.2g} bytes an addition; copy {copy_gb_s():.3g} GB/s"
        if benchmark.enabled
        else ""
    )
    run = lambda: add_into_lanes(rows, position, np.float32(0), 0, length, scratch, out)  # noqa: E731
    _report(benchmark, run, "last stage, 16 bit to float32 lanes", work, "G additions/s", limit)


def _spectra(nchans: int, nrows: int) -> tuple[NDArray[Any], ...]:
    """Return 8 MB of spectra of two intervals, each with its own masked channels, and some bad samples."""
    nsamples = 2**23 // nchans
    data = np.random.default_rng(4).integers(0, 256, (nsamples, nchans), np.uint8)
    state = np.repeat(np.arange(2), nsamples // 2)
    state[1000:1010] = -1
    table = np.zeros((2, nrows, nchans), np.float32)
    table[:, 0], table[:, 2:] = 1.0, 1.0 / nchans
    table[0, :, ::5] = table[1, :, ::7] = 0.0
    return data, state, table


@pytest.mark.parametrize("is_filtered", [False, True])
@pytest.mark.parametrize(("nchans", "downsample"), [(1024, 1), (1024, 4), (4096, 1), (4096, 2)])
def test_clean(benchmark: Any, nchans: int, downsample: int, is_filtered: bool) -> None:
    data, state, table = _spectra(nchans, 3 if is_filtered else 2)
    out = np.empty((nchans, len(data)), np.uint8)
    position = np.arange(nchans) * len(data)
    limit = f"copy reads and writes {copy_gb_s():.3g} GB/s" if benchmark.enabled else ""
    name = f"clean {nchans} channels, {downsample} spectra a sample{', zero-DM filter' if is_filtered else ''}"
    run = lambda: clean(data, state, table, position, downsample, out)  # noqa: E731
    _report(benchmark, run, name, data.size, "GB/s of input", limit)


def test_add_products(benchmark: Any) -> None:
    data, state, table = _spectra(1024, 2)
    sums = np.zeros((2, 1024))
    limit = f"copy reads and writes {copy_gb_s():.3g} GB/s" if benchmark.enabled else ""
    run = lambda: add_products(data, state, table[0], sums)  # noqa: E731
    _report(benchmark, run, "zero-DM regression", data.size, "GB/s of input", limit)


@pytest.mark.parametrize("duty_cycle", [1 / 16, 1 / 2])
def test_without_diode(benchmark: Any, duty_cycle: float) -> None:
    data = np.random.default_rng(5).integers(0, 256, (2**13, 1024), np.uint8)
    header = FilterbankShape(nchans=1024, nsamples=len(data), tsamp=TSAMP).header()
    diode = NoiseDiode(2048.0, 2048.0 * duty_cycle, 100.0, np.full(1024, 10.0))
    without = without_diode(MemoryRecording(header, data), diode)
    limit = f"to float32 alone {data.size / best_seconds(lambda: data.astype(np.float32), 7) / 1e9:.3g}"
    name = f"noise diode subtracted, on for {duty_cycle:.3g} of the time"
    _report(benchmark, lambda: without.read(0, len(data)), name, data.size, "GB/s of input", limit)


def test_dedisperse_1024_channels(benchmark: Any) -> None:
    ntrials, nsamples = (560, 2**15) if benchmark.enabled else (32, 2048)
    plan = make_radix_plan(1450.0 - np.arange(1024) * 400 / 1024, TSAMP, 0.055 * np.arange(ntrials))
    channels = np.full((plan.nchans, channel_length(plan, nsamples)), ZERO_LEVEL, np.uint8)
    out = np.empty((ntrials // LANES, nsamples, LANES), np.float32)
    work = sum(plan.additions_per_sample()) * nsamples
    rate = f"{sum(plan.additions_per_sample())} additions a sample where brute force needs {1024 * ntrials}"
    run = lambda: dedisperse(channels, 0, plan, out, 0, nsamples)  # noqa: E731
    _report(benchmark, run, f"all stages, {ntrials} trials", work, "G additions/s", rate)
    if benchmark.stats is not None:
        seconds = benchmark.stats.stats.min / (nsamples * TSAMP)
        print(f"all stages, {ntrials} trials: {seconds:.3g} s of one core a second of data")
