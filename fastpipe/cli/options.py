"""Options that several subcommands share."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from fastpipe.errors import ConfigError

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)
DEBUG = "fastpipe.debug"


def _remember_debug(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta[DEBUG] = True


def debug_option(function: F) -> F:
    """Add ``--debug``, which prints the traceback of an error."""
    option = click.option(
        "--debug", is_flag=True, expose_value=False, callback=_remember_debug, help="Print the traceback of an error."
    )
    return option(function)


def json_option(function: F) -> F:
    """Add ``--json``, which prints for machines."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")(function)


def check_output_file(path: Path, inputs: Sequence[Path] = ()) -> None:
    """Refuse a result that could not be written, before the work starts.

    Parameters
    ----------
    path
        Where the result will be written.
    inputs
        Files that are read.

    Raises
    ------
    ConfigError
        If the folder is missing or cannot be written, or the path is a folder or one of the inputs.
    """
    if path.exists() and any(source.exists() and path.samefile(source) for source in inputs):
        raise ConfigError(f"found {path} as input and as output, expected two files; choose another -o")
    folder = path.parent
    if not folder.is_dir():
        raise ConfigError(
            f"found no folder {folder} for {path.name}, expected it to be there; create it or choose another -o"
        )
    if path.is_dir():
        raise ConfigError(f"found a folder at {path}, expected the name of a file; choose another -o")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(
            f"found a folder {folder} that may not be written to, expected write permission; choose another -o"
        )


def make_output_folder(folder: Path) -> None:
    """Create the folder for figures, or refuse it before the work starts.

    Raises
    ------
    ConfigError
        If the folder cannot be created or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"found no way to create the folder {folder} ({error.strerror}); choose another one") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(
            f"found a folder {folder} that may not be written to, expected write permission; choose another one"
        )
