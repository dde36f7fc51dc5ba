"""``fastpipe search``: from recording to catalogue."""

import json
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
    make_output_folder,
    read_configuration,
)

if TYPE_CHECKING:
    from fastpipe.data.catalogue import CatalogueTables

_FIGURES = 10


@click.command("search", short_help="Search a recording; write a catalogue of candidates.")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("-o", "--output", required=True, type=FILE, help="Catalogue to write (HDF5); an older one is replaced.")
@click.option("-c", "--config", "config_path", type=FILE, help='Configuration (TOML); "fastpipe config" prints one.')
@click.option("--dm-min", type=float, help="Lowest DM in pc cm^-3.")
@click.option("--dm-max", type=float, help="Highest DM in pc cm^-3.")
@drift_options
@deadline_option
@click.option("--memory", help="Largest memory, such as 16GiB.")
@click.option("--threads", type=int, help="Number of threads; 0 for all cores.")
@click.option(
    "--zero-dm",
    type=click.Choice(["auto", "off", "on"]),
    help="Remove from every channel what all channels share; auto: where it is more than noise.",
)
@click.option(
    "--frame",
    type=click.Choice(["auto", "barycentric", "topocentric"]),
    help="Frame of periods; auto: barycentric where telescope, position and time are known.",
)
@click.option(
    "--position",
    metavar='"RA DEC"',
    help="Position (J2000) instead of that in the header: hours and degrees with colons, or both in degrees.",
)
@click.option("--catalogue", metavar="FILE", help="Known pulsars: psrcat.db, a table as PRESTO has it, or TOML.")
@click.option(
    "--cluster",
    default="",
    metavar="WHERE",
    help="Workers of Dask: local, local:4, the address of a scheduler (tcp://...), or a file for Slurm or PBS (TOML).",
)
@click.option("--serial", is_flag=True, help="One task after the other; the results are the same.")
@click.option("--plots", type=FILE, help="Folder for figures: the 24 best on a sheet, ten pages.")
@click.option("--quiet", is_flag=True, help="No progress and no table.")
@json_option
@debug_option
def command(
    files: tuple[Path, ...],
    output: Path,
    config_path: Path | None,
    cluster: str,
    plots: Path | None,
    quiet: bool,
    as_json: bool,
    serial: bool,
    **options: Any,
) -> None:
    """Search FILES for pulsars and write a catalogue of candidates.

    Several files are taken as one recording, in the order of time. The table of the best candidates goes to standard
    output, progress to standard error. What is finished is kept in a folder beside the catalogue: a search that is
    interrupted and run again goes on where it was.
    """
    from fastpipe.execution.progress import SilentProgress, TerminalProgress
    from fastpipe.execution.search import search_to_catalogue

    config = read_configuration(config_path, options | {"scheduler": "serial" if serial else None})
    check_output_file(output, (*files, *config.given_files, *filter(None, [config_path])))
    if plots is not None:
        _check_apart(plots, output)
        make_output_folder(plots)
    progress = SilentProgress() if quiet else TerminalProgress()
    try:
        tables = search_to_catalogue(files, config, output, cluster=cluster, progress=progress)
    finally:
        progress.close()
    nfigures = _draw(tables, plots)
    # Last of all: where nobody reads the table any more ("| head"), the figures are there all the same.
    if as_json:
        click.echo(_as_json(tables, output))
    elif not quiet:
        click.echo(_as_text(tables, output) + (f"\nFigures: {nfigures} in {plots}" if plots else ""))


def _check_apart(plots: Path, output: Path) -> None:
    from fastpipe.errors import ConfigError

    if plots.resolve() == output.resolve():
        raise ConfigError(f"found {output} as catalogue and as folder for figures, expected two names; change --plots")


def _draw(tables: "CatalogueTables", folder: Path | None) -> int:
    if folder is None:
        return 0
    from fastpipe.cli.figures import FigureChoice, write_figures

    cand_ids = tables.candidates["cand_id"][:_FIGURES].tolist()
    return len(write_figures(tables, FigureChoice(cand_ids=cand_ids, with_sheet=True), folder))


def _as_text(tables: "CatalogueTables", output: Path) -> str:
    from fastpipe.pipeline.cost_summary import cost_summary
    from fastpipe.plotting.candidate_text import first_candidates, frame_sentence, summary
    from fastpipe.plotting.cost_text import cost_sentence

    cost = cost_sentence(cost_summary(tables))
    end = (f"{summary(tables)}.", frame_sentence(tables), *filter(None, [cost]), f"Catalogue: {output}")
    return "\n".join([*first_candidates(tables, output), "", *end])


def _as_json(tables: "CatalogueTables", output: Path) -> str:
    from fastpipe.data.ledger import fate_counts, plain_row
    from fastpipe.pipeline.cost_summary import cost_summary

    content = {
        "catalogue": str(output),
        "frame": tables.frame,
        "time_scale": tables.time_scale,
        "remarks": tables.provenance.get("remarks", "").splitlines(),
        "candidates": [plain_row(row) for row in tables.candidates],
        "detections_by_fate": {fate.name.lower(): count for fate, count in fate_counts(tables.detections).items()},
        "cost": cost_summary(tables).plain(),
    }
    return json.dumps(content, indent=2)
