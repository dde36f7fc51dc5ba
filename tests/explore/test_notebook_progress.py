"""Progress in a notebook, in a real kernel: one bar, which ends as one line."""

from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

SAMPLE = Path(__file__).parents[2] / "sample_data" / "fake_pulsar.fil"
_CODE = """
import fastpipe as fp
from fastpipe.explore.search import notebook_progress
from fastpipe.explore.notebook_progress import NotebookProgress
assert isinstance(notebook_progress(), NotebookProgress)
notebook_progress().close()
progress = notebook_progress()
progress.stage("cleaning", 2)
progress.advance()
progress.close()
"""


@pytest.fixture(scope="module")
def outputs() -> list[list[Any]]:
    """Return what two cells show: a stage that was cut short, and a search."""
    cells = [_CODE, f"print(len(fp.search({str(SAMPLE)!r}, dm_max=70)))"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    return [cell.outputs for cell in notebook.cells]


def test_bar_ends_as_one_line(outputs: list[list[Any]]) -> None:
    shown = [output for output in outputs[1] if output.output_type == "display_data"]
    assert len(shown) == 1
    assert shown[0].data["text/plain"] == "done"
    assert "<progress" not in shown[0].data["text/html"]
    assert shown[0].data["text/html"].startswith("<small>done in ")
    assert "Fourier search" in shown[0].data["text/html"]
    assert [output.name for output in outputs[1] if output.output_type == "stream"] == ["stdout"]


def test_stage_that_was_cut_short_does_not_read_as_done(outputs: list[list[Any]]) -> None:
    (shown,) = outputs[0]
    assert shown.data["text/plain"] == "stopped during cleaning"
