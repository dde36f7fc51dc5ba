"""Birdies of whole recordings: found, removed from the search, with their fate in the table."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numba import config

from fastpipe.config import BirdiesConfig, SearchConfig, override
from fastpipe.constants import LANES
from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe.data.dispersion_plan import DispersionPlan, DMRange
from fastpipe.data.lane_blocks import LaneBlocks
from fastpipe.data.rfi_mask import RFIMask
from fastpipe.data.tables import Table
from fastpipe.errors import ConfigError
from fastpipe.execution.executors import SerialExecutor, ThreadedExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.search import run_search
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.birdies import find_series_birdies
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.dedispersion import dedisperse_pass
from fastpipe.pipeline.fourier_search import search_series
from fastpipe.pipeline.passes import plan_passes
from fastpipe.pipeline.preflight import check_and_plan
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import MemoryRecording, birdies_of, flipped, simulated

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")

SHAPE = FilterbankShape(nchans=24, nsamples=2**15, tsamp=4e-4)
PLAN = DispersionPlan((DMRange(0.0, 2.0, 40, 1),))
MAINS = SimulatedInterference(mains_amplitude=0.2)
PULSAR = SimulatedPulsar(period_s=0.0893, dm=42.0, snr=60.0)
SERIAL = SerialExecutor(SilentProgress(), StageLedger())
OPTIONS = SearchConfig()


def clean_of(recording: MemoryRecording) -> CleanRecording:
    header, data = recording.header, recording.data.astype(np.float64)
    statistics = ChannelStatistics(data.mean(axis=0), data.std(axis=0), header.nsamples)
    reasons = np.zeros((1, header.nchans), np.uint16)
    mask = RFIMask(reasons, header.nsamples, header.nsamples, np.empty((0, 2), np.int64))
    return CleanRecording(recording, statistics, mask)


def search(clean: CleanRecording, birdies: Table | None, memory_bytes: int = 2**30) -> Table:
    """Search all trials of PLAN in as many passes as the memory asks for."""
    budget = Budget(PROGRAM_BYTES + memory_bytes, 1, 2**18)
    tables = []
    for reading in plan_passes(clean.recording.header, PLAN, budget, override(SearchConfig(), find_birdies=False)):
        series = dedisperse_pass(clean, reading, np.empty(reading.values, np.float32), SERIAL)
        tables.append(search_series(series, 1000, OPTIONS, SERIAL, birdies).table)
    return np.concatenate(tables)


@pytest.fixture(scope="module")
def clean() -> CleanRecording:
    return clean_of(simulated(SHAPE, PULSAR, MAINS))


def test_mains_are_found_and_go_and_the_pulsar_stays(clean: CleanRecording) -> None:
    birdies = birdies_of(clean, PLAN).table
    assert birdies[["birdie_id", "harmonic", "source"]].tolist()[0] == (1, 1, b"mains")
    # Of the harmonics that the line gives away, noise lets one in a hundred pass for a line.
    assert len(birdies) <= 2
    assert birdies["freq_hz"][0] == pytest.approx(50.0, abs=0.1)
    before, after = search(clean, None), search(clean, birdies)
    near = [np.abs(table["freq_hz"] - 50.0) < birdies["width_hz"][0] / 2 for table in (before, after)]
    assert before["sigma"][near[0]].max() > 40
    # What is left there are sums with other harmonics than the first, such as 9/2 of the pulsar.
    assert not np.any(after["nharm"][near[1]] == 1)
    best = [table["power"][np.abs(table["freq_hz"] * PULSAR.period_s - 1) < 1e-3].max() for table in (before, after)]
    assert best[1] == pytest.approx(best[0], rel=0.02)
    assert after["nzapped"].max() > 0
    assert not before["nzapped"].any()


def test_birdies_are_the_same_for_any_threads_order_and_cut(clean: CleanRecording) -> None:
    birdies = birdies_of(clean, PLAN).table
    threads = ThreadedExecutor(2, SilentProgress(), StageLedger())
    assert birdies_of(clean, PLAN, executor=threads).table.tobytes() == birdies.tobytes()
    assert isinstance(clean.recording, MemoryRecording)
    ascending = birdies_of(clean_of(flipped(clean.recording)), PLAN).table
    assert ascending["freq_hz"].tolist() == birdies["freq_hz"].tolist()
    one_block = 30 * 2**20
    assert search(clean, birdies).tobytes() == search(clean, birdies, one_block).tobytes()


def test_one_channel_and_series_have_mains_and_lists_only(tmp_path: Path) -> None:
    path = tmp_path / "birdies.txt"
    path.write_text("33.0 0.1 2\n")
    options = BirdiesConfig(birdie_file=str(path))
    shape = replace(SHAPE, nchans=1)
    recording = simulated(shape, None, MAINS)
    expected = [(b"list", 1), (b"mains", 1), (b"list", 2)]
    found = birdies_of(clean_of(recording), PLAN, options).table
    assert found[["source", "harmonic"]].tolist() == expected
    blocks = np.zeros((1, SHAPE.nsamples, LANES), np.float32)
    blocks[0, :, 0] = recording.data[:, 0]
    series = LaneBlocks(blocks, np.array([30.0]), SHAPE.nsamples, SHAPE.tsamp)
    found = find_series_birdies(series, recording.header, options, SERIAL).table
    assert found[["source", "harmonic"]].tolist() == expected
    unexpected = simulated(shape, None, replace(MAINS, mains_hz=111.0))
    assert len(birdies_of(clean_of(unexpected), PLAN).table) == 0


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["J1807-0847_gbt.dat", "B1929+10_lovell.dat", "B0329+54_lovell.dat"])
def test_birdies_cost_no_real_series_its_pulsar(test_data: Path, name: str) -> None:
    found = [
        run_search([test_data / "series" / name], SearchConfig(birdies=BirdiesConfig(find_birdies=is_on))).candidates[0]
        for is_on in (True, False)
    ]
    assert found[0]["period_s"] == found[1]["period_s"]
    assert found[0]["snr"] >= found[1]["snr"]


@pytest.mark.real_data
def test_no_mains_are_left_in_a_real_recording(test_data: Path) -> None:
    names = ("parkes_8bit_1.fil", "parkes_8bit_2.fil")
    tables = run_search([test_data / "recordings" / name for name in names], SearchConfig())
    assert np.isin([1, 3, 5], tables.birdies[1]["harmonic"]).all()
    # One faint signal is found at a DM above 1; its fold says that it comes from the ground.
    from_ground = tables.candidates[tables.candidates["dm"] < 1.0]
    assert len(from_ground) <= 1
    assert (from_ground["score"] < 0.05).all()


def test_nothing_is_looked_for_if_not_wanted(clean: CleanRecording) -> None:
    assert len(birdies_of(clean, PLAN, BirdiesConfig(find_birdies=False)).table) == 0


def test_what_is_wrong_with_a_list_is_said_before_anything_is_read(tmp_path: Path, clean: CleanRecording) -> None:
    path = tmp_path / "birdies.txt"
    path.write_text("33.0 wide\n")
    with pytest.raises(ConfigError, match=r"found '33\.0 wide' in line 1"):
        check_and_plan(clean.recording.header, override(SearchConfig(), birdie_file=str(path)))


def test_barycentric_lines_need_a_place(tmp_path: Path, clean: CleanRecording) -> None:
    path = tmp_path / "birdies.txt"
    path.write_text("33.0 0.1 1 bary\n")
    options = BirdiesConfig(find_birdies=False, birdie_file=str(path))
    with pytest.raises(ConfigError, match="found no position of the source"):
        birdies_of(clean, PLAN, options)
    header = replace(clean.recording.header, telescope="FAST", ra_deg=0.0, dec_deg=0.0, tstart=59_000.0)
    at_fast = replace(clean, recording=replace(clean.recording, header=header))
    (topocentric,) = birdies_of(at_fast, PLAN, options).table["freq_hz"].tolist()
    # The Earth moves towards this point in June: the frequency is higher.
    assert topocentric == pytest.approx(33.0 * (1 + 9.17e-5), rel=1e-6)
    barycentric = replace(at_fast, recording=replace(clean.recording, header=replace(header, is_barycentric=True)))
    assert birdies_of(barycentric, PLAN, options).table["freq_hz"].tolist() == [33.0]
