"""The command reference, as Markdown, from the commands themselves."""

import inspect
from collections.abc import Iterator
from typing import Any

import click
import msgspec
from markdown_text import escaped

from fastpipe.cli.main import group
from fastpipe.config import SearchConfig


def commands_text() -> str:
    """Return one section for each subcommand: usage, what it does, and options with their defaults."""
    context = click.Context(group, info_name="fastpipe")
    sections = [_section(name, group.get_command(context, name), context) for name in group.list_commands(context)]
    return "\n".join(sections)


def _section(name: str, command: click.Command | None, parent: click.Context) -> str:
    assert command is not None
    context = click.Context(command, info_name=name, parent=parent)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    rows = [f"| {_names(option, context)} | {_meaning(option)} |" for option in _options(command)]
    table = ["| option | meaning |", "|---|---|", *rows, "| `-h`, `--help` | Print usage and options. |"]
    words = escaped(inspect.cleandoc(command.help or "").replace("\b", ""))
    return "\n".join([f"## fastpipe {name}", "", "```text", usage, "```", "", words, "", *table, ""])


def _options(command: click.Command) -> list[click.Option]:
    return [parameter for parameter in command.params if isinstance(parameter, click.Option)]


def _names(option: click.Option, context: click.Context) -> str:
    value = "" if option.is_flag else " " + option.make_metavar(context).replace("|", "\\|")
    return ", ".join(f"`{name}{value}`" for name in (*option.opts, *option.secondary_opts))


def _meaning(option: click.Option) -> str:
    return " ".join([escaped(option.help or ""), *_notes(option)])


def _notes(option: click.Option) -> Iterator[str]:
    default = option.to_info_dict()["default"]
    if option.required:
        yield "Needed."
    elif option.is_flag:
        return
    elif default not in (None, ""):
        yield f"Default: {default}."
    elif (option.name, option.help) in _of_search():
        stage, value = _configured()[option.name or ""]
        end = "." if value in (None, "") else f", {value} by default."
        yield f"Without it: `{option.name}` of `[{stage}]` in the configuration{end}"


def _of_search() -> set[tuple[str | None, str | None]]:
    """Return names and helps of the options that override the configuration: those of the search, wherever they occur."""
    search = group.get_command(click.Context(group), "search")
    assert search is not None
    return {(option.name, option.help) for option in _options(search) if option.name in _configured()}


def _configured() -> dict[str, tuple[str, Any]]:
    """Return stage and default value of every option of the configuration."""
    tables = msgspec.to_builtins(SearchConfig())
    return {name: (stage, value) for stage, table in tables.items() for name, value in table.items()}
