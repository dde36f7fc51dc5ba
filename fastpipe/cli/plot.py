"""``fastpipe plot``: figures of candidates."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fastpipe.cli.options import FILE, debug_option, make_output_folder

if TYPE_CHECKING:
    from fastpipe.cli.figures import Format


@click.command("plot", short_help="Draw candidates of a catalogue.")
@click.argument("catalogue", type=FILE)
@click.argument("cand_ids", nargs=-1, type=int)
@click.option("-o", "--output", "folder", required=True, type=FILE, help="Folder for the figures.")
@click.option("--all", "with_all", is_flag=True, help="Draw every candidate, and the sheet; as PDF all in candidates.pdf.")
@click.option("--sheet", "with_sheet", is_flag=True, help="The 24 best candidates on one sheet.")
@click.option("--format", "form", type=click.Choice(["png", "pdf"]), default="png", help="Format of the figures; png.")
@debug_option
def command(
    catalogue: Path, cand_ids: tuple[int, ...], folder: Path, with_all: bool, with_sheet: bool, form: "Format"
) -> None:
    """Draw the candidates of CATALOGUE with the numbers CAND_IDS, and an overview of all of them."""
    from fastpipe.cli.figures import FigureChoice, write_figures
    from fastpipe.data.ledger import candidate_row
    from fastpipe.io.catalogue import read_catalogue

    if with_all and cand_ids:
        raise click.UsageError("give the numbers of candidates, or --all for every one of them")
    if not (with_all or cand_ids or with_sheet):
        raise click.UsageError("give the numbers of candidates, --all for every one of them, or --sheet for the best")
    tables = read_catalogue(catalogue)
    chosen = tables.candidates["cand_id"].tolist() if with_all else list(dict.fromkeys(cand_ids))
    for cand_id in chosen:
        candidate_row(tables.candidates, cand_id)
    make_output_folder(folder)
    choice = FigureChoice(
        cand_ids=chosen,
        with_sheet=with_sheet or with_all,
        with_overview=with_all or bool(cand_ids),
        format=form,
        is_one_file=with_all and form == "pdf",
    )
    click.echo("\n".join(str(path) for path in write_figures(tables, choice, folder)))
