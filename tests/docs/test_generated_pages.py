"""The pages that are made from the code leave nothing out."""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import click
import msgspec
import pytest

from fastpipe.cli.main import group
from fastpipe.config import SearchConfig
from fastpipe.config.cluster import ClusterConfig
from tests.docs.pages import DOCS, ROOT


@pytest.fixture
def extension(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Import a module of the extensions as Sphinx does: from their folder."""
    monkeypatch.syspath_prepend(str(DOCS / "extensions"))
    return importlib.import_module


def test_every_option_is_on_the_page_of_commands(extension: Callable[[str], ModuleType]) -> None:
    sections = extension("command_page").commands_text().split("\n## fastpipe ")
    by_name = {section.removeprefix("## fastpipe ").splitlines()[0]: section for section in sections}
    context = click.Context(group, info_name="fastpipe")
    assert list(by_name) == group.list_commands(context)
    for name, section in by_name.items():
        command = group.get_command(context, name)
        assert command is not None
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert all(f"`{option}" in section for option in parameter.opts), f"{name} {parameter.opts}"


def test_defaults_are_on_the_page_of_commands(extension: Callable[[str], ModuleType]) -> None:
    text = extension("command_page").commands_text()
    assert "| `--duration FLOAT` | Length in s. Default: 60.0. |" in text
    dm_max = SearchConfig().dedispersion.dm_max
    of_search = f"Without it: `dm_max` of `[dedispersion]` in the configuration, {dm_max} by default."
    assert f"| `--dm-max FLOAT` | Highest DM in pc cm^-3. {of_search} |" in text


def test_every_option_is_on_the_page_of_the_configuration(extension: Callable[[str], ModuleType]) -> None:
    page = extension("configuration_page")
    text = page.configuration_text() + page.cluster_text()
    default = SearchConfig()
    stages = [type(getattr(default, field.name)) for field in msgspec.structs.fields(SearchConfig)]
    configs: list[type[msgspec.Struct]] = [*stages, ClusterConfig]
    for config in configs:
        for field in msgspec.structs.fields(config):
            assert f"\n| `{field.name}` |" in text, f"{config.__name__}.{field.name}"


def test_every_algorithm_is_in_the_python_reference_once() -> None:
    named = [line for page in (DOCS / "python").glob("*.md") for line in page.read_text(encoding="utf-8").splitlines()]
    named = sorted(line.removeprefix("algorithms.") for line in named if line.startswith("algorithms."))
    modules = sorted(path.stem for path in (ROOT / "fastpipe" / "algorithms").glob("[!_]*.py"))
    assert named == modules


def test_every_notebook_has_a_page() -> None:
    marks = {page.read_text(encoding="utf-8").strip() for page in (DOCS / "notebooks").glob("*.md")}
    assert marks == {f"<!-- generated: notebook {path.stem} -->" for path in (ROOT / "notebooks").glob("*.py")}


def test_every_page_is_in_a_table_of_contents() -> None:
    """Sphinx would only say so when the documentation is built."""
    listed = {DOCS / "index.md"}
    for page in DOCS.rglob("*.md"):
        if "_build" not in page.parts:
            listed |= _toctree_entries(page)
    pages = {path for path in DOCS.rglob("*.md") if "_build" not in path.parts}
    assert not pages - listed, "pages that no table of contents names"


def _toctree_entries(page: Path) -> set[Path]:
    entries: set[Path] = set()
    inside = False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            inside = line == "```{toctree}"
        elif inside and line and not line.startswith(":"):
            entries |= set(page.parent.glob(f"{line}.md"))
    return entries
