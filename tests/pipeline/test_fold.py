"""Folds by hand: of a period, of a pulsar in a binary system with its ephemeris, of a candidate."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import config as numba_config

from fastpipe.config import SearchConfig, override
from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.pulsar_ephemeris import BinaryOrbit, PulsarEphemeris
from fastpipe.errors import ConfigError, FileFormatError, ResourceError
from fastpipe.execution.executors import SerialExecutor, ThreadedExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.catalogue import write_catalogue
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.fold import fold_recording
from fastpipe.pipeline.fold_request import FoldRequest, catalogue_request, spin_request
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import MemoryRecording
from tests.references.binary_orbit import slow_delay_at_arrival_s

pytestmark = pytest.mark.skipif(numba_config.DISABLE_JIT, reason="too slow without the compiler")

SHAPE = FilterbankShape(nchans=32, nsamples=2**15, tsamp=1e-3)
PULSAR = SimulatedPulsar(period_s=0.0503, dm=40.0, snr=30.0)
ORBIT = BinaryOrbit(
    model="DD", epoch_mjd=59_999.9, orbit_freqs_hz=(1 / 700.0,), x_s=1.5, eccentricity=0.3, omega_rad=1.0, gamma_s=0.001
)
CONFIG = override(SearchConfig(), zero_dm="off")
BUDGET = Budget(PROGRAM_BYTES + 2**30, 1, 2**18)


def recording_of(orbit: BinaryOrbit | None = None, pulsar: SimulatedPulsar | None = PULSAR) -> MemoryRecording:
    """Simulate a pulsar in an orbit, which is worked out instant by instant."""
    header, _ = simulate(SHAPE, None)
    model = None
    if orbit is not None:
        nodes_s = np.linspace(0.0, header.tobs_s, 402)
        # Orbits are seen at infinite frequency, before the top of the band is delayed.
        delay_s = PULSAR.dm / 2.41e-4 / header.chan_freqs_mhz.max() ** 2
        first_s = (header.tstart - orbit.epoch_mjd) * 86_400.0 - delay_s
        at_pulsar_s = nodes_s - [slow_delay_at_arrival_s(orbit, first_s + node) for node in nodes_s.tolist()]
        model = BarycentricModel(
            start_mjd_tdb=0.0, mid_mjd_tdb=0.0, topocentric_s=nodes_s, barycentric_s=at_pulsar_s - at_pulsar_s[0]
        )
    header, blocks = simulate(SHAPE, pulsar, seed=3, barycentre=model)
    return MemoryRecording(header, np.concatenate(list(blocks)))


def fold(recording: MemoryRecording, request: FoldRequest, *, is_refined: bool = False) -> CatalogueTables:
    executor = SerialExecutor(SilentProgress(), StageLedger())
    return fold_recording(recording, request, CONFIG, BUDGET, executor, is_refined=is_refined)


def ephemeris(orbit: BinaryOrbit | None) -> FoldRequest:
    spin = PulsarEphemeris(
        name="J0000+0000", spin_hz=(PULSAR.freq_hz, 0.0), epoch_mjd=59_000.0, dm_terms=(40.0,), orbit=orbit
    )
    return FoldRequest(spin=spin, origin="with pulsar.par")


@pytest.fixture(scope="module")
def isolated() -> MemoryRecording:
    return recording_of()


def test_a_pulsar_in_an_orbit_is_folded_as_well_as_one_alone(isolated: MemoryRecording) -> None:
    bound, alone = fold(recording_of(ORBIT), ephemeris(ORBIT)), fold(isolated, spin_request(PULSAR.period_s, 40.0))
    assert bound.candidates["snr"][0] == pytest.approx(alone.candidates["snr"][0], rel=0.03)
    # Both have their pulse at phase 0, which passes the top of the band in the middle of the recording.
    peaks = [int(tables.folds[1].profile.argmax()) for tables in (bound, alone)]
    nbins = len(bound.folds[1].profile)
    assert all(min(peak, nbins - peak) <= 1 for peak in peaks)
    smeared = fold(recording_of(ORBIT), ephemeris(None))
    assert smeared.candidates["snr"][0] < 0.5 * alone.candidates["snr"][0]
    assert (bound.candidates["known_pulsar"][0], bound.candidates["search"][0]) == (b"J0000+0000", b"fold")
    # What the telescope sees has the velocity in the orbit.
    shift = bound.candidates["topocentric_period_s"][0] / PULSAR.period_s - 1.0
    header = isolated.header
    mid_s = (header.mid_mjd - ORBIT.epoch_mjd) * 86_400.0
    late_s = [slow_delay_at_arrival_s(ORBIT, mid_s + step_s) for step_s in (-0.5, 0.5)]
    assert shift == pytest.approx(late_s[1] - late_s[0], rel=0.02)
    assert "its motion in the binary system is taken out" in bound.provenance["remarks"]


def test_the_ephemeris_is_refined(isolated: MemoryRecording) -> None:
    off = ephemeris(None)
    assert isinstance(off.spin, PulsarEphemeris)
    slow = replace(off, spin=replace(off.spin, spin_hz=(PULSAR.freq_hz - 0.005,)), dm=39.0)
    row = fold(isolated, slow, is_refined=True).candidates[0]
    assert row["freq_hz"] == pytest.approx(PULSAR.freq_hz, abs=4 * row["period_err_s"] * PULSAR.freq_hz**2)
    assert row["dm"] == pytest.approx(40.0, abs=4 * row["dm_err"])
    kept = fold(isolated, slow).candidates[0]
    assert (kept["freq_hz"], kept["dm"]) == (PULSAR.freq_hz - 0.005, 39.0)
    assert 0.0 < kept["dm_err"] < 10.0


def test_a_candidate_is_folded_again(isolated: MemoryRecording, tmp_path: Path) -> None:
    first = fold(isolated, spin_request(PULSAR.period_s, 40.0, accel=3.0), is_refined=True)
    write_catalogue(tmp_path / "a.h5", first)
    request = catalogue_request(tmp_path / "a.h5", 1)
    again = fold(isolated, request)
    assert again.candidates["snr"][0] == pytest.approx(first.candidates["snr"][0], rel=0.02)
    assert again.candidates["period_s"][0] == pytest.approx(first.candidates["period_s"][0], rel=1e-14)
    assert "other files" not in again.provenance["remarks"]
    other = fold(isolated, replace(request, digest="of another"))
    assert "The candidate was found in other files than these" in other.provenance["remarks"]
    later = replace(isolated.header, tstart=isolated.header.tstart + 1.0)
    moved = fold(replace(isolated, header=later), request).candidates["freq_hz"][0]
    drift = first.candidates["fdot_hz_s"][0] * 86_400.0
    assert moved - first.candidates["freq_hz"][0] == pytest.approx(drift, rel=1e-6)
    write_catalogue(tmp_path / "b.h5", fold(isolated, ephemeris(None)))
    with pytest.raises(ConfigError, match=r"found a fold with a \.par file in"):
        catalogue_request(tmp_path / "b.h5", 1)
    with pytest.raises(ConfigError, match="found no candidate 7"):
        catalogue_request(tmp_path / "a.h5", 7)


def test_threads_do_not_matter(isolated: MemoryRecording) -> None:
    request = ephemeris(ORBIT)
    threads = ThreadedExecutor(3, SilentProgress(), StageLedger())
    threaded = fold_recording(isolated, request, CONFIG, BUDGET, threads, is_refined=False)
    serial = fold(isolated, request)
    assert np.array_equal(threaded.folds[1].cube.cube, serial.folds[1].cube.cube)
    assert threaded.candidates.tobytes() == serial.candidates.tobytes()


def test_what_makes_no_sense_is_refused_before_anything_is_read(isolated: MemoryRecording) -> None:
    unreadable = MemoryRecording(isolated.header, np.empty((0, 0)))
    for request, sentence in (
        (spin_request(0.0015, 40.0), "found a period of 0.0015 s to fold, expected 0.002 s"),
        (spin_request(40.0, 40.0), "found a period of 40 s to fold"),
        (spin_request(0.05), "found no DM to fold at"),
        (spin_request(0.05, -1.0), "found a DM of -1.0 pc cm"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            fold(unreadable, request)
    for period_s, rates in ((-1.0, {}), (0.05, {"accel": np.nan}), (0.05, {"accel": 1.0, "pdot": 1.0})):
        with pytest.raises(ConfigError, match="found a"):
            spin_request(period_s, 40.0, **rates)
    small = replace(BUDGET, memory_bytes=2**20)
    with pytest.raises(ResourceError, match=r"expected at least .* to fold this recording"):
        fold_recording(unreadable, spin_request(0.05, 40.0), CONFIG, small, SerialExecutor(SilentProgress(), StageLedger()))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"eccentricity_dot": 1e-4}, "impossible at MJD 60000"),
        ({"x_s": 200.0}, "a velocity below that of light"),
        ({"orbit_freqs_hz": (1 / 700.0, -1e-3)}, "impossible at MJD 60000"),
    ],
)
def test_impossible_orbits_are_refused(changed: dict[str, Any], sentence: str, isolated: MemoryRecording) -> None:
    with pytest.raises(FileFormatError, match=sentence):
        fold(isolated, ephemeris(replace(ORBIT, **changed)))


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (spin_request(0.05, 1e9), "found a DM of 1e.09 .*, whose sweep of the band is as long as the recording"),
        (spin_request(0.05, 40.0, accel=1e9), "found a spin that goes from .*; correct its derivative"),
        (spin_request(0.05, 40.0, pdot=-0.1), "found a spin that goes from .*; correct its derivative"),
    ],
)
def test_impossible_dms_and_drifts_are_refused(request_: FoldRequest, sentence: str, isolated: MemoryRecording) -> None:
    with pytest.raises(ConfigError, match=sentence):
        fold(isolated, request_)
