"""Options that several subcommands share."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fastpipe.errors import ConfigError
from fastpipe.io.output_file import check_output_file as check_output_file
from fastpipe.io.sky_position import parse_position

if TYPE_CHECKING:
    from fastpipe.config import SearchConfig

F = TypeVar("F", bound=Callable[..., Any])

# Click would call a file that may not be read a mistake of usage: opening it gives the right sentence and exit code.
FILE = click.Path(path_type=Path, readable=False)
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


def _read_position(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[float, float] | None:
    return None if value is None else parse_position(value)


def position_option(help_text: str) -> Callable[[F], F]:
    """Add ``--position`` with a text for its help; it gives (RA, Dec) in degrees, or None."""
    return click.option("--position", callback=_read_position, metavar='"RA DEC"', help=help_text)


def deadline_option(function: F) -> F:
    """Add ``--deadline``: the wall time in which a search is to end."""
    option = click.option(
        "--deadline", help="Wall time such as 8h: where it is predicted to be exceeded, the least sensitivity is given up."
    )
    return option(function)


def drift_options(function: F) -> F:
    """Add ``--accel-max``, ``--zmax``, ``--jerk-max`` and ``--wmax``: which drifts of the frequency are searched."""
    for name, help_text in reversed(
        (
            ("--accel-max", "Largest acceleration along the line of sight in m s^-2; left out: none."),
            ("--zmax", "Largest drift of any harmonic in Fourier bins, which bounds time and memory; 200 with --accel-max."),
            (
                "--jerk-max",
                "Largest jerk along the line of sight in m s^-3, for single targets; left out: none.",
            ),
            ("--wmax", "Largest change of the drift of any harmonic in Fourier bins; 300 with --jerk-max."),
        )
    ):
        function = click.option(name, type=float, help=help_text)(function)
    return function


def make_output_folder(folder: Path) -> None:
    """Create the folder for what is written, or refuse it before the work starts.

    Raises
    ------
    ConfigError
        If the folder cannot be created or written to.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"found a file at {folder}, expected a folder; choose another one")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"found no way to create the folder {folder} ({error.strerror}); choose another one") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(
            f"found a folder {folder} that may not be written to, expected write permission; choose another one"
        )


def read_configuration(path: Path | None, options: dict[str, Any]) -> "SearchConfig":
    """Read a configuration, or take the defaults, and override it by those options of the command that are not None."""
    from fastpipe.config import SearchConfig, load_config, override

    config = SearchConfig() if path is None else load_config(path)
    return override(config, **{name: value for name, value in options.items() if value is not None})
