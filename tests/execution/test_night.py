"""The loop of a night, with searches that end as the test wants."""

import json
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fastpipe.data.manifest import ManifestEntry
from fastpipe.data.night import NightObservation
from fastpipe.data.night_summary import NightSummary
from fastpipe.errors import BusyError, ResourceError
from fastpipe.execution.night_searches import ChildSearch, LimitedSearch, SearchTask, search_command
from fastpipe.io.night_log import holding_night, read_night_state
from tests.execution.fake_nights import FakeNight, FakeReport, observation


@pytest.fixture
def night(tmp_path: Path) -> FakeNight:
    return FakeNight(tmp_path)


@pytest.mark.parametrize(
    ("steps", "nattempts", "status", "code"),
    [
        (["0"], 1, "done", 0),
        (["2"], 1, "failed", 10),
        (["3"], 1, "failed", 10),
        (["4"], 1, "quarantined", 4),
        (["75", "5", "0"], 3, "done", 0),
        (["killed", "143", "0"], 3, "done", 0),
        (["143"], 4, "failed", 10),
        (["10", "10", "0"], 2, "failed", 10),
        (["10", "0"], 2, "done", 0),
        (["6", "6", "0"], 2, "failed", 10),
    ],
)
def test_exit_codes_decide(night: FakeNight, steps: list[str], nattempts: int, status: str, code: int) -> None:
    night.polls = [[night.search("a", *steps)]]
    end = night.run()
    assert (len(night.attempts("a")), night.status("a"), end.exit_code) == (nattempts, status, code)
    # Whatever happened, it is not tried again, nor is what is done.
    assert night.run().exit_code == code
    assert len(night.attempts("a")) == nattempts


def test_reason_is_the_last_sentence_of_the_search(night: FakeNight) -> None:
    night.polls = [[night.search("a", "4"), night.search("b", "10")]]
    end = night.run()
    assert [row.reason for row in end.summary.rows] == ["found something, expected more; wait"] * 2
    lines = [json.loads(line) for line in (night.folder / "quarantine.jsonl").read_text().splitlines()]
    assert [(line["observation"], line["exit"], line["files"]) for line in lines] == [("a", 4, ["/inbox/a.fil"])]


def test_worst_exit_code_wins(night: FakeNight) -> None:
    waiting = observation("d", "waiting", reason="it still grows")
    night.polls = [[night.search("a", "0"), waiting]]
    assert night.run().exit_code == 5
    night.polls = [[night.search("a", "0"), observation("b", "bad", reason="found noise"), waiting]]
    assert night.run().exit_code == 4
    night.polls = [[night.search("c", "2"), observation("b", "bad", reason="found noise"), waiting]]
    end = night.run()
    assert end.exit_code == 10
    assert [(row.name, row.status) for row in end.summary.rows] == [
        ("a", "done"),
        ("b", "quarantined"),
        ("c", "failed"),
        ("d", "waiting"),
    ]
    # Put aside once, however often it is looked at.
    assert (night.folder / "quarantine.jsonl").read_text().count("\n") == 1


def test_changed_file_is_a_new_search(night: FakeNight) -> None:
    night.polls = [[night.search("a", "4", "0")]]
    assert night.run().exit_code == 4
    night.polls, night.npolls = [[observation("a", nbytes=11)]], 0
    assert night.run().exit_code == 0
    assert len(night.attempts("a")) == 2


def test_files_that_went_away_are_searched_when_they_are_back(night: FakeNight) -> None:
    found = night.search("a", "3", "0")
    gone: list[NightObservation] = []
    night.polls = [[found], [found], [found], [found], gone, gone, [found]]
    end = night.run(is_watching=True, hours_s=2.0)
    assert (night.status("a"), end.exit_code) == ("done", 0)


def test_failed_searches_are_tried_again_when_asked(night: FakeNight) -> None:
    night.polls = [[night.search("a", "2", "0")]]
    assert night.run().exit_code == 10
    assert night.run(with_failed=True).exit_code == 0


def test_late_arrival_is_picked_up(night: FakeNight) -> None:
    first, late = night.search("a", "0"), night.search("b", "0")
    night.polls = [[first], [first, replace(late, state="waiting")], [first, late]]
    assert night.run(wait_s=5.0).exit_code == 0
    assert night.attempts("b")


def test_jobs_share_the_machine(night: FakeNight) -> None:
    night.polls = [[night.search(name, "0") for name in "abcd"]]
    night.run(njobs=2)
    assert {line for name in "abcd" for line in night.attempts(name)} == {"500 2  None"}


def test_lack_of_memory_is_tried_once_more_alone(night: FakeNight) -> None:
    night.polls = [[night.search("a", "6", "0"), night.search("b", "0")]]
    night.run(njobs=2)
    assert night.attempts("a") == ["500 2  None", "1000 4  None"]


def test_manifest_overrides(night: FakeNight) -> None:
    entry = ManifestEntry(files=("a*",), position="19:00 -01:34", dm_max=50.0)
    night.polls = [[replace(night.search("a", "0"), entry=entry)]]
    night.run()
    assert night.attempts("a") == ["1000 4 19:00 -01:34 50.0"]


def test_time_limit_ends_a_search(night: FakeNight) -> None:
    night.polls = [[night.search("a", "sleep", "0"), night.search("b", "stubborn")]]
    end = night.run(time_limit_s=0.5, grace_s=0.5, retries=1, njobs=2)
    state = read_night_state(night.folder)
    assert state is not None
    assert (state.searches["a"].exits, state.searches["b"].exits) == ((124, 0), (124, 124))
    assert (end.exit_code, state.searches["b"].reason) == (10, "the time limit of the search was over")


def test_hours_end_the_night_and_the_next_run_goes_on(night: FakeNight) -> None:
    night.polls = [[night.search("a", "sleep", "0"), night.search("b", "0")]]
    end = night.run(hours_s=0.8)
    assert (end.exit_code, night.status("a"), night.status("b")) == (5, "pending", "pending")
    assert night.run().exit_code == 0
    assert len(night.attempts("a")) == 2


def test_inbox_that_goes_away_for_a_while(night: FakeNight, monkeypatch: pytest.MonkeyPatch) -> None:
    night.polls = [[replace(night.search("a", "0"), state="waiting")], [], [night.search("a", "0")]]
    plain_poll = FakeNight.poll

    def poll(self: FakeNight, now_s: float) -> list[NightObservation]:
        found = plain_poll(self, now_s)
        if self.npolls == 2:
            raise BusyError("found no answer of the disk, expected one; wait")
        return found

    monkeypatch.setattr(FakeNight, "poll", poll)
    assert night.run(wait_s=5.0).exit_code == 0


def test_two_nights_in_one_folder(night: FakeNight) -> None:
    night.polls = [[]]
    with holding_night(night.folder), pytest.raises(BusyError, match="another night at work"):
        night.run()
    assert night.run().exit_code == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signal_ends_the_night_and_its_searches(night: FakeNight, number: signal.Signals, code: int) -> None:
    night.polls = [[night.search("a", "sleep", "0")]]
    threading.Timer(0.8, os.kill, (os.getpid(), number)).start()
    end = night.run(is_watching=True)
    assert (end.exit_code, night.status("a")) == (code, "pending")
    assert night.run().exit_code == 0
    assert len(night.attempts("a")) == 2


def test_command_of_a_search(tmp_path: Path) -> None:
    task = SearchTask(
        files=(Path("/in/-a.fil"),), catalogue=tmp_path / "c.h5", memory_bytes=5, nthreads=2, position="1 -2", dm_min=0.5
    )
    command = search_command(Path("/c.toml"))(task)
    assert command[1:5] == ["-m", "fastpipe", "search", "--quiet"]
    assert "--position=1 -2" in command
    assert "--dm-min=0.5" in command
    assert not any("--dm-max" in word or "--catalogue" in word for word in command)
    assert command[-2:] == ["--", "/in/-a.fil"]


def test_clock_that_is_set_ends_no_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = ChildSearch([sys.executable, "-S", "-c", "import time; time.sleep(60)"], tmp_path / "log")
    limited, now = LimitedSearch(child, 60.0, 0.1), time.time()
    try:
        for jump_s in (-1e6, 1e6):
            monkeypatch.setattr(time, "time", lambda jump_s=jump_s: now + jump_s)
            time.sleep(0.1)
            assert limited.poll() is None
            assert child.poll() is None
    finally:
        child.kill()
        while child.poll() is None:
            time.sleep(0.01)


def test_pause_ends_when_the_clock_is_set_back(night: FakeNight, monkeypatch: pytest.MonkeyPatch) -> None:
    one = night.search("a", "75", "0")
    night.polls = [[one]]
    assert night.run(pause_s=1e6, hours_s=0.5).exit_code == 5
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 1e5)
    assert night.run().exit_code == 0


def test_search_that_cannot_be_started_is_tried_again(night: FakeNight) -> None:
    one = night.search("a", "0")
    night.polls = [[one]]
    (night.folder / "a" / "search.log").mkdir()
    assert night.run().exit_code == 10
    state = read_night_state(night.folder)
    assert state is not None
    assert state.searches["a"].exits == (75,) * 7
    assert state.searches["a"].reason.startswith("the search did not start: ")


def test_report_that_cannot_be_written_is_written_later(night: FakeNight, monkeypatch: pytest.MonkeyPatch) -> None:
    night.polls = [[night.search("a", "0")]]
    write, failures = FakeReport.write, []

    def fail_at_first(*arguments: Any, **options: Any) -> NightSummary:
        if not failures:
            failures.append(1)
            raise ResourceError("found the disk full, expected room; free some")
        return write(*arguments, **options)

    monkeypatch.setattr(FakeReport, "write", fail_at_first)
    assert night.run(report_s=0.0).exit_code == 0
    assert failures


def test_ends_are_learnt_where_they_are_ignored(night: FakeNight) -> None:
    night.polls = [[night.search("a", "10", "0")]]
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert night.run().exit_code == 0
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert len(night.attempts("a")) == 2


def test_file_whose_name_is_no_text_is_searched(night: FakeNight) -> None:
    one = night.search("a", "4")
    night.polls = [[replace(one, files=(replace(one.files[0], path=Path("/inbox/\udcff.fil")),))]]
    assert night.run().exit_code == 4
    (line,) = (night.folder / "quarantine.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["files"] == [r"/inbox/\xff.fil"]
