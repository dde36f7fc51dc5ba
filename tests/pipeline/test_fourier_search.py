"""Pulsars whose frequency drifts, from the option to the folded candidate."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numba import config

from fastpipe.config import SearchConfig, override
from fastpipe.constants import LANES, SPEED_OF_LIGHT_M_S
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.lane_blocks import LaneBlocks
from fastpipe.data.tables import Fate, Table
from fastpipe.execution.executors import SerialExecutor, ThreadedExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.fourier_search import search_series
from fastpipe.pipeline.search import search_recording
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import MemoryRecording, simulated

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")

# Zeros follow the data up to the length of the transform.
SHAPE = FilterbankShape(nchans=64, nsamples=2**17 - 9000, tsamp=1e-3)
TOBS_S = SHAPE.nsamples * SHAPE.tsamp
FREQ_HZ = 47.123
Z = 20.0
ACCEL = -Z / TOBS_S**2 / FREQ_HZ * SPEED_OF_LIGHT_M_S
PULSAR = SimulatedPulsar(period_s=1.0 / FREQ_HZ, dm=42.0, snr=20.0, accel=ACCEL)
OPTIONS = override(SearchConfig(), dm_min=34.0, dm_max=50.0)
ROOMY = Budget(PROGRAM_BYTES + 2**31, 2, 2**20)
SERIAL = SerialExecutor(SilentProgress(), StageLedger())


def search(recording: MemoryRecording, budget: Budget = ROOMY, **options: Any) -> CatalogueTables:
    executor = ThreadedExecutor(2, SilentProgress(), StageLedger()) if budget.nthreads > 1 else SERIAL
    return search_recording(recording, override(OPTIONS, **options), budget, executor)


@pytest.fixture(scope="module")
def recording() -> MemoryRecording:
    return simulated(SHAPE, PULSAR)


@pytest.fixture(scope="module")
def tables(recording: MemoryRecording) -> CatalogueTables:
    return search(recording, accel_max=1.2 * abs(ACCEL), zmax=40.0)


def test_a_pulsar_in_a_binary_is_found_where_it_is(tables: CatalogueTables) -> None:
    best = tables.candidates[0]
    assert best["search"] == b"accel"
    assert best["freq_hz"] == pytest.approx(FREQ_HZ, abs=3 * best["period_err_s"] * FREQ_HZ**2)
    assert best["fdot_hz_s"] == pytest.approx(PULSAR.fdot_hz_s, abs=3 * best["fdot_err_hz_s"])
    assert best["accel_m_s2"] == pytest.approx(ACCEL, rel=0.05)
    assert best["snr"] == pytest.approx(PULSAR.snr, rel=0.15)
    assert best["fdot_err_hz_s"] < 0.3 / TOBS_S**2


def test_the_threshold_rises_where_noise_would_fill_the_table() -> None:
    series = np.random.default_rng(3).standard_normal((1, 2**15, LANES), dtype=np.float32)
    sensitive = override(SearchConfig(), sigma_min=3.0, accel_max=1e4)
    found = []
    for ntrials in (1e5, 1e10):
        lanes = LaneBlocks(series.copy(), np.arange(float(LANES)), 2**15, 1e-3)
        found.append(search_series([lanes], ntrials, sensitive, SERIAL).table["sigma"])
    assert found[0].min() < 3.1
    # One in 1e5 has a sigma of 4.26, and noise of 1e10 trials has 1e5 of those.
    assert 4.26 < found[1].min() < 4.4
    np.testing.assert_array_equal(np.sort(found[1]), np.sort(found[0][found[0] > 4.2649]))


def test_its_detection_is_refined_and_at_the_middle_of_the_data(tables: CatalogueTables) -> None:
    best = tables.detections[0]
    assert best["fate"] == Fate.KEPT
    assert best["freq_hz"] == pytest.approx(FREQ_HZ, abs=3 * best["freq_err_hz"])
    assert best["z"] == pytest.approx(Z, abs=3 * best["z_err"])
    assert best["z_err"] < 1.0 / best["nharm"]
    assert np.isinf(best["w_err"])
    is_steady = tables.detections["search"] == b"fft"
    assert np.all(tables.detections["z"][is_steady] == 0.0)
    assert np.all(np.isinf(tables.detections["z_err"][is_steady]))
    assert np.all(tables.detections["z"][~is_steady] != 0.0)


def test_without_acceleration_it_is_not_found(recording: MemoryRecording) -> None:
    found = search(recording).candidates
    assert not np.any(found["snr"] > 0.6 * PULSAR.snr)


def test_it_is_one_candidate_also_where_it_is_bright() -> None:
    bright = search(simulated(SHAPE, replace(PULSAR, snr=150.0)), zmax=40.0)
    significant = bright.candidates[bright.candidates["sigma"] > 8.0]
    assert len(significant) == 1
    # What a fold of so bright a pulsar loses by its bins and in 8 bits, it loses without acceleration too.
    assert significant["snr"][0] > 0.8 * 150.0
    counts = np.bincount(bright.detections["fate"], minlength=len(Fate))
    assert counts.sum() == len(bright.detections)
    assert counts[Fate.DUPLICATE] > 1000


@pytest.mark.parametrize("budget", [Budget(PROGRAM_BYTES + 2**31, 1, 2**30), Budget(PROGRAM_BYTES + 2**27, 2, 2**12)])
def test_threads_chunks_and_memory_do_not_change_a_bit(
    recording: MemoryRecording, tables: CatalogueTables, budget: Budget
) -> None:
    other = search(recording, budget, accel_max=1.2 * abs(ACCEL), zmax=40.0)
    for name in ("candidates", "detections"):
        assert getattr(other, name).tobytes() == getattr(tables, name).tobytes()


def _search_sines(spins: list[tuple[float, float, float]], nsamples: int, **options: Any) -> Table:
    """Search series that hold one sine each, of frequency in Hz, z and w at the middle of the data."""
    nfft, tsamp = 2**16, 1e-3
    tobs_s = nsamples * tsamp
    x = (np.arange(nsamples) + 0.5) / nsamples - 0.5
    block = np.zeros((1, nfft, LANES), np.float32)
    for lane in range(LANES):
        block[0, :nsamples, lane] = np.random.default_rng(lane).standard_normal(nsamples)
    for lane, (freq_hz, z, w) in enumerate(spins):
        turns = freq_hz * tobs_s * x + z * x**2 / 2 + w * x**3 / 6
        block[0, :nsamples, lane] += 15.0 * np.sqrt(2.0 / nsamples) * np.sin(2 * np.pi * turns)
    lanes = LaneBlocks(block, np.arange(float(LANES)), nsamples, tsamp)
    return search_series([lanes], 1e6, override(SearchConfig(), nharm_max=1, **options), SERIAL).table


def test_one_without_drift_keeps_none_and_one_beside_it_its_own() -> None:
    spins = [(100.123, 0.0, 0.0), (100.123, 9.0, 0.0), (55.5, -30.0, 0.0), (300.0, 2.5, 0.0)]
    found = _search_sines(spins, 2**16 - 5000, zmax=40.0)
    for lane, (freq_hz, z, _) in enumerate(spins):
        of_lane = found[found["dm"] == lane]
        best = of_lane[of_lane["power"].argmax()]
        assert best["search"] == (b"accel" if z else b"fft")
        assert best["freq_hz"] == pytest.approx(freq_hz, abs=3.5 * best["freq_err_hz"])
        assert abs(best["z"] - z) < 3.5 * best["z_err"]
        assert best["z_err"] == np.inf if z == 0.0 else best["z_err"] < 1.0


@pytest.mark.parametrize("nsamples", [2**16, 2**16 - 5000])
def test_jerk_is_found_and_refined_at_the_middle_of_the_data(nsamples: int) -> None:
    spins = [(100.123, 9.0, 50.0), (55.5, -20.0, -80.0), (140.0, 0.0, 45.0), (100.123, 9.0, 0.0), (200.2, 0.0, 0.0)]
    found = _search_sines(spins, nsamples, zmax=40.0, wmax=100.0)
    for lane, (freq_hz, z, w) in enumerate(spins):
        of_lane = found[found["dm"] == lane]
        best = of_lane[of_lane["power"].argmax()]
        assert best["search"] == (b"jerk" if w else b"accel" if z else b"fft")
        assert best["freq_hz"] == pytest.approx(freq_hz, abs=3.5 * best["freq_err_hz"])
        assert abs(best["z"] - z) < 3.5 * best["z_err"]
        assert abs(best["w"] - w) < 3.5 * best["w_err"]
        assert np.isinf(best["w_err"]) == (w == 0.0)
        # Two bins of w are an error of the series: a tenth of a step of the search.
        assert w == 0.0 or best["w_err"] < 6.0


def test_the_fold_of_a_changing_drift_keeps_its_phase() -> None:
    # A wide pulse whose frequency changes by 12 bins at the ends of the recording for its jerk alone.
    header = replace(SHAPE.header(), nchans=1, nbits=32, nsamples=2**16, tsamp=1e-3, dm=10.0)
    freq_hz, z, w = 20.4321, 8.0, 96.0
    x = (np.arange(header.nsamples) + 0.5) / header.nsamples - 0.5
    turns = freq_hz * header.tobs_s * x + z * x**2 / 2 + w * x**3 / 6
    series = np.random.default_rng(3).standard_normal((header.nsamples, 1))
    series[:, 0] += 20.0 * np.sqrt(2.0 / header.nsamples) * np.cos(2 * np.pi * turns)
    recording = MemoryRecording(header, series.astype(np.float32))
    tables = search(recording, nharm_max=1, zmax=40.0, wmax=150.0)
    best, tobs_s = tables.candidates[0], header.tobs_s
    assert best["search"] == b"jerk"
    assert best["freq_hz"] == pytest.approx(freq_hz, abs=4 * best["period_err_s"] * freq_hz**2)
    assert best["fdot_hz_s"] == pytest.approx(z / tobs_s**2, abs=4 * best["fdot_err_hz_s"])
    assert best["jerk_m_s3"] == pytest.approx(-w / tobs_s**3 / freq_hz * SPEED_OF_LIGHT_M_S, rel=0.1)
    cube = tables.folds[1].cube
    assert cube.fddot_hz_s2 * tobs_s**3 == pytest.approx(w, rel=0.1)
    without_jerk = search(recording, nharm_max=1, zmax=40.0).candidates
    assert best["snr"] > 15.0
    assert without_jerk["snr"].max(initial=0.0) < 0.8 * best["snr"]


def test_jerk_does_not_depend_on_threads_and_memory(recording: MemoryRecording) -> None:
    options = {"zmax": 40.0, "wmax": 60.0, "freq_min_hz": 40.0, "freq_max_hz": 60.0, "accel_nharm_max": 2}
    tables = search(recording, **options)
    assert np.any(tables.detections["search"] == b"jerk")
    other = search(recording, Budget(PROGRAM_BYTES + 2**27, 1, 2**12), **options)
    for name in ("candidates", "detections"):
        assert getattr(other, name).tobytes() == getattr(tables, name).tobytes()
