"""The report of a catalogue: what a supervisor asks, on one page."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.smearing import plan_smearing
from fastpipe.config import parse_config
from fastpipe.data.candidate_keys import candidate_keys, match_keys
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.dispersion_plan import DispersionPlan, DMRange
from fastpipe.data.labels import LabelAct, standing_labels, with_keys
from fastpipe.data.ledger import candidate_tobs_s, harmonic_notes
from fastpipe.data.observation_header import observation_header
from fastpipe.data.report import Report, ReportedCandidate, ReportedPlan
from fastpipe.data.tables import Table
from fastpipe.errors import FastpipeError
from fastpipe.pipeline.candidate_page import candidate_picture, candidate_sentences
from fastpipe.pipeline.cost_summary import cost_summary


def report(tables: CatalogueTables, nbest: int = 20, acts: Iterable[LabelAct] = ()) -> str:
    """Return the report of a catalogue as one HTML page that needs nothing else.

    Parameters
    ----------
    tables
        The catalogue; of its folds only those of the best candidates are read.
    nbest
        Number of candidates that are drawn in full.
    acts
        What people said about candidates: a log of labels.

    Returns
    -------
    str
        The page. It follows from the arguments alone, so that the same catalogue gives the same page.
    """
    # Imported here: it draws, and those who only gather need no figures.
    from fastpipe.plotting.report_page import report_page

    return report_page(gather_report(tables, nbest, acts))


def gather_report(tables: CatalogueTables, nbest: int = 20, acts: Iterable[LabelAct] = ()) -> Report:
    """Gather what a report shows; arguments as of `report`."""
    from fastpipe.plotting.contact_sheet import best_rows

    return Report(
        tables=tables,
        best=_best(tables, best_rows(tables.candidates)[: max(nbest, 0)]),
        plans=_plans(tables),
        cost=cost_summary(tables),
        labels=_labels(tables, tuple(acts)),
    )


def _best(tables: CatalogueTables, rows: NDArray[np.int64]) -> tuple[ReportedCandidate, ...]:
    candidates = tables.candidates[rows]
    notes = harmonic_notes(candidates, candidate_tobs_s(tables.observations, candidates))
    return tuple(_reported(tables, row, note) for row, note in zip(candidates, notes, strict=True))


def _reported(tables: CatalogueTables, row: np.void, note: str) -> ReportedCandidate:
    fold = tables.folds.get(int(row["cand_id"]))
    return ReportedCandidate(
        row=row,
        note=note,
        sentences=tuple(candidate_sentences(tables, row)),
        fold=fold,
        page=candidate_picture(tables, row).png() if fold is not None else b"",
    )


def _plans(tables: CatalogueTables) -> tuple[ReportedPlan, ...]:
    """Return the plans that differ; beams of one pointing share theirs."""
    shared: dict[tuple[object, ...], list[int]] = {}
    observations = {int(row["obs_id"]): row for row in tables.observations}
    for obs_id, plan in sorted(tables.plans.items()):
        row = observations.get(obs_id)
        if row is not None and len(plan) and row["nchans"] > 1:
            band = tuple(row[name].item() for name in ("fch1_mhz", "foff_mhz", "nchans", "tsamp_s"))
            shared.setdefault((*band, plan.tobytes()), []).append(obs_id)
    coherent_dm = _coherent_dm(tables.provenance)
    return tuple(
        _plan(observations[obs_ids[0]], tables.plans[obs_ids[0]], tuple(obs_ids), coherent_dm) for obs_ids in shared.values()
    )


def _plan(observation: np.void, plan: Table, obs_ids: tuple[int, ...], coherent_dm: float) -> ReportedPlan:
    names = ("dm_min", "dm_step", "ntrials", "downsample")
    dispersion = DispersionPlan(tuple(DMRange(*(row[name].item() for name in names)) for row in plan))
    header = observation_header(observation)
    smearing = plan_smearing(dispersion, header.descending_freqs_mhz, header.tsamp, coherent_dm)
    return ReportedPlan(obs_ids=obs_ids, dispersion=dispersion, smearing=smearing)


def _coherent_dm(provenance: Mapping[str, str]) -> float:
    """Return the DM at which the recordings were dedispersed in their channels, 0 where that is not known."""
    # The texts of merged catalogues have the name of their catalogue in brackets after the key.
    texts = {text for key, text in provenance.items() if key.partition(" [")[0] == "configuration"}
    try:
        found = {parse_config(text).dedispersion.coherent_dm for text in texts}
    except FastpipeError:
        # Of another version, which may have had other options.
        return 0.0
    return found.pop() if len(found) == 1 else 0.0


def _labels(tables: CatalogueTables, acts: tuple[LabelAct, ...]) -> dict[int, tuple[LabelAct, ...]]:
    if not acts:
        return {}
    own = with_keys(acts, match_keys(tables, (act.candidate for act in acts)))
    number_of = dict(zip(candidate_keys(tables), tables.candidates["cand_id"].tolist(), strict=True))
    labels: dict[int, tuple[LabelAct, ...]] = {}
    for (key, _user), act in sorted(standing_labels(own).items()):
        if key in number_of:
            labels[number_of[key]] = (*labels.get(number_of[key], ()), act)
    return labels
