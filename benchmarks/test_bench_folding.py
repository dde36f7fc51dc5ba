"""Speed of folding: channels into sub-bands, rows into phase bins, and a hundred candidates from one chunk.

``pytest benchmarks/test_bench_folding.py --benchmark-enable -s`` prints one line a kernel.
"""

from typing import Any

import numpy as np
import pytest
from numba import config
from numpy.typing import NDArray

from benchmarks.machine import copy_gb_s, peak_gflops
from benchmarks.measuring import report, run
from fastpipe.algorithms.cube_cleaning import clean_cube
from fastpipe.algorithms.fold_assembly import finish_cube
from fastpipe.algorithms.fold_counts import count_samples
from fastpipe.algorithms.fold_geometry import FoldGeometry
from fastpipe.algorithms.fold_plan import FoldPlan, plan_fold
from fastpipe.algorithms.fold_resolution import make_fold_spec
from fastpipe.algorithms.fold_workspace import FoldWorkspace
from fastpipe.algorithms.folding import add_partial, empty_sums, fold_chunk
from fastpipe.algorithms.refinement import refine
from fastpipe.data.presence import Presence, presence_of_all, presence_of_mask
from fastpipe.data.rfi_mask import RFIMask
from fastpipe_kernels.folding import (
    add_fours,
    add_shifted_channels,
    count_rows,
    fold_rows,
    mark_changes,
    phase_bins,
    place_channels,
)

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="nothing to measure without the compiler")

NCHANS = 1024
NSAMPLES = 2**15
NSAMPLES_RECORDING = 2**20


@pytest.fixture(scope="module")
def chunk() -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (NCHANS, NSAMPLES), np.uint8)


@pytest.fixture(scope="module")
def plans() -> list[FoldPlan]:
    geometry = FoldGeometry(NSAMPLES_RECORDING, 49.152e-6, np.linspace(1450.0, 1050.0, NCHANS), np.ones(NCHANS, bool))
    rng = np.random.default_rng(2)
    freqs = np.exp(rng.uniform(np.log(0.5), np.log(500.0), 100))
    return [
        plan_fold(make_fold_spec(f, 0.0, dm, geometry), geometry)
        for f, dm in zip(freqs, rng.uniform(0, 500, 100), strict=True)
    ]


@pytest.mark.parametrize("ncandidates", [1, 50])
def test_add_shifted_channels(benchmark: Any, chunk: NDArray[np.uint8], ncandidates: int) -> None:
    channels, nruns = chunk[:128, : 8192 + 576].copy(), np.full(ncandidates, 100)
    offsets = np.arange(128) * (channels.shape[1] + np.arange(ncandidates)[:, None] // 8)
    seconds = run(benchmark, add_shifted_channels, channels, offsets, nruns, np.empty((ncandidates, 6400), np.uint16))
    if seconds is not None:
        figures = {"G additions/s": 128 * 6400 * ncandidates / seconds / 1e9, "GFLOP/s of registers": peak_gflops()}
        report(benchmark, f"128 channels into a sub-band for {ncandidates} candidates", figures)


def test_add_fours(benchmark: Any, chunk: NDArray[np.uint8]) -> None:
    seconds = run(benchmark, add_fours, chunk, np.empty((NCHANS, NSAMPLES // 4), np.uint8))
    if seconds is not None:
        report(benchmark, "four samples into one", {"G samples/s": chunk.size / seconds / 1e9})


def test_place_channels(benchmark: Any, chunk: NDArray[np.uint8]) -> None:
    rows = np.empty((128, 8192 + 2000), np.uint8)
    seconds = run(benchmark, place_channels, chunk[:, :8192], np.arange(128), 1000, rows)
    if seconds is not None:
        report(benchmark, "channels between margins", {"G samples/s": rows.size / seconds / 1e9})


@pytest.mark.parametrize("freq_hz", [0.7, 250.0])
def test_fold_rows(benchmark: Any, freq_hz: float) -> None:
    ncandidates, nothing = 16, np.zeros(16, np.int64)
    rows = np.random.default_rng(3).integers(0, 8000, (ncandidates, NSAMPLES)).astype(np.uint16)
    slots = np.empty(NSAMPLES, np.int32)
    phase_bins(0, np.array([freq_hz, 0.0, 0.0, 49.152e-6, 25.0]), 64, slots)
    of_all, edges = np.tile(slots.view(np.uint32), (ncandidates, 1)), 64 * np.arange(ncandidates + 1)
    recent, sums = np.empty((4, 64), np.uint32), np.zeros(64 * ncandidates)
    seconds = run(benchmark, fold_rows, rows, nothing + NSAMPLES // 64, of_all, nothing, edges, recent, sums)
    if seconds is not None:
        report(benchmark, f"samples of a sub-band into bins at {freq_hz} Hz", {"ns a sample": seconds / rows.size * 1e9})


def test_phase_bins(benchmark: Any) -> None:
    seconds = run(benchmark, phase_bins, 0, np.array([250.0, 1e-3, 0.0, 49.152e-6, 25.0]), 64, np.empty(NSAMPLES, np.int32))
    if seconds is not None:
        report(benchmark, "phase bins", {"ns a sample": seconds / NSAMPLES * 1e9})


def test_fold_chunk_of_100_candidates(benchmark: Any, chunk: NDArray[np.uint8], plans: list[FoldPlan]) -> None:
    seconds = run(benchmark, fold_chunk, chunk, NSAMPLES, plans, FoldWorkspace())
    if seconds is not None:
        figures = {
            "G channel samples/s": len(plans) * chunk.size / seconds / 1e9,
            "s for 2^20 samples": seconds * NSAMPLES_RECORDING / NSAMPLES,
            "GB/s of a copy": copy_gb_s(),
        }
        report(benchmark, "100 candidates of 1024 channels", figures)


def masked_presence() -> Presence:
    """A twentieth of all channels bad in each of 52 intervals, and a hundred spikes."""
    rng = np.random.default_rng(4)
    starts = np.arange(100) * 10_000 + rng.integers(0, 9000, 100)
    reasons = (rng.random((52, NCHANS)) < 0.05).astype(np.uint16)
    spikes = np.stack((starts, starts + 20), axis=1)
    return presence_of_mask(RFIMask(reasons, 20_345, NSAMPLES_RECORDING, spikes), (), is_ascending=False)


@pytest.mark.parametrize("is_masked", [False, True])
def test_count_samples(benchmark: Any, plans: list[FoldPlan], is_masked: bool) -> None:
    presence = masked_presence() if is_masked else presence_of_all(NSAMPLES_RECORDING, NCHANS)
    seconds = run(benchmark, count_samples, plans[0], [presence])
    if seconds is not None:
        name = "samples counted under a mask" if is_masked else "samples counted without a mask"
        report(benchmark, name, {"ms for 2^20 samples of 32 sub-bands": seconds * 1e3})


def test_count_rows(benchmark: Any) -> None:
    nrows, presence = 2**13, masked_presence()
    channels = np.stack((np.arange(512), np.arange(512) // 32, np.arange(512)), axis=1)
    changes, slots = np.zeros((nrows, 16), np.float32), np.arange(nrows, dtype=np.int32) // 40 % 64
    level, recent, sums = np.zeros(16, np.float32), np.zeros((64, 2, 16), np.float32), np.zeros((64, 16))

    def count() -> None:
        present = presence.present.view(np.uint8)
        mark_changes(presence.starts, presence.states, present, channels, 0, np.zeros(512, np.int64), changes)
        count_rows(changes, slots, level, recent, sums)

    seconds = run(benchmark, count)
    if seconds is not None:
        report(benchmark, "rows of 16 counts into bins", {"ns a row": seconds / nrows * 1e9})


def test_clean_cube(benchmark: Any, chunk: NDArray[np.uint8], plans: list[FoldPlan]) -> None:
    sums = empty_sums(plans[0])
    for start in range(0, NSAMPLES_RECORDING, NSAMPLES):
        add_partial(sums, fold_chunk(chunk, start, plans[:1])[0], plans[0])
    cube = finish_cube(sums, plans[0])
    seconds = run(benchmark, clean_cube, cube)
    if seconds is not None:
        report(benchmark, "cube cleaned", {"ms a candidate": seconds * 1e3})


def test_finish_and_refine(benchmark: Any, chunk: NDArray[np.uint8], plans: list[FoldPlan]) -> None:
    sums = empty_sums(plans[0])
    for start in range(0, NSAMPLES_RECORDING, 8 * NSAMPLES):
        add_partial(sums, fold_chunk(chunk, start, plans[:1])[0], plans[0])
    seconds = run(benchmark, lambda: refine(finish_cube(sums, plans[0])))
    if seconds is not None:
        report(benchmark, "cube finished and refined", {"ms a candidate": seconds * 1e3})
