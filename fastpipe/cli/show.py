"""``fastpipe show``: the candidates of a catalogue, or one of them in full."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fastpipe.cli.options import FILE, debug_option, json_option

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fastpipe.data.catalogue import CatalogueTables
    from fastpipe.pipeline.labelled_catalogue import LabelledCatalogue

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
@click.option("--sort", type=click.Choice(list(_SORTS)), help="Order of the candidates; by default significance.")
@click.option("--min-score", type=float, help="Only candidates with at least this score, 0 to 1.")
@click.option("--rejected", is_flag=True, help="The detections that did not become candidates, and why.")
@click.option("--cost", is_flag=True, help="What the search took, by stage and by observation, and its price.")
@click.option("-n", "limit", type=click.IntRange(min=1), help="Lines to show; all candidates, or 20 rejected detections.")
@json_option
@debug_option
def command(
    catalogue: Path,
    cand_id: int | None,
    sort: str | None,
    min_score: float | None,
    rejected: bool,
    cost: bool,
    limit: int | None,
    as_json: bool,
) -> None:
    """List the candidates of CATALOGUE, or show the one with number CAND_ID in full."""
    from fastpipe.pipeline.labelled_catalogue import read_labelled_catalogue

    if min_score is not None and not 0 <= min_score <= 1:
        raise click.UsageError(f"found --min-score {min_score}, expected 0 to 1")
    is_chosen = not (sort is None and min_score is None)
    if cost and (rejected or is_chosen or cand_id is not None or limit is not None):
        raise click.UsageError("--cost shows what the search took: leave out CAND_ID and all other options but --json")
    if rejected and (is_chosen or cand_id is not None):
        raise click.UsageError("--rejected lists detections: leave out CAND_ID, --sort and --min-score")
    if cand_id is not None and (is_chosen or limit is not None):
        raise click.UsageError("one candidate is shown in full: leave out --sort, --min-score and -n, or its number")
    labelled = read_labelled_catalogue(catalogue)
    tables = labelled.tables
    if cost:
        _show_cost(tables, as_json)
    elif cand_id is not None:
        _show_one(labelled, cand_id, as_json)
    elif rejected:
        _list_rejected(tables, limit or _REJECTED_SHOWN, as_json)
    else:
        _list_candidates(labelled, _choose(tables, sort or "significance", min_score)[:limit], as_json)


def _show_cost(tables: "CatalogueTables", as_json: bool) -> None:
    from fastpipe.pipeline.cost_summary import cost_summary
    from fastpipe.plotting.cost_text import cost_lines

    summary = cost_summary(tables)
    click.echo(json.dumps(summary.plain(), indent=2) if as_json else "\n".join(cost_lines(summary)))


def _list_candidates(labelled: "LabelledCatalogue", rows: "NDArray[np.int64]", as_json: bool) -> None:
    from fastpipe.data.ledger import plain_row
    from fastpipe.plotting.candidate_text import candidate_table, frame_sentence, observation_lines, remark_lines, summary
    from fastpipe.plotting.label_text import elsewhere_lines

    tables = labelled.tables
    if as_json:
        click.echo(json.dumps([plain_row(tables.candidates[row]) for row in rows], indent=2))
    else:
        table = candidate_table(tables, rows) if len(rows) else ["No candidates."]
        end = [f"{summary(tables)}.", frame_sentence(tables), *observation_lines(tables), *remark_lines(tables)]
        click.echo("\n".join([*table, "", *end, *elsewhere_lines(labelled.nelsewhere)]))


def _list_rejected(tables: "CatalogueTables", limit: int, as_json: bool) -> None:
    from fastpipe.data.ledger import plain_row, rejected_detections
    from fastpipe.plotting.candidate_text import frame_sentence, rejected_table, remark_lines, summary

    rejected = rejected_detections(tables.detections)
    if as_json:
        click.echo(json.dumps([plain_row(row) for row in rejected[:limit]], indent=2))
    else:
        lines = [*rejected_table(rejected, limit), "", f"{summary(tables)}.", frame_sentence(tables), *remark_lines(tables)]
        click.echo("\n".join(lines))


def _choose(tables: "CatalogueTables", sort: str, min_score: float | None) -> "NDArray[np.int64]":
    import numpy as np

    candidates = tables.candidates
    column, sign = _SORTS[sort]
    order = np.lexsort((candidates["cand_id"], sign * candidates[column]))
    if min_score is None:
        return np.asarray(order, np.int64)
    scores = np.nan_to_num(candidates["score"], nan=0.0)
    return np.asarray(order[scores[order] >= min_score], np.int64)


def _show_one(labelled: "LabelledCatalogue", cand_id: int, as_json: bool) -> None:
    from fastpipe.data.ledger import candidate_row, plain_row, relatives
    from fastpipe.pipeline.candidate_page import candidate_sentences
    from fastpipe.plotting.candidate_text import candidate_page
    from fastpipe.plotting.label_text import label_lines

    tables, labels = labelled.tables, labelled.labels.get(cand_id, ())
    row = candidate_row(tables.candidates, cand_id)
    fold = tables.folds.get(cand_id)
    sentences = candidate_sentences(tables, tables.candidates[row])
    if as_json:
        content = plain_row(tables.candidates[row]) | {
            "frame": tables.frame,
            "time_scale": tables.time_scale,
            "explanation": sentences,
            "features": _finite(fold.features) if fold else {},
            "contributions": _finite(fold.contributions) if fold else {},
            "labels": [asdict(act) for act in labels],
            "detections": [plain_row(detection) for detection in relatives(tables.detections, cand_id)],
        }
        click.echo(json.dumps(content, indent=2))
    else:
        said = ["", "What people say:", *(f"  {line}" for line in label_lines(labels))] if labels else []
        click.echo("\n".join([*candidate_page(tables, row, sentences), *said]))


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    """Replace what is no number by None: JSON has no word for it."""
    return {name: value if math.isfinite(value) else None for name, value in sorted(values.items())}
