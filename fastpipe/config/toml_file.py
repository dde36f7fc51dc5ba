"""Reading the text of a TOML file."""

import tomllib
from pathlib import Path
from typing import Any

from fastpipe.errors import ConfigError, InputMissingError


def read_toml_text(path: str | Path, expected: str) -> str:
    """Read a file that holds TOML.

    Parameters
    ----------
    path
        The file.
    expected
        What it should be, in words.

    Raises
    ------
    InputMissingError
        If the file cannot be read.
    ConfigError
        If it is no text.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InputMissingError(
            f"found no readable file at {path} ({error.strerror}), expected {expected}; check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"found bytes in {path} that are no UTF-8 text, expected TOML; check the path") from error


def parse_toml(text: str, example: str) -> dict[str, Any]:
    """Turn TOML text into tables.

    Parameters
    ----------
    text
        TOML.
    example
        A line of it that would be right.

    Raises
    ------
    ConfigError
        If the text is no TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"found text that is no TOML ({error}), expected lines such as {example}; correct it") from error
