"""The command reference, as Markdown, from the commands themselves."""

import inspect
from collections.abc import Iterator
from typing import Any

import click
import msgspec

from fastpipe.cli.main import group
from fastpipe.config import SearchConfig


def commands_text() -> str:
    """Return one section for each subcommand: usage, what it does, arguments, and options with their defaults."""
    context = click.Context(group, info_name="fastpipe")
    sections = [_section(name, group.get_command(context, name), context) for name in group.list_commands(context)]
    return "\n".join(sections)


def _section(name: str, command: click.Command | None, parent: click.Context) -> str:
    assert command is not None
    context = click.Context(command, info_name=name, parent=parent)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    rows = [f"| {_names(option, context)} | {_escaped(_meaning(option))} |" for option in options]
    table = ["| option | meaning |", "|---|---|", *rows, "| `-h`, `--help` | Print usage and options. |"]
    words = _escaped(inspect.cleandoc(command.help or "").replace("\b", ""))
    return "\n".join([f"## fastpipe {name}", "", "```text", usage, "```", "", words, "", *table, ""])


def _names(option: click.Option, context: click.Context) -> str:
    value = "" if option.is_flag else " " + option.make_metavar(context).replace("|", "\\|")
    return ", ".join(f"`{name}{value}`" for name in (*option.opts, *option.secondary_opts))


def _meaning(option: click.Option) -> str:
    return " ".join([option.help or "", *_required(option), *_default(option)])


def _required(option: click.Option) -> Iterator[str]:
    if option.required:
        yield "Needed."


def _default(option: click.Option) -> Iterator[str]:
    given = option.to_info_dict()["default"]
    if not option.is_flag and given not in (None, ""):
        yield f"Default: {given}."
    elif (stages := _configured()) and not option.is_flag and option.name in stages:
        stage, value = stages[option.name]
        yield f"Without it, `{option.name}` of `[{stage}]` in the configuration{_shown(value)}."


def _configured() -> dict[str, tuple[str, Any]]:
    """Return stage and default value of every option of the configuration."""
    tables = msgspec.to_builtins(SearchConfig())
    return {name: (stage, value) for stage, table in tables.items() for name, value in table.items()}


def _shown(value: object) -> str:
    return "" if value is None or value == "" else f", {value}"


def _escaped(text: str) -> str:
    for character in "*_|<>":
        text = text.replace(character, "\\" + character)
    return text.replace("`\\_", "`_")
