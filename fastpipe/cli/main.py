"""The command ``fastpipe``: its subcommands, and the exit code of every failure."""

import importlib
import logging
import os
import signal
import sys
import traceback
from contextlib import suppress
from types import FrameType
from typing import Any

import click

from fastpipe._version import __version__
from fastpipe.cli.failures import describe_failure
from fastpipe.cli.options import DEBUG, debug_option
from fastpipe.errors import INTERRUPTED, Terminated

_SUBCOMMANDS = (
    "info",
    "plan",
    "rfi",
    "search",
    "fold",
    "show",
    "plot",
    "report",
    "browse",
    "export",
    "merge",
    "simulate",
    "convert",
    "night",
    "submit",
    "status",
    "config",
)


class FastpipeGroup(click.Group):
    """Subcommands that are imported when they are used, and failures turned into sentences."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names of the subcommands in the order of a first session."""
        return list(_SUBCOMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Import one subcommand."""
        if name not in _SUBCOMMANDS:
            return None
        command: click.Command = importlib.import_module(f"fastpipe.cli.{name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand, or name those there are."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            names = ", ".join(_SUBCOMMANDS)
            raise click.UsageError(f"found no subcommand {args[0]!r}, expected one of {names}", ctx) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; a failure prints one sentence and sets the exit code."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except (Exception, KeyboardInterrupt, Terminated) as error:
            if ctx.meta.get(DEBUG):
                traceback.print_exc()
            code, sentence = describe_failure(error, ctx.invoked_subcommand)
            click.echo(f"fastpipe {ctx.invoked_subcommand}: {sentence}", err=True)
            ctx.exit(code)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise Terminated


def _print_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    from fastpipe.algorithms.kernel_cache import kernel_cache_folder

    click.echo(f"fastpipe {__version__}")
    click.echo(f"python {sys.version.split()[0]}, numba {version('numba')}, numpy {version('numpy')}")
    click.echo(f"compiled kernels: {kernel_cache_folder() or 'no folder can be written, so they compile in every process'}")
    ctx.exit()


@click.group(cls=FastpipeGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Print versions and where things are.",
)
@debug_option
def group() -> None:
    """Search recordings of radio telescopes for pulsars.

    Start with "fastpipe search RECORDING -o CATALOGUE.h5"; "fastpipe SUBCOMMAND --help" lists its options.

    Exit codes: 0 done, 2 usage or configuration, 3 input missing, 4 input corrupt or unsupported, 5 input not complete
    yet, 6 not enough memory or disk, 10 a stage failed, 75 try again later, 130 or 143 interrupted.
    """


def _open_closed_streams() -> None:
    # A daemon may start us without standard output or error; what is written there may then be lost, but not the search.
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def show_warnings(logger: logging.Logger) -> None:
    """Print each warning of the library as one line on standard error, and nowhere else."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("fastpipe: warning: %(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
    # It warns of a home folder that cannot be written, which is usual where searches run unattended.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)


def main() -> None:
    """Run the command with the arguments of the process."""
    _open_closed_streams()
    show_warnings(logging.getLogger("fastpipe"))
    # What is ignored already stays so: that is how nohup keeps a search alive when its terminal closes.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _terminate)
    try:
        group.main(prog_name="fastpipe")
    except SystemExit as end:
        if end.code in (INTERRUPTED, Terminated.exit_code):
            _leave_at_once(end.code)
        raise


def _leave_at_once(code: int) -> None:
    """End the process although threads still work.

    Python would wait for the tasks that run, some seconds each, of which nobody will see the results. Unfinished files are
    gone already: those who write them remove them before the failure arrives here.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
