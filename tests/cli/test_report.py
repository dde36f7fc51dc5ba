"""``fastpipe report``: the page as a file, and inputs that are none."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import fastpipe as fp
from fastpipe.data.candidate_keys import candidate_key
from fastpipe.data.labels import new_act
from fastpipe.io.catalogue import write_catalogue
from fastpipe.io.label_file import append_labels
from tests.fake_catalogue import fake_tables

Run = Callable[..., Result]


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    write_catalogue(tmp_path / "found.h5", fake_tables())
    return tmp_path / "found.h5"


def test_page_is_written_with_labels(run: Run, catalogue: Path, tmp_path: Path) -> None:
    append_labels(catalogue, [new_act("ann", candidate_key(fake_tables(), 0), 1.0, grade="pulsar")])
    done = run("report", catalogue, "-o", tmp_path / "page.html", "--best", "1")
    assert (done.exit_code, done.stdout) == (0, f"Report: {tmp_path / 'page.html'}\n")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "people say: pulsar" in page
    assert page.count('id="candidate-') == 1


def test_page_is_written_from_python(tmp_path: Path) -> None:
    path = fp.Catalogue(fake_tables(is_empty=True)).report(tmp_path / "page.html")
    assert "No candidate was found." in path.read_text("utf-8")


def test_bad_inputs_give_a_sentence(run: Run, catalogue: Path, tmp_path: Path) -> None:
    output = tmp_path / "page.html"
    (tmp_path / "text.h5").write_text("no catalogue")
    (tmp_path / "cut.h5").write_bytes(catalogue.read_bytes()[:20_000])
    before = catalogue.read_bytes()
    for arguments, code, words in (
        ((tmp_path / "none.h5", "-o", output), 3, "none.h5"),
        ((tmp_path / "text.h5", "-o", output), 4, "expected a catalogue of fastpipe"),
        ((tmp_path / "cut.h5", "-o", output), 4, "cut.h5"),
        ((catalogue, "-o", catalogue), 2, "as input and as output"),
        ((catalogue, "-o", tmp_path / "none" / "page.html"), 2, "found no folder"),
        ((catalogue, "-o", tmp_path), 2, "found a folder"),
        ((catalogue, "-o", output, "--best", "-1"), 2, "-1"),
    ):
        done = run("report", *arguments)
        assert (done.exit_code, words in done.stderr) == (code, True), done.stderr
        assert "Traceback" not in done.stderr
    assert not output.exists()
    assert catalogue.read_bytes() == before
