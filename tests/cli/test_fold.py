"""``fastpipe fold``: its three ways to say at what, what it writes, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from numba import config

from fastpipe.errors import ConfigError, FileFormatError, InputMissingError
from fastpipe.io.catalogue import read_catalogue
from tests.io.par_files import FAST_ELL1, SPIN

Run = Callable[..., Result]
PERIOD_S = 0.00731
CRAB = "05:34:31.97 +22:00:52.1"


@pytest.fixture
def recording(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "a.fil"
    sizes = ("--duration", "20", "--tsamp", "0.0005", "--nchans", "16", "--dm", "10", "--snr", "40")
    done = run("simulate", "-o", path, *sizes, "--period", str(PERIOD_S), "--duty", "0.1", "--position", CRAB)
    assert done.exit_code == 0, done.output
    return path


@pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")
def test_period_ephemeris_and_candidate_give_the_same(run: Run, recording: Path, tmp_path: Path) -> None:
    catalogue, par = tmp_path / "fold.h5", tmp_path / "pulsar.par"
    done = run(
        "fold", recording, "-o", catalogue, "--period", PERIOD_S, "--dm", 10, "--plot", tmp_path / "fold.pdf", "--quiet"
    )
    assert (done.exit_code, done.stdout) == (0, "")
    assert (tmp_path / "fold.pdf").read_bytes().startswith(b"%PDF")
    tables = read_catalogue(catalogue)
    (row,) = tables.candidates
    assert (tables.frame, row["search"], len(tables.detections)) == ("barycentric", b"fold", 0)
    assert row["period_s"] == pytest.approx(PERIOD_S, abs=4 * row["period_err_s"])
    par.write_text(f"PSR J0534+2200\nRAJ 05:34:31.97\nDECJ 22:00:52.1\nP0 {PERIOD_S}\nDM 10\n")
    done = run("fold", recording, "-o", tmp_path / "par.h5", "--par", par, "--json", "--no-refine")
    content = json.loads(done.stdout)
    assert content["candidate"]["known_pulsar"] == "J0534+2200"
    assert content["candidate"]["snr"] == pytest.approx(row["snr"], rel=0.05)
    assert content["folded"] == "with pulsar.par, J0534+2200"
    assert content["explanation"]
    done = run(
        "fold", recording, "-o", tmp_path / "again.h5", "--catalog", catalogue, "--id", 1, "--no-refine", "--nbins", 8
    )
    assert done.exit_code == 0, done.output
    assert "as candidate 1 of fold.h5" in read_catalogue(tmp_path / "again.h5").provenance["fold"]
    assert len(read_catalogue(tmp_path / "again.h5").folds[1].profile) == 8
    shown = run("show", tmp_path / "again.h5", 1)
    assert f"Catalogue: {tmp_path / 'again.h5'}" in done.stdout
    assert "detection" not in done.stdout.partition("- ")[2]
    assert set(shown.stdout.splitlines()) < set(done.stdout.splitlines())
    assert run("plot", catalogue, "1", "-o", tmp_path / "figures").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "found nothing to fold at"),
        (("--period", "0.1", "--par", "a.par"), "found --period and --par, expected one"),
        (("--catalog", "a.h5"), "found one of --catalog and --id"),
        (("--period", "0.1", "--dm", "10", "--id", "3"), "found one of --catalog and --id"),
        (("--par", "a.par", "--accel", "3"), "found --accel or --pdot with --par"),
        (("--par", "a.par", "--frame", "topocentric"), "found --frame topocentric with --par"),
        (("--period", "0.1"), "found no DM to fold at"),
        (("--period", "0.1", "--dm", "-3"), "found a DM of -3.0"),
        (("--period", "0.0009", "--dm", "3"), "expected 0.001 s"),
        (("--period", "-1", "--dm", "3"), "found a period of -1.0 s"),
        (("--period", "0.1", "--dm", "3", "--nbins", "3"), "found nbins_max = 3"),
        (("--period", "0.1", "--dm", "3", "--plot", "a.jpg"), "expected one that ends in .png or .pdf"),
    ],
)
def test_what_does_not_go_together_is_refused(
    arguments: tuple[str, ...], sentence: str, run: Run, recording: Path, tmp_path: Path
) -> None:
    done = run("fold", recording, "-o", tmp_path / "fold.h5", *arguments)
    assert done.exit_code == ConfigError.exit_code
    assert sentence in " ".join(done.stderr.split())
    assert not (tmp_path / "fold.h5").exists()


def test_files_that_do_not_fit_are_refused(run: Run, recording: Path, tmp_path: Path) -> None:
    par = tmp_path / "pulsar.par"
    par.write_text(SPIN.replace("F0", "FZERO"))
    fold = ("fold", recording, "-o", tmp_path / "fold.h5")
    assert run(*fold, "--par", par).exit_code == FileFormatError.exit_code
    assert run(*fold, "--par", tmp_path / "absent.par").exit_code == InputMissingError.exit_code
    assert run(*fold, "--catalog", recording, "--id", 1).exit_code == FileFormatError.exit_code
    par.write_text(SPIN.replace("UNITS          TDB", "UNITS TCB") + FAST_ELL1)
    assert "found the time scale TCB" in run(*fold, "--par", par).stderr
    done = run("fold", recording, "-o", par, "--par", par)
    assert done.exit_code in (ConfigError.exit_code, FileFormatError.exit_code)
    assert par.read_text().startswith("PSRJ")
