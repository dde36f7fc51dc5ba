"""Reading a configuration: strict TOML, and options that override it."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from fastpipe.config.search import SearchConfig
from fastpipe.config.toml_file import parse_toml, read_toml_text
from fastpipe.errors import ConfigError

_IN_WORDS = {
    "float": "a number",
    "int": "a whole number",
    "str": "a text in quotes",
    "bool": "true or false",
    "array": "a list in brackets, or a list of such lists as fastpipe config shows it",
}


def load_config(path: str | Path) -> SearchConfig:
    """Read a configuration file; what it leaves out keeps its default.

    Parameters
    ----------
    path
        TOML file with one table for each stage, as ``fastpipe config`` prints it.

    Returns
    -------
    SearchConfig
        The checked configuration.

    Raises
    ------
    InputMissingError
        If the file cannot be read.
    ConfigError
        If the file is no TOML, or has an unknown stage or option, or a value of the wrong type or out of range.
    """
    text = read_toml_text(path, "a configuration")
    try:
        return parse_config(text)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def parse_config(text: str) -> SearchConfig:
    r"""Turn the text of a configuration file into a configuration.

    Parameters
    ----------
    text
        TOML text.

    Returns
    -------
    SearchConfig
        The checked configuration.

    Raises
    ------
    ConfigError
        As for `load_config`.

    Examples
    --------
    >>> parse_config("[dedispersion]\ndm_max = 70").dedispersion.dm_max
    70.0
    """
    return _build(parse_toml(text, "dm_max = 500"))


def override(config: SearchConfig, **options: Any) -> SearchConfig:
    """Return a configuration in which some options have other values.

    Parameters
    ----------
    config
        Where all other values come from.
    **options
        Options by name, without their stage, such as ``dm_max=70``.

    Returns
    -------
    SearchConfig
        The new configuration, checked as a file is.

    Raises
    ------
    ConfigError
        If an option is unknown or its value of the wrong type or out of range.

    Examples
    --------
    >>> override(SearchConfig(), dm_max=70, threads=2).execution.threads
    2
    """
    tables = msgspec.to_builtins(config)
    stage_of = {name: stage for stage, table in tables.items() for name in table}
    for name, value in options.items():
        if name not in stage_of:
            raise ConfigError(_unknown("option", name, stage_of))
        tables[stage_of[name]][name] = value
    return _build(tables)


def _unknown(kind: str, name: str, known: Mapping[str, Any]) -> str:
    close = get_close_matches(name, known, n=1)
    advice = f"did you mean {close[0]}?" if close else "run fastpipe config to see all of them"
    return f"found unknown {kind} {name}, expected one of {', '.join(known)}; {advice}"


def _build(tables: Mapping[str, Any]) -> SearchConfig:
    known = msgspec.to_builtins(SearchConfig())
    for stage, table in tables.items():
        if stage not in known:
            raise ConfigError(_unknown("stage", stage, known))
        if not isinstance(table, Mapping):
            raise ConfigError(f"found {stage} = {table!r}, expected a table; write [{stage}] and its options below")
        for name in table:
            if name not in known[stage]:
                raise ConfigError(_unknown(f"option in [{stage}]", name, known[stage]))
    try:
        return msgspec.convert(tables, SearchConfig)
    except msgspec.ValidationError as error:
        # A sentence of ours that msgspec has wrapped is the better message.
        if isinstance(error.__cause__, ConfigError):
            raise error.__cause__ from None
        raise ConfigError(_wrong_type(str(error), tables)) from error


def _wrong_type(message: str, tables: Mapping[str, Any]) -> str:
    """Rewrite "Expected `float`, got `str` - at `$.cleaning.channel_sigma`" as found, expected, what to do."""
    reason, _, place = message.rpartition(" - at `$.")
    # The place of a list in a list is "$.cleaning.mask_mhz[0]".
    stage, name = place.rstrip("`").partition("[")[0].split(".")
    found = re.match(r"Expected `(\w+)", reason)
    # The one other message of msgspec that can come from our fields is that of a Literal.
    expected = _IN_WORDS[found.group(1)] if found else f"one of {', '.join(map(repr, _choices(stage, name)))}"
    return f"found {stage}.{name} = {tables[stage][name]!r}, expected {expected}; correct it"


def _choices(stage: str, name: str) -> tuple[str, ...]:
    return get_args(get_type_hints(get_type_hints(SearchConfig)[stage])[name])
