"""Speed of cleaning and of the three dedispersion stages, beside the same additions on data in the first-level cache.

``pytest benchmarks/test_bench_dedispersion.py --benchmark-enable -s`` prints one line a kernel.
"""

from typing import Any

import numpy as np
import pytest
from numba import config
from numpy.typing import NDArray

from benchmarks.machine import best_seconds, copy_gb_s
from fastpipe.algorithms.dedispersion import ZERO_LEVEL, channel_length, dedisperse
from fastpipe.algorithms.radix_plan import make_radix_plan
from fastpipe.constants import LANES
from fastpipe_kernels.cleaning import add_moments, clean
from fastpipe_kernels.dedispersion import TRIAL_STEP, add_into_lanes, add_rows

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


def _peak_additions(dtype: Any) -> float:
    """G additions/s of a stage whose 16 input rows of 512 samples stay in the first-level cache."""
    rows = np.ones((RADIX, 640), dtype)
    position = np.arange(RADIX, dtype=np.int64)[None, :] * 640 + np.arange(RADIX)
    position = np.repeat(position, 64, axis=0)
    first_row, out = np.array([0, 64]), np.empty((64, 512), np.uint16)
    seconds = best_seconds(lambda: add_rows(rows, position, first_row, 512, 512, out), 50)
    return position.size * 512 / seconds / 1e9


def _stage(nrows_a_child: int, nodes: int, nout: int, length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions and nodes of a stage like those of the FAST band: rows of 16 children, shifts that grow along them."""
    row_length = length + 512
    row = np.arange(nout)[:, None] * nrows_a_child // nout
    child = np.arange(RADIX)[None, :]
    shift = np.arange(nout)[:, None] * child // RADIX
    one = (child * nrows_a_child + row) * row_length + shift
    position = np.concatenate([one + node * RADIX * nrows_a_child * row_length for node in range(nodes)])
    return position, np.arange(nodes + 1) * nout


def test_add_rows_of_bytes(benchmark: Any) -> None:
    length = 8192
    position, first_row = _stage(1, 64, 15, length)
    rows = np.random.default_rng(1).integers(0, 256, (64 * RADIX, length + 512), np.uint8)
    out = np.empty((len(position), length), np.uint16)
    limit = f"{_peak_additions(np.uint8):.3g} from first-level cache" if benchmark.enabled else ""
    work = position.size * length
    run = lambda: add_rows(rows, position, first_row, length, 512, out)  # noqa: E731
    _report(benchmark, run, "first stage, 8 to 16 bit", work, "G additions/s", limit)


def test_add_rows(benchmark: Any) -> None:
    length = 8192
    position, first_row = _stage(15, 4, 228, length)
    rows = np.random.default_rng(2).integers(0, 4000, (4 * RADIX * 15, length + 512), np.uint16)
    out = np.empty((len(position), length), np.uint16)
    limit = f"{_peak_additions(np.uint16):.3g} from first-level cache" if benchmark.enabled else ""
    work = position.size * length
    run = lambda: add_rows(rows, position, first_row, length, 512, out)  # noqa: E731
    _report(benchmark, run, "middle stage, 16 to 16 bit", work, "G additions/s", limit)


def test_add_into_lanes(benchmark: Any) -> None:
    length, ntrials = 4096, 512
    position, _ = _stage(114, 1, ntrials, length)
    rows = np.random.default_rng(3).integers(0, 60000, (RADIX * 114, length + 512), np.uint16)
    out, scratch = np.empty((ntrials // LANES, length, LANES), np.float32), np.empty((2 * LANES, TRIAL_STEP), np.float32)
    work = position.size * length
    limit = (
        f"writes {4 * ntrials * length / work:.2g} bytes an addition; copy {copy_gb_s():.3g} GB/s"
        if benchmark.enabled
        else ""
    )
    run = lambda: add_into_lanes(rows, position, np.float32(0), 0, length, scratch, out)  # noqa: E731
    _report(benchmark, run, "last stage, 16 bit to float32 lanes", work, "G additions/s", limit)


@pytest.mark.parametrize("downsample", [1, 4])
def test_clean(benchmark: Any, downsample: int) -> None:
    data = np.random.default_rng(4).integers(0, 256, (8192, 1024), np.uint8)
    table = np.stack([np.ones(1024), np.zeros(1024), np.ones(1024)]).astype(np.float32)
    out, order = np.empty((1024, 8192), np.uint8), np.arange(1024)
    limit = f"copy reads and writes {copy_gb_s():.3g} GB/s" if benchmark.enabled else ""
    run = lambda: clean(data, table, order, downsample, False, 0, out)  # noqa: E731
    _report(benchmark, run, f"clean, {downsample} spectra a sample", data.size, "GB/s of input", limit)


def test_add_moments(benchmark: Any) -> None:
    data = np.random.default_rng(5).integers(0, 256, (8192, 1024), np.uint8)
    total, squares = np.zeros((2, 1024), np.uint32)
    limit = f"copy reads and writes {copy_gb_s():.3g} GB/s" if benchmark.enabled else ""
    _report(benchmark, lambda: add_moments(data, total, squares), "channel moments", data.size, "GB/s of input", limit)


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
