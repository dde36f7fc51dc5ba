"""The notebooks run from the first cell to the last, away from the checkout, and leave nothing behind."""

import os
import re
import shutil
from pathlib import Path

import pytest

jupytext = pytest.importorskip("jupytext", reason="the test group of pyproject.toml is not installed")
nbclient = pytest.importorskip("nbclient", reason="the test group of pyproject.toml is not installed")

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("notebooks", "sample_data")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
LEAST_PICTURES = 2


@pytest.fixture
def copies(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    # Tables of telescopes and pulsars of whoever runs the tests change nothing.
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("settings")))
    return tmp_path


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of the packages of Jupyter, not of ours: the notebook runs in its own process
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path, copies: Path) -> None:
    before = _files(copies)
    notebook = jupytext.read(copies / "notebooks" / path.name)
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": copies / "notebooks"}}
    )
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= LEAST_PICTURES
    warnings = [output["text"] for output in outputs if output.get("name") == "stderr"]
    assert not warnings, "a student would wonder what these mean"
    assert _files(copies) == before


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    title, first = re.split(r"\n# %%", text)[1].split("\n#\n", 1)
    assert re.search(r"^# # \S", title, re.MULTILINE), "expected a title in the first cell"
    assert re.search(r"\byou\b", first, re.IGNORECASE), "expected what the reader will see and learn in the first cell"
    assert "# Things to try next:\n" in re.split(r"\n# %%", text)[-1], "expected things to try in the last cell"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_in_the_documentation(path: Path) -> None:
    page = ROOT / "docs" / "notebooks" / f"{path.stem}.md"
    assert page.read_text(encoding="utf-8") == f"<!-- generated: notebook {path.stem} -->\n"
    assert path.name in (ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8")


def _files(folder: Path) -> set[str]:
    return {os.path.relpath(path, folder) for path in folder.rglob("*")}
