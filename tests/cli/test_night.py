"""``fastpipe night``: a whole night of 19 beams, unattended."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from fastpipe.io.catalogue import read_catalogue
from tests.night_recordings import PULSAR_DM, PULSAR_PERIOD_S, RFI_PERIOD_S, all_beams, file_of_beam, pulsar_snrs, write_beam

CORRUPT_BEAM, LATE_BEAM = 12, 19


def _arrive_late(folder: Path, spare: Path, inbox: Path) -> None:
    """Let the last beam arrive when the first search has ended."""
    until = time.monotonic() + 60.0
    while not list(folder.glob("*/catalogue.h5")) and time.monotonic() < until:
        time.sleep(0.1)
    os.replace(file_of_beam(spare, LATE_BEAM), file_of_beam(inbox, LATE_BEAM))


@pytest.mark.slow
def test_night_of_19_beams(tmp_path: Path) -> None:
    inbox, folder, spare = tmp_path / "inbox", tmp_path / "out", tmp_path / "spare"
    inbox.mkdir()
    spare.mkdir()
    for beam in all_beams():
        write_beam(file_of_beam(spare if beam == LATE_BEAM else inbox, beam), beam)
    corrupt = file_of_beam(inbox, CORRUPT_BEAM)
    corrupt.write_bytes(b"\x00" * 5000)
    before = {path: path.read_bytes() for path in sorted(inbox.iterdir())}
    config = tmp_path / "night.toml"
    config.write_text("[dedispersion]\ndm_max = 30.0\n")
    late = threading.Thread(target=_arrive_late, args=(folder, spare, inbox))
    late.start()
    command = ["night", str(inbox), "-o", str(folder), "--once", "-c", str(config), "--jobs", "2"]
    limits = ["--settle", "1", "--poll", "0.5", "--memory", "1GiB", "--threads", "2", "--time-limit", "2min"]
    done = subprocess.run(
        [sys.executable, "-m", "fastpipe", *command, *limits], capture_output=True, text=True, check=False, timeout=240
    )
    late.join()
    assert done.returncode == 4, done.stdout + done.stderr
    assert "18 of 19 observations were searched; 1 thing needs you." in done.stdout

    tables = read_catalogue(folder / "night.h5")
    assert sorted(tables.observations["beam"].tolist()) == [beam for beam in all_beams() if beam != CORRUPT_BEAM]
    best = tables.candidates[0]
    assert best["period_s"] == pytest.approx(PULSAR_PERIOD_S, rel=2e-3)
    assert best["dm"] == pytest.approx(PULSAR_DM, abs=3.0)
    seen = [int(beam) for beam in best["beams"].decode().split(",")]
    assert seen[0] == 7
    assert set(seen) == {beam for beam in all_beams() if pulsar_snrs()[beam - 1] > 10}
    # The interference is in no candidate, and known as such.
    assert not any(abs(period / RFI_PERIOD_S - 1) < 2e-3 for period in tables.candidates["period_s"])
    page = (folder / "night.html").read_text()
    assert "237.1" in page.partition("Interference common to beams")[2]

    lines = [json.loads(line) for line in (folder / "quarantine.jsonl").read_text().splitlines()]
    assert [(line["observation"][:23], line["files"]) for line in lines] == [("J1924+1230_tracking-M12", [str(corrupt)])]
    stages = [json.loads(line) for line in (folder / "night.jsonl").read_text().splitlines()]
    assert len({line["observation"] for line in stages if line["stage"] == "whole search"}) == 18
    assert 'fastpipe_night_observations{status="done"} 18\n' in (folder / "night.prom").read_text()
    # Raw data are as they were.
    assert all(path.read_bytes() == content for path, content in before.items())

    # Nothing is searched twice.
    again = subprocess.run(
        [sys.executable, "-m", "fastpipe", *command, *limits, "--quiet"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (again.returncode, again.stdout) == (4, "")
    repeated = [json.loads(line) for line in (folder / "night.jsonl").read_text().splitlines()]
    assert [line for line in repeated if line["observation"]] == [line for line in stages if line["observation"]]


def test_night_refuses_what_cannot_work(run: Callable[..., Result], tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for arguments, sentence in (
        (("-o", inbox / "out"), "inside the inbox"),
        (("-o", tmp_path / "out", "--jobs", "0"), "found --jobs 0, expected at least 1"),
        (("-o", tmp_path / "out", "--memory", "64"), "found 64 B of memory for --jobs 1, expected at least 370 MiB"),
        (("-o", tmp_path / "out", "--hours", "nan"), "found --hours nan"),
        (("-o", tmp_path / "out", "--time-limit", "soon"), "found duration 'soon'"),
    ):
        done = run("night", inbox, *arguments)
        assert (done.exit_code, sentence in done.stderr) == (2, True), done.stderr
    assert run("night", tmp_path / "none", "-o", tmp_path / "out").exit_code == 3


def test_empty_night_is_over_at_once(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    done = run("night", tmp_path / "inbox", "-o", tmp_path / "out", "--settle", "0", "--json")
    assert done.exit_code == 0, done.stderr
    content = json.loads(done.stdout)
    assert (content["headline"], content["rows"]) == ("Nothing arrived: there was nothing to search.", [])
