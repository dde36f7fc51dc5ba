"""Time from the statistics of a FAST beam of 300 s to its mask, and of the search for spikes.

``pytest benchmarks/test_bench_rfi_masking.py --benchmark-enable -s`` prints one line each.
"""

from typing import Any

import numpy as np
import pytest
from numba import config

from benchmarks.measuring import report, run
from fastpipe.algorithms.channel_contrast import lag_radius
from fastpipe.algorithms.iqrm import iqrm_outliers
from fastpipe.algorithms.rfi_masking import MaskingRules, find_mask
from fastpipe.algorithms.spikes import find_spikes
from fastpipe.data.channel_statistics import IntervalStatistics

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="nothing to measure without the compiler")

NINTERVALS, NCHANS, INTERVAL = 300, 4096, 20_480


def _noise_statistics() -> IntervalStatistics:
    rng = np.random.default_rng(1)
    shape = (NINTERVALS, NCHANS)
    noise = rng.standard_normal((4, *shape)) / np.sqrt(INTERVAL)
    counts = np.full(shape, INTERVAL)
    moments = (96.0 + 16.0 * noise[0], 16.0 + 11.0 * noise[1], 2.4 * noise[2], 4.9 * noise[3])
    power = 8.0 + rng.gumbel(size=shape)
    series = np.zeros(1, np.float32)
    return IntervalStatistics(INTERVAL, NINTERVALS * INTERVAL, counts, *moments, power, np.zeros(shape), series)


def test_find_mask(benchmark: Any) -> None:
    seconds = run(benchmark, find_mask, _noise_statistics(), MaskingRules())
    if seconds is not None:
        report(benchmark, "mask of 300 x 4096", {"s": seconds, "us a cell": 1e6 * seconds / (NINTERVALS * NCHANS)})


def test_iqrm(benchmark: Any) -> None:
    values = np.log(_noise_statistics().std)
    seconds = run(benchmark, iqrm_outliers, values, 3.0, lag_radius(NCHANS))
    if seconds is not None:
        report(benchmark, "IQRM of 300 x 4096", {"s": seconds})


def test_find_spikes(benchmark: Any) -> None:
    series = np.random.default_rng(2).standard_normal(1_000_000, dtype=np.float32)
    seconds = run(benchmark, find_spikes, series, 49.152e-6, 6.0)
    if seconds is not None:
        report(benchmark, "spikes of 10^6 samples", {"s": seconds})
