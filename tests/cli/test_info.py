"""``fastpipe info``: the barycentre, where telescope and position are known."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from fastpipe.errors import ConfigError

Run = Callable[..., Result]
CRAB = "05:34:31.97 +22:00:52.1"


@pytest.fixture
def recording(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "fake.fits"
    assert run("simulate", "-o", path, "--duration", "1", "--tsamp", "0.001", "--nchans", "16").exit_code == 0
    return path


def test_barycentre_of_a_known_telescope_and_position(run: Run, recording: Path) -> None:
    content = json.loads(run("info", "--json", recording, "--position", CRAB).stdout)
    assert (content["ra_deg"], content["dec_deg"]) == (pytest.approx(83.63321), pytest.approx(22.01447))
    assert 1e-6 < abs(content["velocity_over_c"]) < 1.01e-4
    assert abs(content["tstart_barycentric_mjd"] - content["tstart"]) * 86400 < 69.2 + 500
    text = run("info", recording, "--position", CRAB).stdout
    start = f"start at MJD {content['tstart_barycentric_mjd']:.8f} TDB"
    assert f"barycentre v/c = {content['velocity_over_c']:+.6e} at mid-time, {start}" in text
    assert "position   05:34:31.97 22:00:52.10" in text


def test_no_line_where_the_position_is_unknown(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "fake.fil"
    run("simulate", "-o", path, "--duration", "1", "--tsamp", "0.001", "--nchans", "16")
    assert "v/c" not in run("info", path).stdout
    assert json.loads(run("info", "--json", path).stdout)["velocity_over_c"] is None


def test_a_position_that_was_given_is_not_said_to_be_missing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "fake.fil"
    run("simulate", "-o", path, "--duration", "1", "--tsamp", "0.001", "--nchans", "16")
    assert "no sky position" in run("info", path).stdout
    assert "no sky position" not in run("info", path, "--position", CRAB).stdout
    assert "no sky position" not in run("info", "--json", path, "--position", CRAB).stdout


def test_what_keeps_a_known_position_from_the_barycentre_is_said(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "fake.fil"
    run("simulate", "-o", path, "--duration", "1", "--tsamp", "0.001", "--nchans", "16", "--position", CRAB)
    path.write_bytes(path.read_bytes().replace(b"telescope_id\x15\0\0\0", b"telescope_id\0\0\0\0"))
    assert "barycentre not known: found telescope 'Fake', whose place" in run("info", path).stdout
    assert json.loads(run("info", "--json", path).stdout)["tstart_barycentric_mjd"] is None


def test_a_position_is_of_no_use_to_an_unknown_telescope(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "fake.fil"
    run("simulate", "-o", path, "--duration", "1", "--tsamp", "0.001", "--nchans", "16")
    path.write_bytes(path.read_bytes().replace(b"telescope_id\x15\0\0\0", b"telescope_id\0\0\0\0"))
    done = run("info", path, "--position", CRAB)
    assert done.exit_code == ConfigError.exit_code
    assert "whose place on the Earth is not known" in done.stderr


def test_what_is_no_position_is_refused(run: Run, recording: Path) -> None:
    done = run("info", recording, "--position", "Crab")
    assert done.exit_code == ConfigError.exit_code
    assert "found position 'Crab', expected right ascension" in done.stderr
