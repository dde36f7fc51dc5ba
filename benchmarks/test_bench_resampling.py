"""Speed of the resampling of a lane block to barycentric time, beside a copy of memory."""

from typing import Any

import numpy as np
import pytest
from numba import config

from benchmarks.machine import copy_gb_s
from benchmarks.measuring import report, run
from fastpipe.algorithms.resampling import barycentric_grid, resample
from fastpipe.constants import LANES

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="nothing to measure without the compiler")

NROWS = 1 << 20
"""Rows of the lane block: 64 s at 61 us, 64 MiB, more than a usual last-level cache."""


def test_resample(benchmark: Any) -> None:
    block = np.random.default_rng(1).standard_normal((NROWS, LANES), dtype=np.float32)
    topocentric_s = np.linspace(0.0, 70.0, 71)
    grid = barycentric_grid(topocentric_s, topocentric_s * (1 + 1e-4) + 1e-6 * topocentric_s**2, 61e-6, NROWS)
    seconds = run(benchmark, resample, block, grid)
    if seconds is not None:
        moved = 2 * block.nbytes / seconds / 1e9
        figures = {"GB/s": moved, "ns a row": seconds / NROWS * 1e9, "GB/s of a copy": copy_gb_s()}
        report(benchmark, "resampling", figures)
