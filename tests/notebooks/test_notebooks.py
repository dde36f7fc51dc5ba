"""The notebooks run from the first cell to the last."""

from pathlib import Path

import pytest

jupytext = pytest.importorskip("jupytext", reason="the test group of pyproject.toml is not installed")
nbclient = pytest.importorskip("nbclient", reason="the test group of pyproject.toml is not installed")

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of the packages of Jupyter, not of ours: the notebook runs in its own process
@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_notebook_runs(path: Path) -> None:
    notebook = jupytext.read(path)
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    )
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 3
