"""The whole search on simulated recordings: the pulsar first, the same bits however it is run, sentences where it cannot."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fastpipe.config import SearchConfig, override
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.tables import Fate
from fastpipe.errors import ConfigError, FileFormatError, HeaderError, ResourceError
from fastpipe.execution.executors import SerialExecutor, ThreadedExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.observation_tables import observation_table
from fastpipe.pipeline.search import search_recording
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.units import parse_bytes
from tests.pipeline.recordings import PULSAR, SHAPE, MemoryRecording, flipped, simulated

CONFIG = override(SearchConfig(), dm_max=120.0)
ROOMY = Budget(PROGRAM_BYTES + 2**31, 2, 2**20)


def _search(
    recording: MemoryRecording, config: SearchConfig = CONFIG, budget: Budget = ROOMY, nthreads: int = 2
) -> CatalogueTables:
    progress, times = SilentProgress(), StageLedger()
    executor = ThreadedExecutor(nthreads, progress, times) if nthreads > 1 else SerialExecutor(progress, times)
    return search_recording(recording, config, replace(budget, nthreads=nthreads), executor)


def _assert_same(first: CatalogueTables, second: CatalogueTables) -> None:
    for name in ("observations", "candidates", "detections"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes(), name
    for number, fold in first.folds.items():
        assert fold.cube.cube.tobytes() == second.folds[number].cube.cube.tobytes()
        assert fold.profile.tobytes() == second.folds[number].profile.tobytes()


@pytest.fixture(scope="module")
def recording() -> MemoryRecording:
    return simulated()


@pytest.fixture(scope="module")
def tables(recording: MemoryRecording) -> CatalogueTables:
    return _search(recording)


def test_the_pulsar_is_first_at_its_period_and_dm(tables: CatalogueTables) -> None:
    best = tables.candidates[0]
    assert best["period_s"] == pytest.approx(PULSAR.period_s, abs=max(4 * best["period_err_s"], 1e-6))
    assert best["dm"] == pytest.approx(PULSAR.dm, abs=max(4 * best["dm_err"], 1.0))
    assert best["snr"] == pytest.approx(PULSAR.snr, rel=0.12)
    assert best["score"] > 0.9
    assert best["log10_fap"] < -20


def test_every_detection_has_one_fate_and_candidates_their_detection(tables: CatalogueTables) -> None:
    detections = tables.detections
    counts = [np.count_nonzero(detections["fate"] == fate) for fate in Fate]
    assert sum(counts) == len(detections)
    kept = detections[detections["fate"] == Fate.KEPT]
    assert sorted(kept["related_id"]) == tables.candidates["cand_id"].tolist()
    assert np.all(np.diff(tables.candidates["log10_fap"]) >= 0)
    assert set(tables.folds) == set(tables.candidates["cand_id"].tolist())


def test_one_thread_gives_the_same_bits(recording: MemoryRecording, tables: CatalogueTables) -> None:
    _assert_same(tables, _search(recording, nthreads=1))


def _least_bytes(recording: MemoryRecording, config: SearchConfig, nthreads: int) -> int:
    with pytest.raises(ResourceError, match="for this recording; give more memory or fewer threads") as raised:
        _search(recording, config, Budget(0, nthreads, 2**20), nthreads)
    least = re.search(r"at least (\w+) for", str(raised.value))
    assert least is not None
    return parse_bytes(least[1])


# Three time resolutions, samples with the zero-DM filter and without it, and birdies.
MIXED = override(SearchConfig(), dm_max=400.0, zero_dm="on", nharm_max=4)


@pytest.fixture(scope="module")
def disturbed() -> MemoryRecording:
    shape = replace(SHAPE, nsamples=2**16, tsamp=2e-4)
    return simulated(shape, PULSAR, SimulatedInterference(mains_amplitude=0.3))


@pytest.fixture(scope="module")
def mixed(disturbed: MemoryRecording) -> CatalogueTables:
    return _search(disturbed, MIXED)


def test_the_mixed_search_has_all_that_may_be_cut_in_pieces(mixed: CatalogueTables) -> None:
    assert len(set(mixed.plans[1]["downsample"])) >= 3
    assert len(mixed.birdies[1]) > 0
    assert mixed.candidates[0]["period_s"] == pytest.approx(PULSAR.period_s, rel=1e-4)


@pytest.mark.parametrize(
    ("above_least", "chunk_bytes", "nthreads"),
    [(0, 2**10, 1), (0, 2**30, 2), (2**22, 123_457, 5), (2**24, 2**20, 2), (2**31, 2**17, 5), (2**31, 2**30, 1)],
)
def test_memory_chunks_and_threads_do_not_change_a_bit(
    disturbed: MemoryRecording, mixed: CatalogueTables, above_least: int, chunk_bytes: int, nthreads: int
) -> None:
    memory_bytes = _least_bytes(disturbed, MIXED, nthreads) + above_least
    other = _search(disturbed, MIXED, Budget(memory_bytes, nthreads, chunk_bytes), nthreads)
    _assert_same(mixed, other)
    assert other.birdies[1].tobytes() == mixed.birdies[1].tobytes()


def test_an_ascending_band_gives_the_same_candidates(recording: MemoryRecording, tables: CatalogueTables) -> None:
    ascending = _search(flipped(recording))
    # The channel frequencies are added up from the other end of the band, so they differ in the last digit.
    for name in ("period_s", "dm", "snr", "sigma"):
        np.testing.assert_allclose(ascending.candidates[name], tables.candidates[name], rtol=1e-6)


def test_noise_gives_no_significant_candidate() -> None:
    tables = _search(simulated(pulsar=None, seed=7))
    assert not np.any(tables.candidates["log10_fap"] < -2)


def test_interference_does_not_hide_the_pulsar() -> None:
    interference = SimulatedInterference(
        dead_channels=(3, 4), narrowband_channels=(10, 30), mains_amplitude=0.05, spark_rate_hz=0.2
    )
    tables = _search(simulated(interference=interference, seed=2), override(CONFIG, zero_dm="on"))
    assert tables.candidates[0]["period_s"] == pytest.approx(PULSAR.period_s, rel=1e-4)
    assert tables.masks[1].bad_channels[[3, 4]].all()


def test_a_dedispersed_series_goes_through_the_same_search(recording: MemoryRecording) -> None:
    header = recording.header
    delays = np.rint(4149.378 * PULSAR.dm * (header.chan_freqs_mhz**-2.0 - header.fch1**-2.0) / header.tsamp).astype(int)
    series = sum(np.roll(recording.data[:, c].astype(np.float32), -delay) for c, delay in enumerate(delays))
    one = replace(header, nchans=1, nbits=32, dm=PULSAR.dm)
    tables = _search(MemoryRecording(one, np.asarray(series, np.float32)[:, None]))
    assert tables.candidates[0]["period_s"] == pytest.approx(PULSAR.period_s, rel=1e-4)
    assert tables.candidates[0]["dm"] == PULSAR.dm
    assert not tables.masks


def test_a_barycentric_recording_makes_a_barycentric_catalogue(recording: MemoryRecording) -> None:
    tables = _search(replace(recording, header=replace(recording.header, is_barycentric=True)))
    assert tables.frame == "barycentric"
    assert np.isnan(tables.candidates[0]["topocentric_period_s"])


def _series(values: np.ndarray) -> MemoryRecording:
    header = replace(simulated(replace(SHAPE, nsamples=1024), None).header, nchans=1, nbits=32, dm=0.0)
    return MemoryRecording(replace(header, nsamples=len(values)), values.astype(np.float32)[:, None])


def test_values_of_a_series_that_are_not_finite_do_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    values = np.random.default_rng(3).normal(0, 1, 2**15)
    values[np.arange(2**15) % 100 < 5] += 2.0
    values[[7, 5000]] = np.nan, np.inf
    tables = _search(_series(values))
    assert tables.candidates[0]["period_s"] == pytest.approx(100 * SHAPE.tsamp, rel=1e-4)
    assert "2 values of the series are not finite" in caplog.text


def test_a_series_without_a_finite_value_is_refused() -> None:
    with pytest.raises(FileFormatError, match="found no finite value in the series, expected numbers"):
        _search(_series(np.full(4096, np.nan)))


def test_a_series_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ResourceError, match=r"found .* of memory, expected at least .* for this series; give more memory"):
        _search(_series(np.zeros(4096)), budget=Budget(PROGRAM_BYTES, 1, 2**20))


def test_many_file_names_are_counted(recording: MemoryRecording) -> None:
    many = replace(recording, paths=tuple(Path(f"scan_{number:04d}.fil") for number in range(200)))
    (files,) = observation_table(many, None, "", 1)["files"]
    assert files.startswith(b"scan_0000.fil;")
    assert files.endswith(b".fil;... 200 files")
    assert len(files) <= 1024


def test_one_channel_is_searched_at_one_dm() -> None:
    recording = simulated(replace(SHAPE, nchans=8, nsamples=2**14), replace(PULSAR, dm=0.0, snr=40.0))
    mean = recording.data.mean(axis=1, keepdims=True).round().astype(np.uint8)
    tables = _search(MemoryRecording(replace(recording.header, nchans=1), mean))
    assert tables.candidates[0]["period_s"] == pytest.approx(PULSAR.period_s, rel=1e-3)


def test_constant_data_give_an_empty_catalogue() -> None:
    recording = simulated(replace(SHAPE, nsamples=4096), None)
    tables = _search(MemoryRecording(recording.header, np.full_like(recording.data, 7)))
    assert len(tables.candidates) == len(tables.detections) == 0
    assert tables.masks[1].mask.all()


def test_too_little_memory_is_refused_with_the_least_that_would_do(recording: MemoryRecording) -> None:
    with pytest.raises(ResourceError, match=r"found .* of memory for 1 threads, expected at least .*; give more memory"):
        _search(recording, budget=Budget(PROGRAM_BYTES, 1, 2**20), nthreads=1)


def test_a_few_samples_are_refused() -> None:
    with pytest.raises(HeaderError, match="found a recording of 1000 samples, expected at least 1024"):
        _search(simulated(replace(SHAPE, nsamples=1000), None))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"dm_min": 90_000.0, "dm_max": 90_000.0}, "found dm_min = 90000.0, expected at most .*; lower dm_min"),
        ({"dm_step": 1e-9}, "found dm_step = 1e-09, expected at most 1000000 trials .*; set a larger dm_step"),
        ({"freq_min_hz": 1400.0, "freq_max_hz": 1500.0}, "found frequencies of 1400.0 to 1500.0 Hz, .*; change freq_min_hz"),
    ],
)
def test_a_configuration_that_searches_nothing_is_refused(
    recording: MemoryRecording, options: dict[str, float], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        _search(recording, override(SearchConfig(), **options))


def test_dms_whose_coarse_samples_hold_none_of_the_frequencies_are_passed_over() -> None:
    tables = _search(simulated(replace(SHAPE, nsamples=2**14), None), override(CONFIG, dm_max=400.0, freq_min_hz=500.0))
    assert (0.5 / SHAPE.tsamp / tables.plans[1]["downsample"]).min() < 500.0


def test_remarks_are_logged_and_kept(tables: CatalogueTables, caplog: pytest.LogCaptureFixture) -> None:
    assert tables.provenance["remarks"] == ""
    disturbed = simulated(interference=SimulatedInterference(mains_amplitude=0.5))
    (remark,) = _search(disturbed, override(CONFIG, max_zapped=0.0)).provenance["remarks"].splitlines()
    assert remark.endswith("all together are more of it than max_zapped allows.")
    assert remark in caplog.messages


def test_dms_beyond_the_recording_are_left_out(recording: MemoryRecording, caplog: pytest.LogCaptureFixture) -> None:
    short = MemoryRecording(replace(recording.header, nsamples=1500), recording.data[:1500])
    _search(short, override(CONFIG, dm_max=2000.0))
    assert "are left out" in caplog.text
