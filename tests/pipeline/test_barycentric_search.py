"""Whole searches in the frame of the barycentre: periods of the source, whatever the telescope does meanwhile."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numba import config

from fastpipe.config import SearchConfig, override
from fastpipe.constants import LANES
from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.header import Header
from fastpipe.data.lane_blocks import LaneBlocks
from fastpipe.errors import ConfigError
from fastpipe.execution.executors import SerialExecutor, ThreadedExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.barycentre import barycentric_model
from fastpipe.pipeline import fourier_search
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.fourier_search import search_series
from fastpipe.pipeline.frame import SearchFrame
from fastpipe.pipeline.search import search_recording
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import MemoryRecording

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")

PULSAR = SimulatedPulsar(period_s=0.0073, dm=40.0, snr=40.0, duty_cycle=0.1)
# Near the ecliptic, where the Earth moves towards the source at 1e-4 of the velocity of light.
SHAPE = FilterbankShape(nchans=32, nsamples=2**16, tsamp=4e-4, tstart=59_000.0, ra_deg=0.0, dec_deg=0.5)
OPTIONS = override(SearchConfig(), dm_max=60.0)
ROOMY = Budget(PROGRAM_BYTES + 2**31, 2, 2**20)
SERIAL = SerialExecutor(SilentProgress(), StageLedger())


def search(recording: MemoryRecording, budget: Budget = ROOMY, **options: Any) -> CatalogueTables:
    nthreads = budget.nthreads
    executor = ThreadedExecutor(nthreads, SilentProgress(), StageLedger()) if nthreads > 1 else SERIAL
    return search_recording(recording, override(OPTIONS, **options), budget, executor)


def moving(interference: SimulatedInterference | None = None) -> MemoryRecording:
    """Return a recording at FAST of a pulsar whose period is constant at the barycentre."""
    header, blocks = simulate(SHAPE, PULSAR, interference, 1, barycentric_model(SHAPE.header()))
    return MemoryRecording(header, np.concatenate(list(blocks)))


@pytest.fixture(scope="module")
def recording() -> MemoryRecording:
    return moving()


@pytest.fixture(scope="module")
def tables(recording: MemoryRecording) -> CatalogueTables:
    return search(recording)


def test_the_period_is_that_of_the_source(recording: MemoryRecording, tables: CatalogueTables) -> None:
    best = tables.candidates[0]
    assert (tables.frame, tables.time_scale) == ("barycentric", "TDB")
    assert best["period_s"] == pytest.approx(PULSAR.period_s, abs=4 * best["period_err_s"])
    model = barycentric_model(recording.header)
    assert best["topocentric_period_s"] == pytest.approx(best["period_s"] / (1 - model.velocity_over_c), rel=1e-12)
    # The two periods are well apart, so the first line says something.
    assert abs(best["topocentric_period_s"] - best["period_s"]) > 20 * best["period_err_s"]
    assert best["epoch_mjd"] == model.mid_mjd_tdb
    assert best["accel_m_s2"] == best["fdot_hz_s"] == 0.0


def test_the_motion_costs_no_snr(tables: CatalogueTables) -> None:
    header, blocks = simulate(replace(SHAPE, ra_deg=None, dec_deg=None), PULSAR, None, 1)
    at_rest = search(MemoryRecording(header, np.concatenate(list(blocks))))
    assert (at_rest.frame, at_rest.time_scale, at_rest.provenance["remarks"]) == ("topocentric", "UTC", "")
    assert at_rest.candidates[0]["period_s"] == at_rest.candidates[0]["topocentric_period_s"]
    assert tables.candidates[0]["snr"] == pytest.approx(at_rest.candidates[0]["snr"], rel=0.1)


def test_the_telescope_sees_another_period(recording: MemoryRecording, tables: CatalogueTables) -> None:
    seen = search(recording, frame="topocentric")
    assert (seen.frame, seen.candidates[0]["epoch_mjd"]) == ("topocentric", recording.header.mid_mjd)
    best = tables.candidates[0]
    assert seen.candidates[0]["period_s"] == pytest.approx(best["topocentric_period_s"], abs=2 * best["period_err_s"])
    assert seen.candidates[0]["snr"] == pytest.approx(best["snr"], rel=0.03)


@pytest.mark.parametrize(("memory_bytes", "chunk_bytes"), [(2**31, 2**20), (450 * 2**20, 123_457)])
def test_threads_memory_and_chunks_do_not_change_a_bit(
    recording: MemoryRecording, tables: CatalogueTables, memory_bytes: int, chunk_bytes: int
) -> None:
    other = search(recording, Budget(PROGRAM_BYTES + memory_bytes, 1, chunk_bytes))
    for name in ("observations", "candidates", "detections"):
        assert getattr(tables, name).tobytes() == getattr(other, name).tobytes()
    for number, fold in tables.folds.items():
        assert fold.cube.cube.tobytes() == other.folds[number].cube.cube.tobytes()


def test_a_position_given_is_the_one_that_counts(recording: MemoryRecording, tables: CatalogueTables) -> None:
    nowhere = replace(recording, header=replace(recording.header, ra_deg=None, dec_deg=None))
    found = search(nowhere, position="00:00:00 +00:30:00")
    assert found.candidates.tobytes() == tables.candidates.tobytes()
    assert found.observations[["ra_deg", "dec_deg"]].tolist() == [(0.0, 0.5)]
    away = search(recording, position="180.0 -0.5").candidates[0]
    assert away["period_s"] == pytest.approx(PULSAR.period_s * (1 - 2 * 9.07e-5), rel=5e-6)
    assert away["topocentric_period_s"] == pytest.approx(tables.candidates[0]["topocentric_period_s"], rel=1e-7)


def test_what_the_barycentre_needs_is_refused_before_anything_is_read(recording: MemoryRecording) -> None:
    class _Unreadable(MemoryRecording):
        def read(self, start: int, stop: int) -> Any:
            raise AssertionError(f"read {start} to {stop}")

    nowhere = _Unreadable(replace(recording.header, ra_deg=None, dec_deg=None), recording.data)
    with pytest.raises(ConfigError, match="found no position of the source in the header"):
        search(nowhere, frame="barycentric")


def test_birdies_are_those_of_the_ground_and_go_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    line_hz = 1111.0
    recording = moving(SimulatedInterference(mains_hz=line_hz, mains_amplitude=0.01))
    # The line is 2.6 Fourier bins lower at the barycentre, more than half of the width of its range.
    bin_hz = 1 / recording.header.tobs_s

    def strongest() -> float:
        found = search(recording, zero_dm="off")
        (birdie,) = found.birdies[1]
        assert abs(birdie["freq_hz"] - line_hz) < bin_hz
        assert birdie["width_hz"] < 3 * bin_hz
        assert found.candidates[0]["period_s"] == pytest.approx(PULSAR.period_s, rel=1e-5)
        near = np.abs(found.detections["freq_hz"] - line_hz) < 10 * bin_hz
        return float(found.detections["sigma"][near].max(initial=0.0))

    assert strongest() < 5.5
    monkeypatch.setattr(SearchFrame, "birdies", lambda _frame, birdies: birdies)
    assert strongest() > 8


def _half_a_day(freq_hz: float, snr: float, nsamples: int) -> tuple[Header, np.ndarray, BarycentricModel]:
    """Return a series of half a day that holds a sine of constant barycentric frequency."""
    tsamp = 42_000.0 / nsamples
    header = replace(SHAPE.header(), nchans=1, nbits=32, nsamples=nsamples, tsamp=tsamp, tstart=59_090.5, dm=10.0)
    model = barycentric_model(header)
    times_s = model.to_barycentric_s((np.arange(header.nsamples) + 0.5) * header.tsamp)
    noise = np.random.default_rng(2).standard_normal(header.nsamples)
    amplitude = snr * np.sqrt(2 / header.nsamples)
    return header, (noise + amplitude * np.sin(2 * np.pi * freq_hz * times_s)).astype(np.float32), model


def test_resampling_keeps_what_drifts_over_bins(monkeypatch: pytest.MonkeyPatch) -> None:
    freq_hz = 20.4321
    header, series, model = _half_a_day(freq_hz, 15.0, 2**21)
    frame = SearchFrame("barycentric", model)

    def best() -> np.void:
        blocks = np.zeros((1, header.nsamples, LANES), np.float32)
        blocks[0, :, 0] = series
        lanes = LaneBlocks(blocks, np.array([10.0]), header.nsamples, header.tsamp)
        detections = search_series(
            [lanes], 1000, override(SearchConfig(), nharm_max=1, sigma_min=3.0), SERIAL, None, frame
        ).table
        near = detections[np.abs(detections["freq_hz"] - freq_hz) < 1e-3]
        return near[near["power"].argmax()]

    resampled = best()
    # Linear interpolation at this frequency, 0.4 cycles a sample, costs up to 18 %.
    assert resampled["power"] == pytest.approx(0.9 * 15.0**2 / 2, rel=0.3)
    assert resampled["freq_hz"] == pytest.approx(freq_hz, abs=0.5 / header.tobs_s)
    monkeypatch.setattr(fourier_search, "_DRIFT_BINS", np.inf)
    # It drifts over 3.6 bins, as much as a harmonic at 2 kHz does in an hour.
    assert best()["power"] < 0.6 * resampled["power"]


def test_a_fold_of_half_a_day_keeps_its_phase() -> None:
    header, series, _ = _half_a_day(4.4321, 20.0, 2**19)
    tables = search(MemoryRecording(header, series[:, None]), nharm_max=1)
    best = tables.candidates[0]
    assert best["freq_hz"] == pytest.approx(4.4321, abs=4 * best["period_err_s"] * 4.4321**2)
    assert best["fdot_hz_s"] == 0.0
    assert best["snr"] > 13
