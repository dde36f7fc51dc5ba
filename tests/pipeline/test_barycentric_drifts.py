"""Drifts in the frame of the barycentre: those of the source stay, and what is on the ground has that of the Earth."""

from dataclasses import replace

import numpy as np
import pytest
from numba import config
from numpy.typing import NDArray

from fastpipe.config import SearchConfig, override
from fastpipe.constants import SPEED_OF_LIGHT_M_S
from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.execution.executors import SerialExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.barycentre import barycentric_model
from fastpipe.pipeline import fourier_search
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.search import search_recording
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import MemoryRecording

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")

FREQ_HZ = 31.2345
NSAMPLES = 2**22 - 100_000
# Half of the sampling rate is twice the frequency and more: linear interpolation then moves no phase by much.
TSAMP = 30_000.0 / NSAMPLES
# The source is highest in the middle, where the Earth turns the telescope away from it faster and faster.
HEADER = replace(
    FilterbankShape(nchans=1, nsamples=NSAMPLES, tsamp=TSAMP, nbits=32, ra_deg=0.0, dec_deg=0.5).header(),
    tstart=59_090.75 - 15_000.0 / 86_400.0,
    dm=10.0,
)


def times_s(model: BarycentricModel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the times of samples at the telescope and at the barycentre, each from the middle of the recording."""
    at_telescope = (np.arange(NSAMPLES) + 0.5) * TSAMP
    middle = np.array([HEADER.tobs_s / 2.0])
    return at_telescope - middle, model.to_barycentric_s(at_telescope) - model.to_barycentric_s(middle)


def search(turns: NDArray[np.float64]) -> CatalogueTables:
    """Search a series that holds a sine of S/N 30 near `FREQ_HZ` for drifts."""
    series = np.random.default_rng(4).standard_normal(NSAMPLES) + 30.0 * np.sqrt(2.0 / NSAMPLES) * np.cos(2 * np.pi * turns)
    recording = MemoryRecording(HEADER, series.astype(np.float32)[:, None])
    options = override(
        SearchConfig(), nharm_max=1, zmax=30.0, freq_min_hz=31.0, freq_max_hz=31.5, find_birdies=False, frame="barycentric"
    )
    executor = SerialExecutor(SilentProgress(), StageLedger())
    return search_recording(recording, options, Budget(PROGRAM_BYTES + 2**31, 1, 2**20), executor)


@pytest.fixture(scope="module")
def model() -> BarycentricModel:
    return barycentric_model(HEADER)


@pytest.mark.parametrize("z", [12.0, -5.0, 0.0])
def test_a_drift_at_the_barycentre_is_that_of_the_source(model: BarycentricModel, z: float) -> None:
    _, at_source = times_s(model)
    fdot_hz_s = z / HEADER.tobs_s**2
    tables = search(FREQ_HZ * at_source + 0.5 * fdot_hz_s * at_source**2)
    best, detection = tables.candidates[0], tables.detections[0]
    assert (tables.frame, best["search"]) == ("barycentric", b"accel" if z else b"fft")
    assert best["freq_hz"] == pytest.approx(FREQ_HZ, abs=4 * best["period_err_s"] * FREQ_HZ**2)
    assert best["fdot_hz_s"] == pytest.approx(fdot_hz_s, abs=4 * best["fdot_err_hz_s"])
    assert best["accel_m_s2"] == pytest.approx(-best["fdot_hz_s"] / best["freq_hz"] * SPEED_OF_LIGHT_M_S)
    assert abs(detection["z"] - z) < 4 * detection["z_err"]
    assert z == 0.0 or detection["z_err"] < 0.5


def test_a_tone_of_the_ground_drifts_as_the_earth_turns(model: BarycentricModel, monkeypatch: pytest.MonkeyPatch) -> None:
    at_telescope, at_source = times_s(model)
    x = at_source / HEADER.tobs_s
    # What a template of constant drift sees of a phase is the parabola that fits it best.
    z = 2.0 * np.polyfit(x[::1000], FREQ_HZ * at_telescope[::1000], 2)[0]
    assert z > 3.0
    detection = search(FREQ_HZ * at_telescope).detections[0]
    assert detection["search"] == b"accel"
    assert abs(detection["z"] - z) < 4 * detection["z_err"]
    assert detection["z_err"] < 0.5
    assert detection["freq_hz"] == pytest.approx(FREQ_HZ * (1.0 + model.velocity_over_c), abs=1.0 / HEADER.tobs_s)
    # Left as it is, the series shows that it does not drift at the telescope.
    monkeypatch.setattr(fourier_search, "_DRIFT_BINS", np.inf)
    assert search(FREQ_HZ * at_telescope).detections[0]["search"] == b"fft"
