"""The pages that are made from the code leave nothing out."""

import runpy
from pathlib import Path

import click
import msgspec

from fastpipe.cli.main import group
from fastpipe.config import SearchConfig
from fastpipe.config.cluster import ClusterConfig
from tests.docs.pages import DOCS, ROOT

EXTENSIONS = DOCS / "extensions"


def test_every_option_is_on_the_page_of_commands() -> None:
    sections = runpy.run_path(str(EXTENSIONS / "command_page.py"))["commands_text"]().split("\n## fastpipe ")
    by_name = {section.removeprefix("## fastpipe ").splitlines()[0]: section for section in sections}
    context = click.Context(group, info_name="fastpipe")
    assert list(by_name) == group.list_commands(context)
    for name, section in by_name.items():
        command = group.get_command(context, name)
        assert command is not None
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert all(f"`{option}" in section for option in parameter.opts), f"{name} {parameter.opts}"


def test_defaults_are_on_the_page_of_commands() -> None:
    text = runpy.run_path(str(EXTENSIONS / "command_page.py"))["commands_text"]()
    lines = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| `--")}
    assert lines["--duration FLOAT"].endswith("Length in s. Default: 60.0. |")
    assert lines["--dm-max FLOAT"].endswith(f"in the configuration, {SearchConfig().dedispersion.dm_max}. |")


def test_every_option_is_on_the_page_of_the_configuration() -> None:
    page = runpy.run_path(str(EXTENSIONS / "configuration_page.py"))
    text = page["configuration_text"]() + page["cluster_text"]()
    default = SearchConfig()
    stages = [type(getattr(default, field.name)) for field in msgspec.structs.fields(SearchConfig)]
    for config in [*stages, ClusterConfig]:
        for field in msgspec.structs.fields(config):
            assert f"\n| `{field.name}` |" in text, f"{config.__name__}.{field.name}"


def test_every_algorithm_is_in_the_python_reference_once() -> None:
    named = [line for page in (DOCS / "python").glob("*.md") for line in page.read_text(encoding="utf-8").splitlines()]
    named = sorted(line.removeprefix("algorithms.") for line in named if line.startswith("algorithms."))
    modules = sorted(path.stem for path in (ROOT / "fastpipe" / "algorithms").glob("[!_]*.py"))
    assert named == modules


def test_every_page_is_in_a_table_of_contents() -> None:
    """Sphinx would only say so when the documentation is built."""
    listed = {DOCS / "index.md"}
    for page in DOCS.rglob("*.md"):
        if "_build" not in page.parts:
            listed |= {path for path in _toctree_entries(page) if path.exists()}
    pages = {path for path in DOCS.rglob("*.md") if "_build" not in path.parts}
    assert not pages - listed, "pages that no table of contents names"


def _toctree_entries(page: Path) -> set[Path]:
    entries, inside = set(), False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            inside = line == "```{toctree}"
        elif inside and line and not line.startswith(":"):
            entries.add(page.parent / f"{line}.md")
    return entries
