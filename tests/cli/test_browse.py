"""``fastpipe browse`` refuses what it cannot show."""

import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest
from click.testing import Result

from fastpipe.io.catalogue import write_catalogue
from tests.fake_catalogue import fake_tables

Run = Callable[..., Result]


def test_missing_bokeh_is_a_sentence(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("bokeh", "fastpipe.browser."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "bokeh", None)
    write_catalogue(tmp_path / "cat.h5", fake_tables())
    result = run("browse", tmp_path / "cat.h5", "--no-open")
    assert result.exit_code == 2
    assert 'pip install "fastpipe-pulsar[browse]"' in result.output


@pytest.mark.parametrize("kind", ["foreign", "text", "cut"])
def test_damaged_or_foreign_file_is_a_sentence(run: Run, tmp_path: Path, kind: str) -> None:
    pytest.importorskip("bokeh")
    path = tmp_path / "cat.h5"
    write_catalogue(path, fake_tables())
    if kind == "foreign":
        with h5py.File(path, "w") as file:
            file["x"] = 1
    elif kind == "text":
        path.write_text("no catalogue")
    else:
        path.write_bytes(path.read_bytes()[:5000])
    result = run("browse", path, "--no-open")
    assert result.exit_code == 4
    assert "expected" in result.output


def test_missing_file_and_empty_user_are_sentences(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("bokeh")
    assert run("browse", tmp_path / "none.h5", "--no-open").exit_code == 3
    result = run("browse", tmp_path / "none.h5", "--user", " ")
    assert result.exit_code == 2
    assert "found an empty --user" in result.output
