"""How far a run is, from what its folders hold."""

import fcntl
import json
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from fastpipe.data.night_state import NightSearch, NightState
from fastpipe.data.run_progress import RunProgress
from fastpipe.data.run_status import RunReport, SearchReport
from fastpipe.errors import FileFormatError, InputMissingError
from fastpipe.io.night_log import write_night_state
from fastpipe.pipeline.run_status import ALIVE_S, run_report
from fastpipe.plotting.run_status_text import run_status_text

NOW = 1_700_000_000.0


def write_progress(folder: Path, name: str, **changes: Any) -> Path:
    """Write what a search says of itself, and return its run folder."""
    run_folder = folder / name / "catalogue.h5.run"
    run_folder.mkdir(parents=True)
    facts: dict[str, Any] = {
        "state": "running",
        "host": platform.node(),
        "pid": 1,
        "start_unix_s": NOW - 600,
        "updated_unix_s": NOW - 5,
        "stage": "searching",
        "nshards": 30,
        "nshards_done": 10,
    }
    (run_folder / "progress.json").write_text(json.dumps(asdict(RunProgress(**facts | changes))))
    (run_folder / "lock").touch()
    return run_folder


@contextmanager
def holding(run_folder: Path) -> Iterator[None]:
    with (run_folder / "lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def states(report: RunReport) -> dict[str, str]:
    return {search.name: search.state for search in report.searches}


def write_tasks(folder: Path, *names: str) -> None:
    lines = [f"fastpipe search 'it'\"'\"'s.fil' -o {folder}/{name}/catalogue.h5\n" for name in names]
    (folder / "tasks.txt").write_text("".join(lines))


def test_every_state_of_a_job_array(tmp_path: Path) -> None:
    names = ("done", "runs", "killed", "elsewhere", "gone", "broken_off", "busy", "failed", "missing", "ended", "waits")
    write_tasks(tmp_path, *names)
    write_progress(tmp_path, "done", state="done", nshards_done=30)
    (tmp_path / "done" / "catalogue.h5").touch()
    running = write_progress(tmp_path, "runs")
    write_progress(tmp_path, "killed")
    write_progress(tmp_path, "elsewhere", host="node7")
    write_progress(tmp_path, "gone", host="node8", updated_unix_s=NOW - ALIVE_S - 1)
    write_progress(tmp_path, "broken_off", state="interrupted", exit_code=143, sentence="ended by the system")
    write_progress(tmp_path, "busy", state="failed", exit_code=75, sentence="found the disk busy")
    write_progress(tmp_path, "failed", state="failed", exit_code=6, sentence="found the disk full")
    for name, code in (("missing", 3), ("ended", 143)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "exit_code").write_text(f"{code}\n")
        (tmp_path / name / "search.log").write_text("first line\nlast line\n\n")
    with holding(running):
        report = run_report(tmp_path, NOW)
    assert states(report) == {
        "done": "done",
        "runs": "running",
        "killed": "interrupted",
        "elsewhere": "running",
        "gone": "interrupted",
        "broken_off": "interrupted",
        "busy": "interrupted",
        "failed": "failed",
        "missing": "failed",
        "ended": "interrupted",
        "waits": "waiting",
    }
    by_name = {search.name: search for search in report.searches}
    assert (by_name["failed"].exit_code, by_name["failed"].reason) == (6, "found the disk full")
    assert (by_name["missing"].exit_code, by_name["missing"].reason) == (3, "last line")
    assert (by_name["done"].exit_code, by_name["runs"].exit_code, by_name["waits"].exit_code) == (0, None, None)
    assert report.exit_code == 10


def test_a_search_of_which_only_the_catalogue_is_left_is_done(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "catalogue.h5").touch()
    report = run_report(tmp_path, NOW)
    assert (states(report), report.exit_code) == ({"one": "done"}, 0)


def test_a_new_search_hides_the_catalogue_of_an_old_one(tmp_path: Path) -> None:
    run_folder = write_progress(tmp_path, "one")
    (tmp_path / "one" / "catalogue.h5").touch()
    with holding(run_folder):
        assert states(run_report(tmp_path, NOW)) == {"one": "running"}
    assert states(run_report(tmp_path, NOW)) == {"one": "interrupted"}


def test_a_night(tmp_path: Path) -> None:
    searches = {
        name: NightSearch(name=name, key="", files=(), nbytes=0, status=status, exits=exits, reason=reason)
        for name, status, exits, reason in (
            ("done", "done", (0,), ""),
            ("bad", "quarantined", (4,), "found bytes that are no header"),
            ("later", "pending", (75,), "busy"),
            ("next", "pending", (), ""),
        )
    }
    write_night_state(tmp_path, NightState(inbox="/inbox", start_unix_s=NOW, searches=searches))
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "catalogue.h5").touch()
    report = run_report(tmp_path, NOW)
    assert states(report) == {"done": "done", "bad": "failed", "later": "waiting", "next": "waiting"}
    write_progress(tmp_path, "later", state="failed", exit_code=10, sentence="stopped")
    assert states(run_report(tmp_path, NOW))["later"] == "waiting"
    assert report.searches[1].reason == "found bytes that are no header"
    assert report.exit_code == 10


def test_one_catalogue(tmp_path: Path) -> None:
    run_folder = write_progress(tmp_path, "one")
    for path in (tmp_path / "one" / "catalogue.h5", run_folder):
        (search,) = run_report(path, NOW).searches
        assert (search.name, search.state) == ("catalogue.h5", "interrupted")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": "asleep"}', '{"state": "running", "host": 3}', "\0\xff"])
def test_damaged_progress_is_no_progress(tmp_path: Path, text: str) -> None:
    run_folder = write_progress(tmp_path, "one")
    (run_folder / "progress.json").write_text(text, encoding="latin-1")
    assert states(run_report(tmp_path, NOW)) == {"one": "waiting"}


def test_damaged_lists_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tasks.txt").write_text("fastpipe search 'x\n")
    with pytest.raises(FileFormatError, match=r"found .*tasks\.txt damaged"):
        run_report(tmp_path, NOW)
    (tmp_path / "tasks.txt").write_text("\n")
    with pytest.raises(FileFormatError, match=r"found .*tasks\.txt damaged"):
        run_report(tmp_path, NOW)
    (tmp_path / "tasks.txt").unlink()
    (tmp_path / "night.json").write_text("{")
    with pytest.raises(FileFormatError, match=r"found .*night\.json damaged"):
        run_report(tmp_path, NOW)


def test_nothing_to_tell_of_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none", tmp_path / "none.h5"):
        with pytest.raises(InputMissingError, match=r"found no .*check the path"):
            run_report(path, NOW)
    recording = tmp_path / "one.fil"
    recording.write_bytes(b"HEADER_START")
    with pytest.raises(FileFormatError, match=r"found .*one\.fil, which is no HDF5 file, .*check the path"):
        run_report(recording, NOW)


def search(**changes: Any) -> SearchReport:
    return SearchReport(**({"name": "one", "catalogue": "one/catalogue.h5", "state": "waiting"} | changes))


def test_the_end_is_predicted_from_those_that_run() -> None:
    begun = {"nshards": 40, "start_unix_s": NOW - 100.0, "updated_unix_s": NOW}
    done = search(state="done", nshards=40, nshards_done=40, start_unix_s=NOW - 200.0, updated_unix_s=NOW - 100.0)
    fast, new = search(state="running", nshards_done=20, **begun), search(state="running", nshards_done=0, **begun)
    report = RunReport(searches=(done, fast, new, search()), now_unix_s=NOW)
    # 0.2 a second by the one that runs, 0.4 by the one that is like the one that is done.
    assert report.shards_per_s == pytest.approx(0.6)
    assert report.nshards_left == 20 + 40 + 40
    assert report.end_unix_s == pytest.approx(NOW + 100 / 0.6)
    assert "60 of 120 known shards done, 36 a minute; all would be done in 2 min 46 s (" in run_status_text(report)[-1]


def test_no_end_is_predicted_where_nothing_runs() -> None:
    for searches in ((), (search(),), (search(state="running"),), (search(state="interrupted", nshards=3, nshards_done=1),)):
        assert RunReport(searches=searches, now_unix_s=NOW).end_unix_s is None


def test_a_table_for_people() -> None:
    searches = (
        search(name="J1900-0134_" + "tracking" * 5 + "-M07", state="running", stage="searching", host="node7"),
        search(name="two", state="failed", exit_code=6, reason="found the disk full " * 20, nshards=3, nshards_done=1),
    )
    lines = run_status_text(RunReport(searches=searches, now_unix_s=NOW))
    assert lines[1].startswith("...")
    assert "-M07 running" in lines[1]
    assert lines[1].endswith("searching on node7")
    assert "exit code 6: found the disk full" in lines[2]
    assert len(max(lines, key=len)) < 230
    assert lines[-2:] == ["2 observations: 1 running, 1 failed.", "1 of 3 known shards done."]
