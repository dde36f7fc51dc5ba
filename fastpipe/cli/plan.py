"""``fastpipe plan``: what a search would try, lose and cost."""

import json
from dataclasses import asdict
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastpipe.cli.options import (
    FILE,
    check_output_file,
    deadline_option,
    debug_option,
    drift_options,
    json_option,
    read_configuration,
)

if TYPE_CHECKING:
    from fastpipe.data.planned_search import PlannedSearch


@click.command("plan", short_help="Say what a search would try, lose and cost.")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("-c", "--config", "config_path", type=FILE, help='Configuration (TOML); "fastpipe config" prints one.')
@click.option("--dm-min", type=float, help="Lowest DM in pc cm^-3.")
@click.option("--dm-max", type=float, help="Highest DM in pc cm^-3.")
@drift_options
@deadline_option
@click.option("--memory", help="Largest memory, such as 16GiB.")
@click.option("--threads", type=int, help="Number of threads; 0 for all cores.")
@click.option("--plot", type=FILE, help="Figure to write (PNG).")
@click.option("--quiet", is_flag=True, help="No progress and no tables.")
@json_option
@debug_option
def command(
    files: tuple[Path, ...], config_path: Path | None, plot: Path | None, quiet: bool, as_json: bool, **options: Any
) -> None:
    """Plan the search of FILES: DM trials, smearing, S/N kept, passes, memory, time.

    Takes the configuration of "fastpipe search", and those of its options that change the plan. The first plan on a machine
    measures it for some seconds; the time holds where nothing else runs.
    """
    from fastpipe.execution.plan import run_plan
    from fastpipe.execution.progress import SilentProgress, TerminalProgress
    from fastpipe.plotting.plan_text import plan_report

    config = read_configuration(config_path, options)
    if plot is not None:
        check_output_file(plot, files if config_path is None else (*files, config_path))
    progress = SilentProgress() if quiet else TerminalProgress()
    try:
        planned = run_plan(files, config, progress=progress)
    finally:
        progress.close()
    if plot is not None:
        _draw(planned, plot)
    if as_json:
        click.echo(json.dumps(_content(planned), indent=2))
    elif not quiet:
        click.echo("\n".join([*plan_report(planned), *([] if plot is None else [f"figure     {plot}"])]))


def _draw(planned: "PlannedSearch", path: Path) -> None:
    from fastpipe.cli.figures import save_picture
    from fastpipe.plotting.picture import Picture
    from fastpipe.plotting.plan import draw_plan

    save_picture(Picture(draw_plan(planned.header, planned.dispersion, planned.smearing)), path)


def _content(planned: "PlannedSearch") -> dict[str, Any]:
    from fastpipe.data.planned_search import PULSE_WIDTHS_S

    smearing, cost = planned.smearing, planned.cost
    ends = accumulate(dm_range.ntrials for dm_range in planned.dispersion.ranges)
    ranges = [
        asdict(dm_range)
        | {
            "dm_max": dm_range.dm_max,
            "smearing_s": float(smearing.total_s[end - 1]),
            "snr_kept": {f"{width_s:g}": float(smearing.snr_kept(width_s)[end - 1]) for width_s in PULSE_WIDTHS_S},
        }
        for dm_range, end in zip(planned.dispersion.ranges, ends, strict=True)
    ]
    sums = {"wall_s": cost.wall_s, "peak_bytes": cost.peak_bytes}
    return {"ranges": ranges} | asdict(cost) | sums | {"deadline": planned.deadline and asdict(planned.deadline)}
