"""``fastpipe export``: round trips through the programs of fastpipe, labels, and what it refuses."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import Result
from numba import config

from fastpipe.data.candidate_keys import candidate_keys
from fastpipe.data.labels import new_act
from fastpipe.errors import ConfigError, FileFormatError, InputMissingError
from fastpipe.io.catalogue import read_catalogue, write_catalogue
from fastpipe.io.label_file import append_labels, read_labels
from fastpipe.io.recordings import open_recording
from fastpipe.plotting.label_text import elsewhere_lines, label_lines
from tests.fake_catalogue import fake_tables

Run = Callable[..., Result]
needs_compiler = pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")
CRAB = "05:34:31.97 +22:00:52.1"
PERIOD_S = 0.00731


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path, tables = tmp_path / "cat.h5", fake_tables()
    tables.observations["digest"] = b"ab" * 32
    write_catalogue(path, tables)
    return path


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a recording and the catalogue of its search, at the barycentre."""
    from click.testing import CliRunner

    from fastpipe.cli.main import group

    folder = tmp_path_factory.mktemp("searched")
    sizes = ["--duration", "20", "--tsamp", "0.0005", "--nchans", "16", "--dm", "10", "--snr", "40", "--duty", "0.1"]
    made = [str(folder / "a.fil"), "--period", str(PERIOD_S), "--position", CRAB]
    for arguments in (
        ["simulate", "-o", *made, *sizes],
        ["search", str(folder / "a.fil"), "-o", str(folder / "a.h5"), "--dm-max", "20", "--quiet"],
    ):
        done = CliRunner().invoke(group, arguments, prog_name="fastpipe")
        assert done.exit_code == 0, done.output
    return folder


@needs_compiler
def test_ephemeris_folds_to_the_same_signal(run: Run, searched: Path, tmp_path: Path) -> None:
    par = tmp_path / "best.par"
    done = run("export", searched / "a.h5", "1", "-o", par)
    assert done.stdout == f"Ephemeris of candidate 1: {par}\n"
    done = run("fold", searched / "a.fil", "-o", tmp_path / "fold.h5", "--par", par, "--no-refine", "--quiet")
    assert done.exit_code == 0, done.output
    found, folded = (read_catalogue(path).candidates[0] for path in (searched / "a.h5", tmp_path / "fold.h5"))
    assert folded["snr"] == pytest.approx(found["snr"], rel=0.02)
    assert folded["period_s"] == pytest.approx(found["period_s"], rel=1e-12)
    assert folded["epoch_mjd"] == pytest.approx(found["epoch_mjd"], abs=1e-9)


@needs_compiler
def test_series_holds_the_signal(run: Run, searched: Path, tmp_path: Path) -> None:
    best = read_catalogue(searched / "a.h5").candidates[0]
    done = run("export", searched / "a.h5", "1", "-o", tmp_path / "best.dat", "--quiet")
    assert (done.exit_code, done.stdout) == (0, ""), done.output
    header = open_recording([tmp_path / "best.dat"]).header
    assert (header.nsamples, header.tsamp, header.dm) == (40_000, 0.0005, best["dm"])
    assert header.ra_deg == pytest.approx(83.63320833)
    again = run("search", tmp_path / "best.dat", "-o", tmp_path / "again.h5", "--quiet")
    assert again.exit_code == 0, again.output
    found = read_catalogue(tmp_path / "again.h5").candidates[0]
    assert found["period_s"] == pytest.approx(best["period_s"], abs=4 * best["period_err_s"])
    assert found["snr"] == pytest.approx(best["snr"], rel=0.1)
    at_dm = run("export", searched / "a.h5", "--dm", "5", "-o", tmp_path / "x_DM5.00", "--format", "dat")
    assert at_dm.stdout.startswith("40000 samples of 0.0005 s at DM 5 pc cm^-3: ")
    assert (tmp_path / "x_DM5.00.dat").stat().st_size == 4 * 40_000


@needs_compiler
def test_recording_gone_or_changed(run: Run, searched: Path, tmp_path: Path) -> None:
    catalogue = shutil.copy(searched / "a.h5", tmp_path / "a.h5")
    options = ("--dm", "5", "-o", tmp_path / "x.dat", "--quiet")
    gone = run("export", catalogue, *options)
    assert gone.exit_code == InputMissingError.exit_code
    assert "found no a.fil in" in gone.stderr
    assert run("export", catalogue, *options, "--recording", searched).exit_code == 0
    changed = bytearray((searched / "a.fil").read_bytes())
    changed[-1] ^= 1
    (tmp_path / "a.fil").write_bytes(changed)
    (tmp_path / "x.dat").unlink()
    other = run("export", catalogue, *options)
    assert other.exit_code == FileFormatError.exit_code
    assert "than were searched, expected the recording of the catalogue" in other.stderr
    assert not (tmp_path / "x.dat").exists()
    beyond = run("export", catalogue, "--dm", "1e6", "-o", tmp_path / "x.dat", "--recording", searched / "a.fil")
    assert (beyond.exit_code, "found DM 1e+06, expected 0 to" in beyond.stderr) == (ConfigError.exit_code, True)


@pytest.mark.parametrize("form", ["csv", "ecsv", "votable", "presto", "psrcand"])
def test_every_list_is_written(run: Run, catalogue: Path, tmp_path: Path, form: str) -> None:
    output = tmp_path / "out"
    done = run("export", catalogue, "-o", output, "--format", form)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(f"3 candidates: {output}")
    assert ("--pepoch 58000.000694" in done.stdout) == (form == "psrcand")
    some = run("export", catalogue, "3", "2", "-o", output, "--format", form, "--min-score", "0.5")
    assert some.stdout.startswith("1 candidates: ")
    # Written anew, not added to.
    assert len(output.read_bytes()) > 0


def test_format_follows_from_the_ending(run: Run, catalogue: Path, tmp_path: Path) -> None:
    assert run("export", catalogue, "-o", tmp_path / "x.VOT").exit_code == 0
    assert b"<VOTABLE" in (tmp_path / "x.VOT").read_bytes()
    unknown = run("export", catalogue, "-o", tmp_path / "x.txt")
    assert (unknown.exit_code, "found no format and the ending .txt" in unknown.stderr) == (2, True)


def test_detections_come_with_their_fates(run: Run, catalogue: Path, tmp_path: Path) -> None:
    done = run("export", catalogue, "-o", tmp_path / "x.csv", "--detections")
    assert done.stdout == f"10 detections: {tmp_path / 'x.csv'}\n"
    with (tmp_path / "x.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[5]["fate_name"] == "low_dm"
    assert rows[0]["telescope"] == "FAST"


def test_labels_are_shown_exported_and_merged(run: Run, catalogue: Path, tmp_path: Path) -> None:
    key = candidate_keys(read_catalogue(catalogue))[0]
    acts = [
        new_act("ann", key, 1.7e9, grade="pulsar", note="bright"),
        new_act("bob", key, 1.7e9, grade="rfi"),
        new_act("bob", "0123:9.0Hz:1.00", 1.7e9, grade="rfi"),
    ]
    append_labels(catalogue, acts)
    shown = run("show", catalogue).stdout
    assert "graded pulsar, rfi" in shown
    assert "1 label belongs to a candidate that this catalogue does not have" in shown
    page = run("show", catalogue, "1").stdout
    assert "What people say:\n  ann, 2023-11-14: pulsar; bright\n  bob, 2023-11-14: rfi\n" in page
    assert "What people say" not in run("show", catalogue, "2").stdout
    content = json.loads(run("show", "--json", catalogue, "1").stdout)
    assert (content["label"], [act["user"] for act in content["labels"]]) == ("pulsar, rfi", ["ann", "bob"])
    assert run("export", catalogue, "-o", tmp_path / "x.csv").exit_code == 0
    with (tmp_path / "x.csv").open(newline="") as file:
        first = next(csv.DictReader(file))
    assert (first["label"], first["notes"]) == ("pulsar, rfi", "ann: bright")
    other, tables = tmp_path / "b.h5", fake_tables()
    tables.observations["digest"], tables.observations["tstart_mjd"] = b"cd" * 32, 58010.0
    write_catalogue(other, tables)
    append_labels(other, [new_act("ann", candidate_keys(tables)[1], 1.8e9, grade="noise")])
    merged = tmp_path / "c.h5"
    assert run("merge", catalogue, other, "-o", merged, "--quiet").exit_code == 0
    assert len(read_labels(merged)) == 4
    grades = [row["label"] for row in json.loads(run("show", "--json", merged).stdout)]
    assert sorted(filter(None, grades)) == ["noise", "pulsar, rfi"]


def test_text_of_labels() -> None:
    acts = [new_act("ann", "x", 1e300, note="two\nlines\x1b[31m")]
    assert label_lines(acts) == ["ann, at an unknown time: two lines [31m"]
    assert elsewhere_lines(0) == []
    assert elsewhere_lines(2)[0].startswith("2 labels belong to candidates")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "par"], "found 0 numbers of candidates, expected one"),
        (["1", "2", "--format", "par"], "found 2 numbers of candidates, expected one"),
        (["--format", "dat"], "give the number of one candidate, or --dm"),
        (["1", "--dm", "3", "--format", "dat"], "give the number of one candidate, or --dm"),
        (["--dm", "3", "--format", "csv"], "--dm, --recording and --config are for a series"),
        (["--dm", "0", "--format", "csv"], "--dm, --recording and --config are for a series"),
        (["--format", "csv", "--min-score", "2"], "found --min-score 2.0, expected 0 to 1"),
        (["--format", "presto", "--detections"], "found --detections with presto"),
        (["1", "--format", "csv", "--detections"], "--detections writes all of them"),
        (["9", "--format", "csv"], "found no candidate 9, expected 1 to 3"),
        (["1", "--format", "par"], "found periods at the telescope in the catalogue"),
        (["--format", "csv", "--obs", "7"], "found no observation 7, expected 1 to 1"),
    ],
)
def test_what_makes_no_sense_is_refused(
    run: Run, catalogue: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = run("export", catalogue, *arguments, "-o", tmp_path / "out")
    assert (done.exit_code, message in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "out").exists()


def test_files_that_are_no_catalogue(run: Run, catalogue: Path, tmp_path: Path) -> None:
    text, foreign, cut = tmp_path / "a.txt", tmp_path / "b.h5", tmp_path / "c.h5"
    text.write_text("hello")
    with h5py.File(foreign, "w") as file:
        file["x"] = np.arange(3)
    cut.write_bytes(catalogue.read_bytes()[:3000])
    for path, message in ((text, "found no HDF5 file"), (foreign, "of another program"), (cut, "found a damaged catalogue")):
        done = run("export", path, "-o", tmp_path / "out.csv")
        assert (done.exit_code, message in done.stderr) == (4, True), done.stderr
    missing = run("export", tmp_path / "none.h5", "-o", tmp_path / "out.csv")
    assert missing.exit_code == 3
    assert run("export", catalogue, "-o", catalogue, "--format", "csv").exit_code == 2
    assert run("export", catalogue, "-o", tmp_path / "no" / "out.csv").exit_code == 2


def test_catalogue_without_candidates_gives_empty_lists(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "empty.h5"
    write_catalogue(path, fake_tables(is_empty=True))
    for form in ("csv", "ecsv", "votable", "presto", "psrcand"):
        done = run("export", path, "-o", tmp_path / "out", "--format", form)
        assert (done.exit_code, done.stdout.startswith("0 candidates: ")) == (0, True), done.output
    done = run("export", path, "1", "-o", tmp_path / "x.par")
    assert (done.exit_code, "the catalogue has no candidates" in done.stderr) == (2, True)
