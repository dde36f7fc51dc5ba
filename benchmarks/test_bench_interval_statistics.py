"""Speed of the statistics pass: its kernels beside what memory gives, and all of it beside the peer's figure.

``pytest benchmarks/test_bench_interval_statistics.py --benchmark-enable -s`` prints one line a measurement.
"""

from typing import Any

import numpy as np
import pytest
from numba import config
from numpy.typing import NDArray

from benchmarks.machine import copy_gb_s
from benchmarks.measuring import report, run
from benchmarks.peers import PEER_FFT_SECONDS, RFIFIND_SECONDS, fft_seconds, least_cpu_seconds, ratio_on_one_machine
from benchmarks.recordings import RepeatedRecording, noise
from fastpipe.algorithms.lane_fft import transform_passes
from fastpipe.config import CleaningConfig
from fastpipe.execution.executors import SerialExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.statistics_pass import take_statistics
from fastpipe_kernels.interval_statistics import add_bytes, add_floats
from fastpipe_kernels.largest_powers import largest_powers

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="nothing to measure without the compiler")

NCHANS = 1024
NSAMPLES = 20480
DECIMATION = 8
RECORDING_SAMPLES = 2**20


def sums(nchans: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64], NDArray[np.float32]]:
    table = np.stack([np.ones(nchans), np.full(nchans, 100.0), np.full(nchans, 1e-3)]).astype(np.float32)
    series = np.zeros((nchans // 16, NSAMPLES // DECIMATION, 16), np.float32)
    return table, series, np.zeros((5, nchans)), np.zeros(NSAMPLES, np.float32)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_moments_series_and_sum_over_the_band(benchmark: Any, kind: type) -> None:
    data = np.tile(noise(4096, NCHANS), (NSAMPLES // 4096, 1)).astype(kind)
    seconds = run(benchmark, add_bytes if kind is np.uint8 else add_floats, data, (0, DECIMATION), *sums(NCHANS))
    if seconds is not None:
        figures = {"GB/s": data.nbytes / seconds / 1e9, "GB/s read by a copy": copy_gb_s() / 2}
        report(benchmark, f"moments, series and sum over the band of {kind.__name__}", figures)


def test_largest_powers(benchmark: Any) -> None:
    length = NSAMPLES // DECIMATION
    blocks = np.random.default_rng(2).normal(size=(NCHANS // 16, length, 16)).astype(np.float32)
    scaling = np.tile(np.array([0.0, 1.0], np.float32)[:, None], (len(blocks), 1, 16))
    scratch, powers = np.empty(48 * length, np.float32), np.empty((len(blocks), 2, 16), np.float32)
    seconds = run(benchmark, largest_powers, blocks, scaling, transform_passes(length), 5, scratch, powers)
    if seconds is not None:
        figures = {
            "us a block of 16 channels": seconds / len(blocks) * 1e6,
            "GB/s of 8-bit samples": NCHANS * NSAMPLES / seconds / 1e9,
        }
        report(benchmark, "largest powers of an interval", figures)


@pytest.mark.parametrize("nchans", [512, 4096])
def test_statistics_pass(benchmark: Any, nchans: int) -> None:
    recording = RepeatedRecording(nchans, RECORDING_SAMPLES if benchmark.enabled else NSAMPLES)
    executor = SerialExecutor(SilentProgress(), StageLedger())

    def take() -> None:
        take_statistics(recording, CleaningConfig(), executor)

    if run(benchmark, take) is not None:
        cpu_seconds = least_cpu_seconds(take, 3)
        raw_ratio = RFIFIND_SECONDS[nchans] / cpu_seconds
        figures = {
            "CPU s": cpu_seconds,
            "GB/s": nchans * RECORDING_SAMPLES / cpu_seconds / 1e9,
            "GB/s read by a copy": copy_gb_s() / 2,
            "CPU s of rfifind on its machine": RFIFIND_SECONDS[nchans],
            "times faster than that": raw_ratio,
            "s of an FFT of 2^22 here": fft_seconds(),
            "s of it on the machine of rfifind": PEER_FFT_SECONDS,
            "times rfifind if machines differ as the FFT does": ratio_on_one_machine(raw_ratio),
        }
        report(benchmark, f"statistics pass, 2^20 samples of {nchans} channels", figures)
