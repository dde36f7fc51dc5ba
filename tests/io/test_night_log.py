"""State, logs and metrics of a night."""

import json
import re
from pathlib import Path

import pytest

from fastpipe.data.night_state import NightSearch, NightState
from fastpipe.errors import FileFormatError
from fastpipe.io.night_log import last_line, note_quarantine, read_night_state, write_night_state
from fastpipe.io.night_metrics import write_metrics
from fastpipe.io.run_folder import read_records
from tests.fake_night import fake_night

SEARCH = NightSearch(name="a", key="k", files=("/in/a.fil",), nbytes=5, exits=(75, 0), status="done", cpu_s=1.5)
_SAMPLE = re.compile(r'([a-z_]+)(?:\{[a-z]+="[a-z]+"\})? (-?[0-9.e+-]+)')


def test_state_survives_the_disk(tmp_path: Path) -> None:
    assert read_night_state(tmp_path) is None
    state = NightState(inbox="/in", start_unix_s=1.5, searches={"a": SEARCH})
    write_night_state(tmp_path, state)
    assert read_night_state(tmp_path) == state
    assert [path.name for path in tmp_path.iterdir()] == ["night.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b'{"inbox": "a"}', b'{"inbox": 1, "start_unix_s": 0}'])
def test_damaged_state_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "night.json").write_bytes(content)
    with pytest.raises(FileFormatError, match="move it away"):
        read_night_state(tmp_path)


def test_state_of_another_version_is_refused(tmp_path: Path) -> None:
    write_night_state(tmp_path, NightState(inbox="", start_unix_s=0.0, format_version=9))
    with pytest.raises(FileFormatError, match="found version 9"):
        read_night_state(tmp_path)


def test_quarantine_names_every_version_of_a_file_once(tmp_path: Path) -> None:
    for key in ("k", "k", "l"):
        note_quarantine(tmp_path, NightSearch(name="a", key=key, files=("x",), nbytes=1, reason="bad", exits=(4,)))
    lines = [json.loads(line) for line in (tmp_path / "quarantine.jsonl").read_text().splitlines()]
    assert [(line["key"], line["reason"], line["exit"]) for line in lines] == [("k", "bad", 4), ("l", "bad", 4)]


def test_stages_of_a_killed_search_are_read_as_far_as_they_are(tmp_path: Path) -> None:
    assert read_records(tmp_path / "none") == []
    line = (
        '{"stage": "folding", "host": "n", "pid": 1, "nthreads": 2, "start_unix_s": 1.0, "wall_s": 2.0, "cpu_s": 3.0,'
        ' "ntasks": 4, "read_bytes": 5, "peak_bytes": 6}'
    )
    (tmp_path / "stages.jsonl").write_text(f"{line}\n{line[:50]}\n")
    assert [record.stage for record in read_records(tmp_path)] == ["folding"]


def test_last_line_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_line(log, 0) == ""
    log.write_bytes(b"first\n" + b"x" * 20_000 + b"\nfound \xff\n\n  \n")
    assert last_line(log, 0) == "found \ufffd"
    assert last_line(log, log.stat().st_size) == ""


def test_metrics_are_in_the_text_format_of_prometheus(tmp_path: Path) -> None:
    path = tmp_path / "night.prom"
    write_metrics(path, fake_night(), 1.5e9)
    text = path.read_text()
    assert text.endswith("\n")
    explained: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split()[2]
            # All lines of a metric stand together, and once.
            assert name not in explained
            explained.add(name)
        elif line.startswith("# TYPE "):
            assert line == f"# TYPE {name} gauge"
        else:
            sample = _SAMPLE.fullmatch(line)
            assert sample is not None, line
            assert sample[1] == name
            float(sample[2])
    assert 'fastpipe_night_observations{status="done"} 16' in text
    assert "fastpipe_night_last_success_timestamp_seconds 1500000000" in text
    assert 'fastpipe_night_candidates{known="yes"} 1' in text
