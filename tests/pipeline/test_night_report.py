"""The files that tell about a night, made from catalogues."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.known_pulsars import KNOWN_PULSAR_COLUMNS, NO_PULSARS, KnownPulsars
from fastpipe.data.manifest import ManifestEntry
from fastpipe.data.night_state import NightSearch, NightState, SearchStatus
from fastpipe.data.tables import Fate, empty_table
from fastpipe.io.catalogue import read_catalogue, write_catalogue
from fastpipe.pipeline.expected_pulsars import expected_pulsars
from fastpipe.pipeline.merge import NamedCatalogue
from fastpipe.pipeline.night_merge import merge_night
from fastpipe.pipeline.night_report import MERGE_STAGE, NightReport
from fastpipe.pipeline.night_retries import RETRY_RULES, judge_exits
from tests.fake_catalogue import FREQS_HZ, TOBS_S, fake_tables

POSITION_DEG = (83.0, 22.0)


def tables_of_beam(beam: int, **values: object) -> CatalogueTables:
    tables = fake_tables()
    observations = tables.observations.copy()
    observations["beam"], observations["digest"] = beam, f"digest {beam}".encode()
    for name, value in values.items():
        observations[name] = value
    return replace(tables, observations=observations)


def search_of(name: str, status: SearchStatus = "done", **values: object) -> NightSearch:
    fixed = {
        "key": name,
        "files": (f"/in/{name}.fil",),
        "nbytes": 100,
        "exits": (0,),
        "start_unix_s": 1.0,
        "end_unix_s": 9.0,
    }
    return NightSearch(name=name, status=status, **(fixed | values))


def write_night(folder: Path, tables: dict[str, CatalogueTables]) -> NightState:
    for name, content in tables.items():
        (folder / name).mkdir()
        write_catalogue(folder / name / "catalogue.h5", content)
    return NightState(inbox="/in", start_unix_s=0.0, searches={name: search_of(name) for name in tables})


def pulsar(**values: object) -> KnownPulsars:
    table = empty_table(KNOWN_PULSAR_COLUMNS, 1)
    for column in ("fdot_hz_s", "epoch_mjd", "orbit_period_s", "projected_axis_s"):
        table[column] = np.nan
    table["name"], table["freq_hz"], table["dm"], table["flux_1400_mjy"] = b"B0001", 7.7, 90.0, 5.0
    table["ra_deg"], table["dec_deg"] = POSITION_DEG
    for name, value in values.items():
        table[name] = value
    return KnownPulsars(table)


def test_report_merges_and_tells(tmp_path: Path) -> None:
    state = write_night(tmp_path, {"m1": tables_of_beam(1), "m2": tables_of_beam(2)})
    report = NightReport(tmp_path, NO_PULSARS)
    summary = report.write(state, (), is_over=True)
    merged = read_catalogue(tmp_path / "night.h5")
    assert (len(merged.observations), len(merged.folds)) == (2, 6)
    assert [(row.name, row.ncandidates, row.tobs_s) for row in summary.rows] == [("m1", 3, TOBS_S), ("m2", 3, TOBS_S)]
    # Three signals in two beams: the strongest of each.
    assert [found.beams for found in summary.candidates] == [(1, 2)] * 3
    lines = [json.loads(line) for line in (tmp_path / "night.jsonl").read_text().splitlines()]
    assert [(line["observation"], line["exit"]) for line in lines] == [("m1", 0), ("m2", 0), ("", 0)]
    assert "2 observations were searched" in (tmp_path / "night.html").read_text()
    assert (tmp_path / "night.prom").is_file()
    assert not list(tmp_path.glob(".*"))


def test_entries_of_the_manifest_that_no_file_fits(tmp_path: Path) -> None:
    state = write_night(tmp_path, {"m1": tables_of_beam(1)})
    (found,) = state.searches.values()
    inbox = Path(state.inbox)
    state = replace(state, searches={"m1": replace(found, files=(str(inbox / "tonight" / "m1.fil"),))})
    patterns = [("m1.fil",), ("tonight/*.fil",), ("m7.fil", "*.sf"), (str(inbox / "tonight" / "*.fil"),)]
    entries = [ManifestEntry(files=pattern) for pattern in patterns]
    entries.append(ManifestEntry(files=("gone.fil",), name="m1"))
    report = NightReport(tmp_path, NO_PULSARS, entries)
    assert report.write(state, (), is_over=False).unmatched_patterns == ()
    assert report.write(state, (), is_over=True).unmatched_patterns == ("m7.fil; *.sf",)
    assert "No file fits m7.fil; *.sf of the manifest: correct" in (tmp_path / "night.html").read_text()


def test_a_large_night_holds_candidates_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = write_night(tmp_path, {"m1": tables_of_beam(1), "m2": tables_of_beam(2)})
    monkeypatch.setattr("fastpipe.pipeline.night_report._FOLDS_BYTES", 1000)
    summary = NightReport(tmp_path, NO_PULSARS).write(state, (), is_over=True)
    merged = read_catalogue(tmp_path / "night.h5")
    assert (len(merged.observations), len(merged.candidates), len(merged.folds)) == (2, 6, 0)
    assert set(merged.detections["fate"]) == {Fate.KEPT}
    assert sorted(merged.detections["related_id"]) == [1, 2, 3, 4, 5, 6]
    assert any("rejected detections are in the catalogues of the observations" in remark for remark in summary.remarks)


def test_merge_runs_only_for_new_catalogues(tmp_path: Path) -> None:
    state = write_night(tmp_path, {"m1": tables_of_beam(1), "m2": tables_of_beam(2)})
    report = NightReport(tmp_path, NO_PULSARS)
    for _ in range(3):
        report.write(state, (), is_over=False)
    again = replace(state.searches["m2"], end_unix_s=10.0)
    report.write(replace(state, searches=state.searches | {"m2": again}), (), is_over=False)
    lines = [json.loads(line) for line in (tmp_path / "night.jsonl").read_text().splitlines()]
    assert sum(line["stage"] == MERGE_STAGE for line in lines) == 2


def test_catalogue_that_cannot_be_read_is_a_remark(tmp_path: Path) -> None:
    state = write_night(tmp_path, {"m1": tables_of_beam(1), "m2": tables_of_beam(2)})
    (tmp_path / "m2" / "catalogue.h5").write_bytes(b"broken")
    summary = NightReport(tmp_path, NO_PULSARS).write(state, (), is_over=True)
    assert len(summary.candidates) == 3
    assert summary.remarks[0].startswith("m2 is not in the catalogue of the night: found")


def test_night_of_nothing_but_failures(tmp_path: Path) -> None:
    state = NightState(
        inbox="/in", start_unix_s=0.0, searches={"a": search_of("a", "failed", exits=(10, 10), reason="broke")}
    )
    summary = NightReport(tmp_path, NO_PULSARS).write(state, (), is_over=True)
    assert [(row.exit_code, row.nattempts, row.reason) for row in summary.rows] == [(10, 2, "broke")]
    assert not (tmp_path / "night.h5").exists()


def test_catalogues_that_do_not_fit_are_left_out() -> None:
    other_frame = replace(tables_of_beam(3), frame="barycentric")
    named = [
        NamedCatalogue(name, tables)
        for name, tables in (
            ("a", tables_of_beam(1)),
            ("b", other_frame),
            ("c", tables_of_beam(2)),
            ("d", tables_of_beam(1)),
        )
    ]
    merged = merge_night(named)
    assert merged.tables is not None
    assert merged.obs_ids == {"a": (1,), "c": (2,)}
    assert [remark.split(":")[0].split()[0] for remark in merged.remarks] == ["b", "d"]
    assert merge_night([]).tables is None


@pytest.mark.parametrize(
    ("values", "reason", "is_alarm"),
    [
        ({}, "should be seen", True),
        ({"flux_1400_mjy": 0.001}, "too faint", False),
        ({"flux_1400_mjy": np.nan}, "not known", False),
        ({"dm": 900.0}, "outside the search", False),
        ({"freq_hz": 0.02}, "only 2.4 turns", False),
        ({"freq_hz": 50.0, "dm": 1.0}, "detected, but strongest at DM 0", True),
    ],
)
def test_missed_pulsars_have_reasons(values: dict[str, object], reason: str, is_alarm: bool) -> None:
    tables = tables_of_beam(1, ra_deg=POSITION_DEG[0], dec_deg=POSITION_DEG[1])
    found = expected_pulsars(tables, pulsar(**values), {1: "m1"})
    assert [(one.is_seen, one.is_alarm, reason in one.reason) for one in found] == [(False, is_alarm, True)]


def test_seen_pulsars_are_seen_from_any_beam() -> None:
    tables = tables_of_beam(1, ra_deg=POSITION_DEG[0], dec_deg=POSITION_DEG[1])
    candidates = tables.candidates.copy()
    candidates["known_pulsar"][0] = b"B0001"
    found = expected_pulsars(replace(tables, candidates=candidates), pulsar(freq_hz=FREQS_HZ[0]), {1: "m1"})
    assert [(one.is_seen, one.reason, one.observation) for one in found] == [(True, "S/N 24.8", "m1")]
    # Beyond half of the width of the beam, and nowhere on the sky.
    for dec_deg in (POSITION_DEG[1] + 2.0 / 60, np.nan):
        assert expected_pulsars(tables, pulsar(dec_deg=dec_deg), {1: "m1"}) == ()


def test_beams_that_all_say_where_beam_1_looked() -> None:
    tables = [
        NamedCatalogue(f"m{beam}", tables_of_beam(beam, ra_deg=POSITION_DEG[0], dec_deg=POSITION_DEG[1])) for beam in (1, 2)
    ]
    merged = merge_night(tables).tables
    assert merged is not None
    names = {1: "m1", 2: "m2"}
    east = pulsar(ra_deg=POSITION_DEG[0] + 5.8 / 60 / np.cos(np.deg2rad(POSITION_DEG[1])))
    assert [found.observation for found in expected_pulsars(merged, east, names)] == ["m2"]


def test_every_exit_code_has_a_verdict() -> None:
    codes = [code for rule in RETRY_RULES for code in rule.codes]
    assert len(codes) == len(set(codes))
    for code in range(256):
        ends = [judge_exits([code] * nexits, retries=3, pause_s=1.0) for nexits in range(1, 12)]
        # At some time there is an end, and from then on it stays so.
        assert ends[-1].status != "pending"
        statuses = [end.status for end in ends]
        assert "pending" not in statuses[statuses.index(ends[-1].status) :]
    pauses = [judge_exits([75] * nexits, retries=3, pause_s=10.0).pause_s for nexits in range(1, 7)]
    assert pauses == [10.0, 20.0, 40.0, 80.0, 160.0, 320.0]


def test_fates_of_shared_signals_are_counted(tmp_path: Path) -> None:
    flat = {f"m{beam:02d}": tables_of_beam(beam) for beam in range(1, 8)}
    summary = NightReport(tmp_path, NO_PULSARS).write(write_night(tmp_path, flat), (), is_over=True)
    assert all(row.nshared == 3 for row in summary.rows)
    assert [signal.beams for signal in summary.interference] == [tuple(range(1, 8))] * 3
    merged = read_catalogue(tmp_path / "night.h5")
    assert np.count_nonzero(merged.detections["fate"] == Fate.MULTI_BEAM) == 21
