"""``fastpipe show``: the candidates of a catalogue, or one of them in full."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fastpipe.cli.options import FILE, debug_option, json_option

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fastpipe.data.catalogue import CatalogueTables

_REJECTED_SHOWN = 20
_SORTS = {
    "significance": ("log10_fap", 1),
    "snr": ("snr", -1),
    "score": ("score", -1),
    "period": ("period_s", 1),
    "dm": ("dm", 1),
}


@click.command("show", short_help="List candidates, or show one in full.")
@click.argument("catalogue", type=FILE)
@click.argument("cand_id", required=False, type=int)
@click.option(
    "--sort", type=click.Choice(list(_SORTS)), default="significance", show_default=True, help="Order of the list."
)
@click.option("--min-score", type=float, default=0.0, help="Only candidates with at least this score.")
@click.option("--rejected", is_flag=True, help="The detections that did not become candidates, and why.")
@click.option("-n", "limit", type=click.IntRange(min=1), help="Lines to show; all candidates, or 20 rejected detections.")
@json_option
@debug_option
def command(
    catalogue: Path, cand_id: int | None, sort: str, min_score: float, rejected: bool, limit: int | None, as_json: bool
) -> None:
    """List the candidates of CATALOGUE, or show the one with number CAND_ID in full."""
    from fastpipe.io.catalogue import read_catalogue

    tables = read_catalogue(catalogue)
    if cand_id is not None:
        _show_one(tables, cand_id, as_json)
    elif rejected:
        _list_rejected(tables, limit or _REJECTED_SHOWN, as_json)
    else:
        _list_candidates(tables, _choose(tables, sort, min_score)[:limit], as_json)


def _list_candidates(tables: "CatalogueTables", rows: "NDArray[np.int64]", as_json: bool) -> None:
    from fastpipe.data.ledger import plain_row
    from fastpipe.plotting.candidate_text import candidate_table, summary

    if as_json:
        click.echo(json.dumps([plain_row(tables.candidates[row]) for row in rows], indent=2))
    else:
        click.echo("\n".join([*candidate_table(tables, rows), "", f"{summary(tables)}."]))


def _list_rejected(tables: "CatalogueTables", limit: int, as_json: bool) -> None:
    from fastpipe.data.ledger import plain_row, rejected_detections
    from fastpipe.plotting.candidate_text import rejected_table, summary

    rejected = rejected_detections(tables.detections)
    if as_json:
        click.echo(json.dumps([plain_row(row) for row in rejected[:limit]], indent=2))
    else:
        click.echo("\n".join([*rejected_table(rejected, limit), "", f"{summary(tables)}."]))


def _choose(tables: "CatalogueTables", sort: str, min_score: float) -> "NDArray[np.int64]":
    import numpy as np

    candidates = tables.candidates
    column, sign = _SORTS[sort]
    order = np.lexsort((candidates["cand_id"], sign * candidates[column]))
    scores = np.nan_to_num(candidates["score"], nan=0.0)
    return np.asarray(order[scores[order] >= min_score], np.int64)


def _show_one(tables: "CatalogueTables", cand_id: int, as_json: bool) -> None:
    from fastpipe.algorithms.scoring import explain
    from fastpipe.data.ledger import candidate_row, plain_row, relatives
    from fastpipe.plotting.candidate_text import candidate_page

    row = candidate_row(tables.candidates, cand_id)
    fold = tables.folds.get(cand_id)
    sentences = explain(fold.features) if fold else []
    if as_json:
        content = plain_row(tables.candidates[row]) | {
            "explanation": sentences,
            "detections": [plain_row(detection) for detection in relatives(tables.detections, cand_id)],
        }
        click.echo(json.dumps(content, indent=2))
    else:
        click.echo("\n".join(candidate_page(tables, row, sentences)))
