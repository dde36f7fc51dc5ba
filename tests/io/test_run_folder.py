"""The run folder: one search at a time, what it tells, and what is left when it is killed."""

import dataclasses
import json
import logging
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from fastpipe.data.harmonic_powers import FoundDetections, HarmonicPowers
from fastpipe.data.stage_record import StageRecord
from fastpipe.errors import BusyError, ConfigError, IncompleteError
from fastpipe.io.file_stamps import stamp_files
from fastpipe.io.run_folder import (
    LOCK_FILE,
    PROGRESS_FILE,
    STAGES_FILE,
    ProgressFile,
    RunFolder,
    is_owned,
    owning,
    read_progress,
    read_records,
    remove_checkpoints,
    run_folder_of,
)

OWNER = """
import sys, time
from pathlib import Path
from fastpipe.io.run_folder import ProgressFile, owning
folder = Path(sys.argv[1])
with owning(folder):
    ProgressFile(folder)
    print("owns", flush=True)
    time.sleep(60)
"""
RECORD = StageRecord(
    stage="folding",
    host="node1",
    pid=3,
    nthreads=2,
    start_unix_s=1.5,
    wall_s=0.5,
    cpu_s=0.25,
    ntasks=7,
    read_bytes=10,
    peak_bytes=20,
)
FOUND = FoundDetections.none()


@contextmanager
def owner_of(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start another process that owns a run folder."""
    command = [sys.executable, "-c", OWNER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "owns\n"
            yield process
        finally:
            process.kill()


def test_one_owner_at_a_time_and_none_after_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "x.h5.run"
    with owner_of(folder) as process:
        assert is_owned(folder)
        begin = time.monotonic()
        with pytest.raises(BusyError, match=f"in use by process {process.pid} on {platform.node()}, expected one search"):
            owning(folder).__enter__()
        assert time.monotonic() - begin < 5.0
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
        # It had no time to say that it ended, but it holds nothing any more.
        told = read_progress(folder)
        assert told is not None
        assert (told.state, told.pid) == ("running", process.pid)
    assert not is_owned(folder)
    with owning(folder):
        assert is_owned(folder)
        assert (folder / LOCK_FILE).read_text() == f"process {os.getpid()} on {platform.node()}\n"
    assert not is_owned(folder)
    assert BusyError.exit_code == 75


def test_asking_keeps_nobody_out(tmp_path: Path) -> None:
    folder = tmp_path / "x.run"
    assert not is_owned(folder)
    script = "import sys, time; from pathlib import Path; from fastpipe.io.run_folder import is_owned\n"
    script += "print('asks', flush=True)\nwhile True: is_owned(Path(sys.argv[1])), time.sleep(1e-3)"
    with subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True) as asking:
        try:
            assert asking.stdout is not None
            asking.stdout.readline()
            for _ in range(200):
                with owning(folder):
                    pass
        finally:
            asking.kill()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\0" * 300, b"process 1"])
def test_a_damaged_lock_file_locks(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "x.run"
    folder.mkdir()
    (folder / LOCK_FILE).write_bytes(content)
    with owning(folder):
        assert (folder / LOCK_FILE).read_text().startswith(f"process {os.getpid()} ")
        (folder / LOCK_FILE).write_bytes(content)
        with pytest.raises(BusyError, match="in use by"):
            owning(folder).__enter__()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "x.run").write_text("a file")
    (tmp_path / "y.run" / LOCK_FILE).mkdir(parents=True)
    for name in ("x.run", "missing/x.run", "y.run"):
        with pytest.raises(ConfigError, match="impossible to write"):
            owning(tmp_path / name).__enter__()


def test_old_temporary_files_are_removed(tmp_path: Path) -> None:
    for name, age_s in ((".shard-1.checkpoint.00000000.tmp", 7200), (".shard-2.checkpoint.00000000.tmp", 0)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    with owning(tmp_path):
        # One that is young may be one that a worker of the killed search still writes.
        assert [path.name for path in tmp_path.glob("*.tmp")] == [".shard-2.checkpoint.00000000.tmp"]


def test_values_come_back(tmp_path: Path) -> None:
    store = RunFolder(tmp_path)
    assert store.is_empty
    assert not store.has("shard-1")
    assert store.load("shard-1", FoundDetections) is None
    store.save("shard-1", FOUND)
    assert (store.is_empty, store.has("shard-1"), store.has("shard-2")) == (False, True, False)
    found = store.load("shard-1", FoundDetections)
    assert found is not None
    assert found.table.dtype == FOUND.table.dtype
    remove_checkpoints(tmp_path)
    assert store.is_empty


def test_a_damaged_value_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = RunFolder(tmp_path)
    store.save("shard-1", FOUND)
    path = tmp_path / "shard-1.checkpoint"
    path.write_bytes(path.read_bytes()[:-1])
    with caplog.at_level(logging.WARNING, "fastpipe"):
        assert store.load("shard-1", FoundDetections) is None
    assert caplog.messages == [f"{path} is damaged; what it held is computed again"]
    store.save("shard-1", FOUND)
    assert store.load("shard-1", FoundDetections) is not None
    assert store.load("shard-1", HarmonicPowers) is None


def test_nothing_is_saved_of_files_that_changed(tmp_path: Path) -> None:
    recording = tmp_path / "x.fil"
    recording.write_text("a recording")
    store = RunFolder(tmp_path, stamp_files([recording]))
    store.save("shard-1", FOUND)
    recording.write_text("another")
    with pytest.raises(IncompleteError, match="changed while it was searched"):
        store.save("shard-2", FOUND)
    assert store.has("shard-1")
    assert not store.has("shard-2")


def test_the_heart_beats(tmp_path: Path) -> None:
    told = ProgressFile(tmp_path, every_s=0.02)
    first = read_progress(tmp_path)
    assert first is not None
    assert (first.state, first.pid, first.host) == ("running", os.getpid(), platform.node())
    told.tell(stage="folding", nshards=8, nshards_done=3)
    end = time.monotonic() + 10.0
    while (now := read_progress(tmp_path)) is None or now.stage != "folding":
        assert time.monotonic() < end
        time.sleep(0.01)
    assert now.updated_unix_s > first.updated_unix_s
    told.end(state="failed", exit_code=6, sentence="found the disk full")
    last = read_progress(tmp_path)
    assert last is not None
    assert (last.state, last.exit_code, last.sentence) == ("failed", 6, "found the disk full")
    assert (last.nshards, last.nshards_done, last.start_unix_s) == (8, 3, first.start_unix_s)
    time.sleep(0.1)
    assert read_progress(tmp_path) == last
    assert [path.name for path in tmp_path.iterdir()] == [PROGRESS_FILE]


def test_progress_that_cannot_be_written_or_read(tmp_path: Path) -> None:
    assert read_progress(tmp_path) is None
    (tmp_path / PROGRESS_FILE).mkdir()
    told = ProgressFile(tmp_path)
    told.tell(stage="folding")
    told.end(state="done")
    assert read_progress(tmp_path) is None
    (tmp_path / PROGRESS_FILE).rmdir()
    for text in ("", "{", "[]", '{"state": "asleep"}'):
        (tmp_path / PROGRESS_FILE).write_text(text)
        assert read_progress(tmp_path) is None


def test_lines_that_were_cut_are_left_out(tmp_path: Path) -> None:
    assert read_records(tmp_path) == []
    folder = RunFolder(tmp_path)
    records = [dataclasses.replace(RECORD, ntasks=number) for number in range(4)]
    folder.add_record(records[0])
    folder.add_record(records[1])
    path = tmp_path / STAGES_FILE
    whole = path.read_bytes()
    for length in range(len(whole.splitlines(keepends=True)[0]), len(whole)):
        path.write_bytes(whole[:length])
        folder.add_record(records[2])
        # A line without its end is whole if only the end of line is missing.
        expected = [records[0], *([records[1]] if length == len(whole) - 1 else []), records[2]]
        assert folder.records() == expected
    path.write_bytes(b"\xff\n{}\nnull\n" + json.dumps(dataclasses.asdict(records[3])).encode())
    assert folder.records() == [records[3]]


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / STAGES_FILE).mkdir()
    RunFolder(tmp_path).add_record(RECORD)
    assert read_records(tmp_path) == []


def test_name_of_the_folder() -> None:
    assert run_folder_of(Path("a/b.h5")) == Path("a/b.h5.run")


def test_empty_arrays_are_values(tmp_path: Path) -> None:
    store = RunFolder(tmp_path)
    store.save("x", HarmonicPowers.none())
    back = store.load("x", HarmonicPowers)
    assert back is not None
    assert (back.powers.shape, back.powers.dtype, back.rows.dtype) == ((0, 32), np.float32, np.intp)
