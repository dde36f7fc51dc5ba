"""Puts text made from the code into pages, where a comment ``<!-- generated: KIND WORDS -->`` stands."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from command_page import commands_text
from configuration_page import cluster_text, configuration_text
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
MARK = re.compile(r"^<!-- generated: (\w+)(.*?)-->$", re.MULTILINE | re.DOTALL)


def modules_text(words: str) -> str:
    """Return one section for each module: its docstring and its public members, read by autodoc."""
    return "\n".join(
        f"## {name.rpartition('.')[2]}\n\n```{{eval-rst}}\n.. automodule:: fastpipe.{name}\n   :members:\n```\n"
        for name in words.split()
    )


def file_text(name: str) -> str:
    """Return a page that is elsewhere in the checkout, with its links as seen from the pages here."""
    text = (ROOT / name.strip()).read_text(encoding="utf-8")
    return text.replace("](docs/", "](").replace("](CHANGELOG.md)", "](changelog.md)")


def notebook_text(name: str) -> str:
    """Return a notebook (py:percent text) as a page: its prose, and its cells of code as blocks."""
    text = (ROOT / "notebooks" / f"{name.strip()}.py").read_text(encoding="utf-8")
    cells = [cell.partition("\n") for cell in text.split("\n# %%")[1:]]
    return "\n\n".join(
        _prose(body) if "[markdown]" in kind else f"```python\n{body.strip()}\n```" for kind, _, body in cells
    )


def _prose(body: str) -> str:
    text = re.sub("^# ?", "", body, flags=re.MULTILINE).strip()
    # Notebooks and pages are as deep in the checkout, but links of pages begin in docs.
    return text.replace("](../docs/", "](../").replace("](../sample_data/README.md", "](../sample-recording.md")


KINDS: dict[str, Callable[[str], str]] = {
    "commands": lambda _: commands_text(),
    "configuration": lambda _: configuration_text(),
    "cluster": lambda _: cluster_text(),
    "modules": modules_text,
    "file": file_text,
    "notebook": notebook_text,
}


def fill_page(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Replace the marks of a page that Sphinx is about to read."""
    source[0] = MARK.sub(lambda mark: KINDS[mark[1]](mark[2]), source[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.connect("source-read", fill_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
