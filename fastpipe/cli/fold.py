"""``fastpipe fold``: fold a recording at known values."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastpipe.cli.options import FILE, check_output_file, debug_option, json_option, read_configuration

if TYPE_CHECKING:
    from fastpipe.data.catalogue import CatalogueTables
    from fastpipe.pipeline.fold_request import FoldRequest

_FIGURE_ENDINGS = (".png", ".pdf")


@click.command("fold", short_help="Fold a recording at known values.")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("-o", "--output", required=True, type=FILE, help="Catalogue with one candidate to write (HDF5).")
@click.option("--plot", type=FILE, help="Page of the candidate to draw (.png or .pdf).")
@click.option("--period", type=float, help="Spin period in s in the middle of the recording, in the frame of --frame.")
@click.option("--dm", type=float, help="DM in pc cm^-3; needed with --period, and instead of that of the other two.")
@click.option("--accel", type=float, help="Acceleration along the line of sight in m s^-2, positive away from us.")
@click.option("--pdot", type=float, help="Derivative of the period, instead of --accel.")
@click.option("--par", type=FILE, help="Ephemeris (.par): spin, position, DM, and orbit BT, DD or ELL1.")
@click.option("--catalog", type=FILE, help="Catalogue of a search, of which --id is folded again.")
@click.option("--id", "cand_id", type=int, help="Number of the candidate in --catalog.")
@click.option("--nbins", "nbins_max", type=int, help="Largest number of phase bins of a turn.")
@click.option("--nsubints", type=int, help="Largest number of stretches of time.")
@click.option("--nsubbands", type=int, help="Largest number of groups of channels.")
@click.option("--mask", "mask_file", help="Mask to add to what is found: HDF5, PRESTO's .mask, or a list of channels.")
@click.option("--no-refine", is_flag=True, help="Keep period, drift and DM as they are given.")
@click.option(
    "--frame",
    type=click.Choice(["auto", "barycentric", "topocentric"]),
    help="Frame of --period; auto: barycentric where telescope, position and time are known, else that of the telescope.",
)
@click.option("--position", metavar='"RA DEC"', help="Position (J2000) instead of that in the header or the .par file.")
@click.option("-c", "--config", "config_path", type=FILE, help='Configuration (TOML); "fastpipe config" prints one.')
@click.option("--memory", help="Largest memory, such as 16GiB.")
@click.option("--threads", type=int, help="Number of threads; 0 for all cores.")
@click.option("--serial", is_flag=True, help="One task after the other; the results are the same.")
@click.option("--quiet", is_flag=True, help="No progress and no text.")
@json_option
@debug_option
def command(
    files: tuple[Path, ...],
    output: Path,
    plot: Path | None,
    config_path: Path | None,
    no_refine: bool,
    serial: bool,
    quiet: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Fold FILES at known values, refine them, and say how much like a pulsar it looks.

    Several files are taken as one recording, in the order of time. It is cleaned as a search cleans it. Give --period and
    --dm, or --par, or --catalog and --id; the result is a catalogue that "fastpipe show" and "fastpipe plot" read.
    """
    from fastpipe.execution.fold import run_fold
    from fastpipe.execution.progress import SilentProgress, TerminalProgress
    from fastpipe.io.catalogue import write_catalogue

    request, given = _request(options)
    config = read_configuration(config_path, options | {"scheduler": "serial" if serial else None})
    inputs = (*files, *config.given_files, *given, *filter(None, [config_path]))
    check_output_file(output, inputs)
    if plot is not None:
        _check_plot(plot, output, inputs)
    progress = SilentProgress() if quiet else TerminalProgress()
    try:
        tables = run_fold(files, request, config, is_refined=not no_refine, progress=progress)
    finally:
        progress.close()
    write_catalogue(output, tables)
    if plot is not None:
        _draw(tables, plot)
    if as_json:
        click.echo(_as_json(tables, output))
    elif not quiet:
        click.echo("\n".join([*_as_text(tables), f"Catalogue: {output}", *([f"Figure: {plot}"] if plot else [])]))


def _request(options: dict[str, Any]) -> tuple["FoldRequest", tuple[Path, ...]]:
    """Take what says at which values to fold out of the options; return it with the files it names."""
    from fastpipe.pipeline.fold_request import catalogue_request, ephemeris_request, spin_request

    names = ("period", "dm", "accel", "pdot", "par", "catalog", "cand_id")
    period, dm, accel, pdot, par, catalog, cand_id = (options.pop(name) for name in names)
    ways = [name for name, value in (("--period", period), ("--par", par), ("--catalog", catalog)) if value is not None]
    if len(ways) != 1:
        raise click.UsageError(
            f"found {' and '.join(ways) or 'nothing to fold at'}, expected one of --period with --dm, --par, or --catalog "
            "with --id; give one"
        )
    if (catalog is None) != (cand_id is None):
        raise click.UsageError("found one of --catalog and --id, expected both; give a catalogue and a number in it")
    if period is None and (accel is not None or pdot is not None):
        raise click.UsageError(f"found --accel or --pdot with {ways[0]}, expected --period with them; leave them out")
    if par is not None:
        if options["frame"] == "topocentric":
            raise click.UsageError("found --frame topocentric with --par, expected no frame; ephemerides are barycentric")
        return ephemeris_request(par, dm), (par,)
    if catalog is not None:
        return catalogue_request(catalog, cand_id, dm), (catalog,)
    return spin_request(period, dm, accel=accel, pdot=pdot), ()


def _check_plot(plot: Path, output: Path, inputs: tuple[Path, ...]) -> None:
    from fastpipe.errors import ConfigError

    check_output_file(plot, inputs)
    if plot.suffix.lower() not in _FIGURE_ENDINGS:
        raise ConfigError(f"found {plot} as the name of a figure, expected one that ends in .png or .pdf; change --plot")
    if plot.resolve() == output.resolve():
        raise ConfigError(f"found {plot} as the name of two outputs, expected one for each; change one of them")


def _draw(tables: "CatalogueTables", plot: Path) -> None:
    from fastpipe.cli.figures import save_picture
    from fastpipe.pipeline.candidate_page import candidate_picture

    save_picture(candidate_picture(tables, tables.candidates[0]), plot)


def _as_text(tables: "CatalogueTables") -> list[str]:
    from fastpipe.pipeline.candidate_page import candidate_sentences
    from fastpipe.plotting.candidate_text import candidate_page

    return [*candidate_page(tables, 0, candidate_sentences(tables, tables.candidates[0])), ""]


def _as_json(tables: "CatalogueTables", output: Path) -> str:
    from fastpipe.data.ledger import plain_row
    from fastpipe.pipeline.candidate_page import candidate_sentences

    candidate = tables.candidates[0]
    content = {
        "catalogue": str(output),
        "folded": tables.provenance["fold"],
        "frame": tables.frame,
        "time_scale": tables.time_scale,
        "remarks": tables.provenance["remarks"].splitlines(),
        "candidate": plain_row(candidate),
        "explanation": candidate_sentences(tables, candidate),
    }
    return json.dumps(content, indent=2)
