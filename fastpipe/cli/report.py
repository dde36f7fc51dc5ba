"""``fastpipe report``: a catalogue as one page that needs nothing else."""

from pathlib import Path

import click

from fastpipe.cli.options import FILE, check_output_file, debug_option


@click.command("report", short_help="Write one HTML page about a catalogue.")
@click.argument("catalogue", type=FILE)
@click.option("-o", "--output", required=True, type=FILE, help="Page to write (HTML); an older one is replaced.")
@click.option("--best", default=20, type=click.IntRange(min=0), help="Candidates that are drawn in full; 20.")
@debug_option
def command(catalogue: Path, output: Path, best: int) -> None:
    """Write one page about CATALOGUE: what was found, tried, masked and rejected, and how it was made.

    The page needs no network and no other file: send it, print it, keep it. Labels that people gave beside the catalogue
    are on it.
    """
    from fastpipe.io.atomic import replacing
    from fastpipe.io.catalogue import read_catalogue
    from fastpipe.io.label_file import read_labels
    from fastpipe.pipeline.report import report

    check_output_file(output, [catalogue])
    # Of thousands of folds only the best are read.
    tables = read_catalogue(catalogue, with_folds=False)
    page = report(tables, best, read_labels(catalogue))
    with replacing(output) as temporary:
        temporary.write_text(page, "utf-8")
    click.echo(f"Report: {output}")
