"""``fastpipe status``: what is done, what runs, what failed, and when all will be done."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastpipe.cli.options import FILE, debug_option, json_option

if TYPE_CHECKING:
    from fastpipe.data.run_status import RunReport


@click.command("status", short_help="Say how far the searches of a night or a job array are.")
@click.argument("folder", type=FILE)
@json_option
@debug_option
@click.pass_context
def command(ctx: click.Context, folder: Path, as_json: bool) -> None:
    """Say how far the searches in FOLDER are, that of a night or of a job array; or the search of one catalogue.

    Reads only, from any machine that sees the folder. Exit code 0: all are done; 5: not yet; 10: some failed.
    """
    import time

    from fastpipe.pipeline.run_status import run_report
    from fastpipe.plotting.run_status_text import run_status_text

    report = run_report(folder, time.time())
    click.echo(json.dumps(_content(report), indent=2) if as_json else "\n".join(run_status_text(report)))
    ctx.exit(report.exit_code)


def _content(report: "RunReport") -> dict[str, Any]:
    return {
        "now_unix_s": report.now_unix_s,
        "counts": report.counts,
        "shards_per_s": report.shards_per_s,
        "nshards_left": report.nshards_left,
        "predicted_end_unix_s": report.end_unix_s,
        "exit_code": report.exit_code,
        "observations": [asdict(search) | {"shards_per_s": search.shards_per_s} for search in report.searches],
    }
