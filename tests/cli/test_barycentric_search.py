"""``fastpipe simulate --position`` and ``fastpipe search --position, --frame``: the period that went in comes out."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from numba import config

from fastpipe.errors import ConfigError
from fastpipe.io.catalogue import read_catalogue

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")

Run = Callable[..., Result]
CRAB = "05:34:31.97 +22:00:52.1"
PERIOD_S = 0.00731


def simulated(run: Run, path: Path, *options: str) -> Path:
    sizes = ("--duration", "20", "--tsamp", "0.0005", "--nchans", "16", "--dm", "10", "--snr", "40")
    done = run("simulate", "-o", path, *sizes, "--period", str(PERIOD_S), "--duty", "0.1", "--json", *options)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["frame"] == ("barycentric" if options else "topocentric")
    return path


def test_the_period_that_went_in_comes_out(run: Run, tmp_path: Path) -> None:
    recording, catalogue = simulated(run, tmp_path / "a.fil", "--position", CRAB), tmp_path / "a.h5"
    done = run("search", recording, "-o", catalogue, "--dm-max", "20", "--quiet")
    assert done.exit_code == 0, done.output
    tables = read_catalogue(catalogue)
    best = tables.candidates[0]
    assert tables.frame == "barycentric"
    assert best["period_s"] == pytest.approx(PERIOD_S, abs=4 * best["period_err_s"])
    # On MJD 60000 the Earth moves away from the Crab.
    assert best["topocentric_period_s"] / PERIOD_S - 1 == pytest.approx(9.0e-5, abs=1e-5)
    shown = json.loads(run("show", "--json", catalogue, "1").stdout)
    assert (shown["frame"], shown["time_scale"]) == ("barycentric", "TDB")
    assert "Periods are barycentric, epochs TDB." in run("show", catalogue).stdout
    text = run("show", catalogue, "1").stdout
    assert "barycentric                  of period, frequency and epoch (TDB)" in text
    assert run("plot", catalogue, "1", "-o", tmp_path / "figures").exit_code == 0


def test_a_position_on_the_command_line_goes_into_the_catalogue(run: Run, tmp_path: Path) -> None:
    recording, catalogue = simulated(run, tmp_path / "a.fil"), tmp_path / "a.h5"
    options = ("--dm-max", "20", "--quiet", "--position", CRAB)
    assert run("search", recording, "-o", catalogue, *options).exit_code == 0
    tables = read_catalogue(catalogue)
    assert tables.frame == "barycentric"
    assert tables.observations["ra_deg"][0] == pytest.approx(83.63321)
    assert tables.candidates["topocentric_period_s"][0] == pytest.approx(PERIOD_S, rel=1e-5)
    assert f'position = "{CRAB}"' in tables.provenance["configuration"]
    assert run("search", recording, "-o", catalogue, *options, "--frame", "topocentric").exit_code == 0
    tables = read_catalogue(catalogue)
    assert (tables.frame, tables.observations["dec_deg"][0]) == ("topocentric", pytest.approx(22.01447))
    assert tables.candidates["period_s"][0] == tables.candidates["topocentric_period_s"][0]


def test_a_frame_that_cannot_be_had_is_refused(run: Run, tmp_path: Path) -> None:
    recording = simulated(run, tmp_path / "a.fil")
    done = run("search", recording, "-o", tmp_path / "a.h5", "--frame", "barycentric")
    assert done.exit_code == ConfigError.exit_code
    assert "found no position of the source in the header" in done.stderr
    done = run("search", recording, "-o", tmp_path / "a.h5", "--position", "Crab")
    assert done.exit_code == ConfigError.exit_code
    assert "found position 'Crab', expected right ascension" in done.stderr
