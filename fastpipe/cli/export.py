"""``fastpipe export``: candidates and detections for other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastpipe.cli.options import FILE, check_output_file, debug_option

if TYPE_CHECKING:
    import numpy as np

    from fastpipe.pipeline.export import ExportChoice
    from fastpipe.pipeline.labelled_catalogue import LabelledCatalogue

_FORMATS = ("csv", "ecsv", "votable", "presto", "psrcand", "par", "dat")
_TABLES = _FORMATS[:3]
_ENDINGS = {".csv": "csv", ".ecsv": "ecsv", ".vot": "votable", ".votable": "votable", ".xml": "votable", ".par": "par"}
_ENDINGS |= {".dat": "dat", ".inf": "dat", ".candfile": "psrcand"}


@click.command("export", short_help="Write candidates for other programs.")
@click.argument("catalogue", type=FILE)
@click.argument("cand_ids", nargs=-1, type=int)
@click.option("-o", "--output", required=True, type=FILE, help="File to write; an older one is replaced.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="csv, ecsv, votable: a table; presto: as ACCEL_sift lists candidates; psrcand: PulsarX's candfile; par: the "
    "ephemeris of one candidate; dat: PRESTO's series at one DM. Left out: by the ending of the file.",
)
@click.option("--min-score", type=float, help="Only candidates with at least this score, 0 to 1.")
@click.option("--obs", "obs_id", type=int, help="Only this observation, by its number in the catalogue.")
@click.option("--candidates/--detections", "is_candidates", default=True, help="Rows of a table: candidates by default.")
@click.option("--dm", type=float, help="DM in pc cm^-3 of the series (dat); left out: that of the candidate.")
@click.option(
    "--recording",
    "recordings",
    multiple=True,
    type=FILE,
    help="Files of the recording (dat), or their folder; left out: beside the catalogue, or in this folder.",
)
@click.option("-c", "--config", "config_path", type=FILE, help="Configuration (dat) instead of that in the catalogue.")
@click.option("--quiet", is_flag=True, help="No text.")
@debug_option
def command(
    catalogue: Path,
    cand_ids: tuple[int, ...],
    output: Path,
    form: str | None,
    is_candidates: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Write candidates of CATALOGUE for other programs: all of them, or those with the numbers CAND_IDS.

    Labels and notes that people gave are written with them. One format is no list: "dat" reads the recording again, cleans
    it as the search did, and dedisperses it at the DM of one candidate, or at --dm.
    """
    from fastpipe.pipeline.export import ExportChoice
    from fastpipe.pipeline.labelled_catalogue import read_labelled_catalogue

    form = form or _format_of(output)
    choice = ExportChoice(cand_ids=cand_ids, min_score=options["min_score"], obs_id=options["obs_id"])
    _check_options(form, choice, is_candidates, options)
    check_output_file(output, (catalogue,))
    labelled = read_labelled_catalogue(catalogue)
    if form == "dat":
        text = _write_series(labelled, choice, catalogue, output, options | {"quiet": quiet})
    elif form in _TABLES:
        text = _write_table(labelled, choice, output, form, is_candidates)
    else:
        text = _write_candidates(labelled, choice, output, form)
    if not quiet:
        click.echo(text)


def _format_of(output: Path) -> str:
    form = _ENDINGS.get(output.suffix.lower())
    if form is None:
        raise click.UsageError(
            f"found no format and the ending {output.suffix or 'of no kind'}, expected --format with one of "
            f"{', '.join(_FORMATS)}"
        )
    return form


def _check_options(form: str, choice: "ExportChoice", is_candidates: bool, options: dict[str, Any]) -> None:
    if choice.min_score is not None and not 0 <= choice.min_score <= 1:
        raise click.UsageError(f"found --min-score {choice.min_score}, expected 0 to 1")
    if not is_candidates and form not in _TABLES:
        raise click.UsageError(f"found --detections with {form}, expected one of {', '.join(_TABLES)} with it")
    if not is_candidates and (choice.cand_ids or choice.min_score is not None):
        raise click.UsageError("--detections writes all of them: leave out CAND_IDS and --min-score")
    if form == "par" and len(choice.cand_ids) != 1:
        raise click.UsageError(
            f"found {len(choice.cand_ids)} numbers of candidates, expected one: a .par file is of one pulsar"
        )
    if form == "dat" and (len(choice.cand_ids) > 1 or bool(choice.cand_ids) == (options["dm"] is not None)):
        raise click.UsageError("a series has one DM: give the number of one candidate, or --dm")
    is_for_series = options["dm"] is not None or options["recordings"] or options["config_path"]
    if form != "dat" and is_for_series:
        raise click.UsageError("--dm, --recording and --config are for a series: leave them out, or take --format dat")


def _write_table(labelled: "LabelledCatalogue", choice: "ExportChoice", output: Path, form: str, is_candidates: bool) -> str:
    from fastpipe.io.export.astropy_tables import write_ecsv, write_votable
    from fastpipe.io.export.comma_separated import write_comma_separated
    from fastpipe.pipeline.export import candidates_table, chosen_rows, detections_table

    if is_candidates:
        table = candidates_table(labelled, chosen_rows(labelled.tables, choice))
    else:
        table = detections_table(labelled.tables, choice.obs_id)
    {"csv": write_comma_separated, "ecsv": write_ecsv, "votable": write_votable}[form](output, table)
    return f"{table.nrows} {table.name}: {output}"


def _write_candidates(labelled: "LabelledCatalogue", choice: "ExportChoice", output: Path, form: str) -> str:
    from fastpipe.io.export.par import write_par
    from fastpipe.io.export.presto_candidates import write_presto_candidates
    from fastpipe.io.export.pulsarx_candidates import pulsarx_epoch_mjd, write_pulsarx_candidates
    from fastpipe.pipeline.export import chosen_rows, only_observation

    tables = labelled.tables
    rows = chosen_rows(tables, choice)
    candidates = tables.candidates[rows]
    if form == "par":
        write_par(output, tables, candidates[0])
        return f"Ephemeris of candidate {candidates['cand_id'][0]}: {output}"
    if form == "presto":
        write_presto_candidates(output, tables, candidates)
        return f"{len(candidates)} candidates: {output}"
    observation = only_observation(tables, candidates)
    write_pulsarx_candidates(output, candidates)
    if observation is None:
        return f"0 candidates: {output}"
    epoch = f"fold with psrfold_fil --candfile {output} --pepoch {pulsarx_epoch_mjd(observation):.10f}"
    return f"{len(candidates)} candidates: {output}; {epoch}"


def _write_series(
    labelled: "LabelledCatalogue", choice: "ExportChoice", catalogue: Path, output: Path, options: dict[str, Any]
) -> str:
    from fastpipe.config import load_config
    from fastpipe.execution.export_series import run_series_export
    from fastpipe.execution.progress import SilentProgress, TerminalProgress
    from fastpipe.io.export.presto_series import presto_paths, write_presto_series
    from fastpipe.pipeline.export_series import SeriesRequest, recording_files, stored_configuration

    dm, observation = _wanted_series(labelled, choice, options["dm"])
    config_path = options["config_path"]
    config = load_config(config_path) if config_path else stored_configuration(labelled.tables)
    files = recording_files(observation, options["recordings"], [catalogue.parent, Path()])
    for path in presto_paths(output):
        check_output_file(path, (catalogue, *files))
    progress = SilentProgress() if options["quiet"] else TerminalProgress()
    request = SeriesRequest(dm=dm, digest=observation["digest"].decode())
    try:
        header, series = run_series_export(files, request, config, progress)
    finally:
        progress.close()
    note = f"Cleaned and dedispersed by fastpipe from {files[0].name}"
    dat, inf = write_presto_series(output, header, series, note)
    return f"{len(series.values)} samples of {series.tsamp:g} s at DM {dm:g} pc cm^-3: {dat}, {inf}"


def _wanted_series(labelled: "LabelledCatalogue", choice: "ExportChoice", dm: float | None) -> "tuple[float, np.void]":
    from fastpipe.data.ledger import observation_of
    from fastpipe.pipeline.export import chosen_rows, observation_row

    tables = labelled.tables
    if dm is not None:
        return dm, observation_row(tables, choice.obs_id)
    candidate = tables.candidates[chosen_rows(tables, choice)[0]]
    return float(candidate["dm"]), observation_of(tables.observations, candidate)
