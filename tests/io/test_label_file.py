"""Labels beside a catalogue: many writers, cut lines, lines of newer versions."""

import errno
import json
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.data.labels import LabelAct, merge_acts, new_act, standing_labels, undo_act
from fastpipe.errors import ConfigError, InputMissingError
from fastpipe.io.label_file import (
    append_labels,
    current_user,
    label_file_name,
    label_folder,
    merge_label_files,
    read_labels,
)

ANN = LabelAct("a1", "ann", 1.7e9, "x", "pulsar", "bright")
BOB = LabelAct("b1", "bob", 1.8e9, "x", "rfi")


def lines_of(catalogue: Path, user: str) -> list[str]:
    return (label_folder(catalogue) / label_file_name(user)).read_text().splitlines()


def test_what_is_appended_is_read(tmp_path: Path) -> None:
    catalogue = tmp_path / "cat.h5"
    assert read_labels(catalogue) == ()
    append_labels(catalogue, [BOB])
    append_labels(catalogue, [ANN, undo_act(ANN, 2e9)])
    acts = read_labels(catalogue)
    assert acts[:2] == (ANN, BOB)
    assert list(standing_labels(acts)) == [("x", "bob")]
    assert sorted(os.listdir(label_folder(catalogue))) == ["ann.jsonl", "bob.jsonl"]
    assert len(lines_of(catalogue, "ann")) == 2


@given(user=st.text(min_size=1), note=st.text(), candidate=st.text(min_size=1))
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, user: str, note: str, candidate: str) -> None:
    catalogue = tmp_path_factory.mktemp("labels") / "cat.h5"
    act = LabelAct("1", user, 1.5, candidate, "unsure", note)
    append_labels(catalogue, [act])
    assert read_labels(catalogue) == (act,)


@given(st.lists(st.text(min_size=1), unique=True, max_size=30))
def test_every_person_has_a_file_of_their_own(users: list[str]) -> None:
    names = [label_file_name(user) for user in users]
    assert len({name.casefold() for name in names}) == len(users)
    assert all(len(name) < 100 and name.isascii() and "/" not in name and name[0] not in ".-" for name in names)


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_a_line_cut_by_a_crash_costs_that_line_alone(tmp_path: Path, cut: int, caplog: pytest.LogCaptureFixture) -> None:
    catalogue = tmp_path / "cat.h5"
    append_labels(catalogue, [ANN, replace(ANN, act_id="a2")])
    path = label_folder(catalogue) / "ann.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    append_labels(catalogue, [replace(ANN, act_id="a3")])
    with caplog.at_level(logging.WARNING, "fastpipe"):
        ids = [act.act_id for act in read_labels(catalogue)]
    # A cut that takes the end of the line alone costs nothing.
    assert ids == (["a1", "a2", "a3"] if cut == 1 else ["a1", "a3"])
    assert ("1 of 3 lines are cut or damaged" in caplog.text) == (cut > 1)


@given(st.binary(max_size=200))
def test_no_bytes_stop_the_reader(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    catalogue = tmp_path_factory.mktemp("labels") / "cat.h5"
    append_labels(catalogue, [ANN])
    path = label_folder(catalogue) / "ann.jsonl"
    path.write_bytes(junk + b"\n" + path.read_bytes())
    assert ANN in read_labels(catalogue)


@pytest.mark.parametrize(
    "content",
    [
        {"act_id": 3},
        {"act_id": ""},
        {"time_unix_s": None},
        {"time_unix_s": True},
        {"time_unix_s": 10**400},
        {"time_unix_s": float("nan")},
        {"note": ["x"]},
        {"user": ""},
    ],
)
def test_lines_that_are_no_acts_are_left_out(tmp_path: Path, content: dict[str, object]) -> None:
    catalogue = tmp_path / "cat.h5"
    append_labels(catalogue, [ANN])
    values = {"act_id": "9", "user": "ann", "time_unix_s": 3, "candidate": "x", "grade": "rfi"}
    with (label_folder(catalogue) / "ann.jsonl").open("a") as file:
        file.write(json.dumps(values | content) + "\n" + json.dumps(values) + "\n[1]\n")
    assert {act.act_id for act in read_labels(catalogue)} == {"a1", "9"}


def test_what_a_newer_version_wrote_is_kept(tmp_path: Path) -> None:
    old, new = tmp_path / "old.h5", tmp_path / "new.h5"
    line = {"act_id": "7", "user": "ann", "time_unix_s": 3, "candidate": "x", "grade": "rrat", "colour": [1, {"a": 2}]}
    label_folder(old).mkdir()
    (label_folder(old) / "ann.jsonl").write_text(json.dumps(line) + "\n")
    assert merge_label_files([old], new) == 1
    assert json.loads(lines_of(new, "ann")[0]) == line
    assert read_labels(new) == read_labels(old)


def test_merging_files_adds_what_is_missing_and_keeps_what_is_there(tmp_path: Path) -> None:
    first, second, merged = (tmp_path / name for name in ("a.h5", "b.h5", "c.h5"))
    append_labels(first, [ANN])
    append_labels(second, [ANN, BOB])
    own = new_act("cy", "y", 3.0, note="own")
    append_labels(merged, [own])
    assert merge_label_files([first, second], merged) == 2
    assert read_labels(merged) == merge_acts([ANN, BOB], [own])
    assert merge_label_files([second, first], merged) == 0
    assert len(lines_of(merged, "ann")) == 1


def test_merging_catalogues_without_labels_makes_no_folder(tmp_path: Path) -> None:
    assert merge_label_files([tmp_path / "a.h5", tmp_path / "b.h5"], tmp_path / "c.h5") == 0
    assert not label_folder(tmp_path / "c.h5").exists()


WRITER = """
import sys
from fastpipe.data.labels import new_act
from fastpipe.io.label_file import append_labels
for number in range(40):
    append_labels(sys.argv[1], [new_act("ann", "x" * 3000, float(number), grade="rfi", note=sys.argv[2])])
"""


def test_two_processes_of_one_person_do_not_tear_lines(tmp_path: Path) -> None:
    catalogue = str(tmp_path / "cat.h5")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, catalogue, name]) for name in ("first", "second")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    acts = read_labels(catalogue)
    assert sorted(act.note for act in acts) == ["first"] * 40 + ["second"] * 40


@pytest.mark.parametrize(("number", "is_written"), [(errno.ENOSYS, True), (errno.ENOLCK, True), (errno.EIO, False)])
def test_a_disk_without_locks_takes_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, is_written: bool
) -> None:
    def no_lock(_descriptor: int, _operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", no_lock)
    if is_written:
        append_labels(tmp_path / "cat.h5", [ANN])
    else:
        with pytest.raises(ConfigError, match="Input/output error"):
            append_labels(tmp_path / "cat.h5", [ANN])
    assert read_labels(tmp_path / "cat.h5") == ((ANN,) if is_written else ())


def test_folder_that_cannot_be_made_gives_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"impossible to write \(No such file or directory\), expected a writable folder"):
        append_labels(tmp_path / "absent" / "cat.h5", [ANN])
    label_folder(tmp_path / "cat.h5").write_text("a file")
    with pytest.raises(ConfigError, match="impossible to write"):
        append_labels(tmp_path / "cat.h5", [ANN])
    with pytest.raises(InputMissingError, match="that cannot be read"):
        read_labels(tmp_path / "cat.h5")


def test_there_is_always_a_user() -> None:
    assert current_user()
