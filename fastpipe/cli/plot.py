"""``fastpipe plot``: figures of candidates."""

from pathlib import Path

import click

from fastpipe.cli.options import FILE, debug_option, make_output_folder


@click.command("plot", short_help="Draw candidates of a catalogue.")
@click.argument("catalogue", type=FILE)
@click.argument("cand_ids", nargs=-1, type=int)
@click.option("-o", "--output", "folder", required=True, type=FILE, help="Folder for the figures (PNG).")
@click.option("--all", "with_all", is_flag=True, help="Draw every candidate.")
@debug_option
def command(catalogue: Path, cand_ids: tuple[int, ...], folder: Path, with_all: bool) -> None:
    """Draw the candidates of CATALOGUE with the numbers CAND_IDS, and an overview of all of them."""
    from fastpipe.cli.figures import write_figures
    from fastpipe.data.ledger import candidate_row
    from fastpipe.io.catalogue import read_catalogue

    if bool(cand_ids) == with_all:
        raise click.UsageError("give the numbers of candidates, or --all for every one of them")
    tables = read_catalogue(catalogue)
    chosen = tables.candidates["cand_id"].tolist() if with_all else list(dict.fromkeys(cand_ids))
    for cand_id in chosen:
        candidate_row(tables.candidates, cand_id)
    make_output_folder(folder)
    paths = write_figures(tables, chosen, folder)
    click.echo("\n".join(str(path) for path in paths))
