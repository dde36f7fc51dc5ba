"""``fastpipe merge``: several catalogues as one, with the beams of a pointing compared."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fastpipe.cli.options import FILE, check_output_file, debug_option, json_option

if TYPE_CHECKING:
    from fastpipe.data.catalogue import CatalogueTables


@click.command("merge", short_help="Put catalogues together; compare the beams of a pointing.")
@click.argument("catalogues", nargs=-1, required=True, type=FILE)
@click.option("-o", "--output", required=True, type=FILE, help="Catalogue to write (HDF5); an older one is replaced.")
@click.option(
    "--rotation",
    "rotation_deg",
    type=float,
    help="Rotation of the 19-beam receiver in degrees, from east to north; left out: that in the names of the files.",
)
@click.option("--quiet", is_flag=True, help="No table.")
@json_option
@debug_option
def command(catalogues: tuple[Path, ...], output: Path, rotation_deg: float | None, quiet: bool, as_json: bool) -> None:
    """Write one catalogue with all that CATALOGUES hold.

    Beams of FAST's 19-beam receiver that looked at the same time are compared: candidates of one source name the beams in
    which it is seen, and what no point of the sky explains becomes interference. Labels that people gave come along.
    """
    from fastpipe.io.catalogue import read_catalogue, write_catalogue
    from fastpipe.io.label_file import merge_label_files
    from fastpipe.pipeline.merge import NamedCatalogue, merge_catalogues

    check_output_file(output, catalogues)
    named = [NamedCatalogue(str(path), read_catalogue(path)) for path in catalogues]
    tables = merge_catalogues(named, rotation_deg)
    write_catalogue(output, tables)
    merge_label_files(catalogues, output)
    if as_json:
        click.echo(_as_json(tables, output))
    elif not quiet:
        click.echo(_as_text(tables, output))


def _as_text(tables: "CatalogueTables", output: Path) -> str:
    from fastpipe.pipeline.cost_summary import cost_summary
    from fastpipe.plotting.candidate_text import first_candidates, frame_sentence, observation_lines, remark_lines, summary
    from fastpipe.plotting.cost_text import cost_sentence

    observations = f"{len(tables.observations)} observations"
    end = [f"{observations}; {summary(tables)}.", frame_sentence(tables), *observation_lines(tables), *remark_lines(tables)]
    end += filter(None, [cost_sentence(cost_summary(tables))])
    return "\n".join([*first_candidates(tables, output), "", *end, f"Catalogue: {output}"])


def _as_json(tables: "CatalogueTables", output: Path) -> str:
    from fastpipe.data.ledger import fate_counts, plain_row
    from fastpipe.pipeline.cost_summary import cost_summary

    content = {
        "catalogue": str(output),
        "observations": [plain_row(row) for row in tables.observations],
        "candidates": [plain_row(row) for row in tables.candidates],
        "detections_by_fate": {fate.name.lower(): count for fate, count in fate_counts(tables.detections).items()},
        "remarks": tables.provenance.get("remarks", "").splitlines(),
        "cost": cost_summary(tables).plain(),
    }
    return json.dumps(content, indent=2)
