"""``fastpipe night``: search everything that arrives in a folder, and tell about it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastpipe.cli.options import FILE, debug_option, json_option, make_output_folder, read_configuration

if TYPE_CHECKING:
    from fastpipe.execution.night import NightEnd
    from fastpipe.execution.night_options import NightOptions

# Missing files of a scan: with --watch the next ones may still come; --once takes what is there.
_PATIENCE_S = 900.0


@click.command("night", short_help="Search all that arrives in a folder, unattended; write a page about it.")
@click.argument("inbox", type=FILE)
@click.option("-o", "--output", "folder", required=True, type=FILE, help="Folder of the results; it is made.")
@click.option("--once", "mode", flag_value="once", default=True, help="End when nothing is left to do (the default).")
@click.option("--watch", "mode", flag_value="watch", help="Go on and wait for more.")
@click.option("--hours", type=float, help="End after so many hours whatever is left; it goes on in the next run.")
@click.option("-c", "--config", "config_path", type=FILE, help='Configuration (TOML); "fastpipe config" prints one.')
@click.option("--manifest", type=FILE, help="Names, positions and DM ranges of observations (TOML or CSV).")
@click.option("--catalogue", metavar="FILE", help="Known pulsars: psrcat.db, a table as PRESTO has it, or TOML.")
@click.option("--jobs", "njobs", default=1, show_default=True, help="Searches at the same time; they share the machine.")
@click.option("--memory", help="Largest memory of all searches together, such as 16GiB.")
@click.option("--threads", type=int, help="Threads of all searches together; 0 for all cores.")
@click.option("--time-limit", default="2h", show_default=True, help="Wall time of one search; what it did is not lost.")
@click.option("--retries", default=3, show_default=True, help="Further attempts for a search that was killed.")
@click.option("--retry-failed", is_flag=True, help="Try again what failed for good in an earlier run.")
@click.option(
    "--settle", "settle_s", default=60.0, show_default=True, help="Files are complete when unchanged so long, in s."
)
@click.option("--poll", "poll_s", default=10.0, show_default=True, help="Time between two looks into INBOX in s.")
@click.option("--quiet", is_flag=True, help="No table.")
@json_option
@debug_option
def command(inbox: Path, folder: Path, quiet: bool, as_json: bool, **options: Any) -> None:
    """Search all observations whose files arrive in the folder INBOX, each once, and write a catalogue and a page.

    Files are grouped by their names and headers, and searched when they are complete. Raw data are never changed or moved.
    A night that was ended goes on when the same command is run again.

    Exit codes: 0 all is searched, 4 some files are bad and all else is done, 5 some observations are not complete,
    or time was over, 10 some searches failed for good, 75 another night works in the same folder, 130 or 143 ended by a
    signal.
    """
    end = _run(inbox, folder, options)
    # Absolute from here on, as they are in the report.
    folder = folder.resolve()
    if as_json:
        click.echo(json.dumps(_as_json(end, folder), indent=2))
    elif not quiet:
        click.echo(_as_text(end, folder))
    if end.signal_number:
        click.echo(f"fastpipe night: {_resume_sentence(end)}", err=True)
    click.get_current_context().exit(end.exit_code)


def _run(inbox: Path, folder: Path, options: dict[str, Any]) -> "NightEnd":
    from fastpipe.data.night import NightRules
    from fastpipe.execution.night import run_night
    from fastpipe.execution.night_searches import search_command
    from fastpipe.io.known_pulsars import load_known_pulsars
    from fastpipe.io.manifest import read_manifest
    from fastpipe.pipeline.night_inbox import InboxWatch
    from fastpipe.pipeline.night_report import NightReport

    config_path = options["config_path"]
    config = read_configuration(config_path, {name: options[name] for name in ("memory", "threads", "catalogue")})
    _check(options)
    entries = read_manifest(options["manifest"]) if options["manifest"] else ()
    # Whatever becomes of the working directory, and however the same folders are named next time.
    inbox, folder = inbox.resolve(), folder.resolve()
    _check_apart(inbox, folder)
    make_output_folder(folder)
    patience_s = _PATIENCE_S if options["mode"] == "watch" else options["settle_s"]
    rules = NightRules(settle_s=options["settle_s"], patience_s=patience_s)
    known_pulsars = config.known_pulsars.catalogue
    return run_night(
        _night_options(inbox, folder, config.execution, options, 2 * rules.settle_s + rules.patience_s),
        InboxWatch(inbox, rules, entries),
        NightReport(folder, load_known_pulsars(known_pulsars), entries),
        search_command(config_path and config_path.resolve(), known_pulsars and str(Path(known_pulsars).resolve())),
    )


def _check(options: dict[str, Any]) -> None:
    from fastpipe.errors import ConfigError

    for name, least in (("jobs", 1), ("retries", 0), ("settle", 0), ("poll", 0.1), ("hours", 0)):
        value = options.get(f"n{name}", options.get(f"{name}_s", options.get(name)))
        if value is not None and not least <= value < float("inf"):
            raise ConfigError(f"found --{name} {value}, expected at least {least}; choose another number")


def _check_apart(inbox: Path, folder: Path) -> None:
    from fastpipe.errors import ConfigError

    # Results in the inbox would be taken for recordings that never end to change.
    if folder == inbox or inbox in folder.parents:
        raise ConfigError(f"found the folder {folder} of the results inside the inbox, expected it elsewhere; change -o")


def _night_options(inbox: Path, folder: Path, execution: Any, options: dict[str, Any], wait_s: float) -> "NightOptions":
    from fastpipe.errors import ConfigError
    from fastpipe.execution.machine import make_budget
    from fastpipe.execution.night_options import NightOptions
    from fastpipe.pipeline.budget import PROGRAM_BYTES
    from fastpipe.units import format_bytes, parse_seconds

    budget = make_budget(execution)
    least = options["njobs"] * PROGRAM_BYTES
    # Such as 64 without its GiB: every search of the night would fail of it.
    if budget.memory_bytes < least:
        raise ConfigError(
            f"found {format_bytes(budget.memory_bytes)} of memory for --jobs {options['njobs']}, expected at least "
            f"{format_bytes(least)}; give more --memory or fewer --jobs"
        )
    hours = options["hours"]
    return NightOptions(
        inbox=inbox,
        folder=folder,
        memory_bytes=budget.memory_bytes,
        nthreads=budget.nthreads,
        njobs=options["njobs"],
        is_watching=options["mode"] == "watch",
        hours_s=None if hours is None else 3600.0 * hours,
        time_limit_s=parse_seconds(options["time_limit"]),
        retries=options["retries"],
        with_failed=options["retry_failed"],
        wait_s=wait_s + 2 * options["poll_s"],
        poll_s=options["poll_s"],
    )


def _resume_sentence(end: "NightEnd") -> str:
    left = end.summary.count("pending", "running", "waiting")
    ndone = end.summary.count("done")
    return f"ended by a signal: {ndone} observations are searched, {left} are left; run the same command again to go on"


def _as_text(end: "NightEnd", folder: Path) -> str:
    from fastpipe.pipeline.night_report import PAGE_NAME
    from fastpipe.plotting.night_text import night_table

    return "\n".join([*night_table(end.summary), "", f"Page: {folder / PAGE_NAME}"])


def _as_json(end: "NightEnd", folder: Path) -> dict[str, Any]:
    from fastpipe.pipeline.night_report import NIGHT_CATALOGUE_NAME, PAGE_NAME
    from fastpipe.plotting.night_text import findings, headline, needs

    content = _plain(asdict(end.summary))
    return {
        "headline": headline(end.summary),
        "findings": findings(end.summary),
        "needs": needs(end.summary),
        "exit": end.exit_code,
        "page": str(folder / PAGE_NAME),
        "catalogue": str(folder / NIGHT_CATALOGUE_NAME),
        **content,
    }


def _plain(value: Any) -> Any:
    """Turn numbers that JSON does not have into null."""
    match value:
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case float() if value != value or value in (float("inf"), float("-inf")):
            return None
    return value
