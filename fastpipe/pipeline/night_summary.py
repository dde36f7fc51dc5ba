"""What a night was, from the states of its searches and the catalogue they made."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.known_pulsars import KnownPulsars
from fastpipe.data.night import NightObservation
from fastpipe.data.night_state import NightSearch, NightState
from fastpipe.data.night_summary import NightCandidate, NightRow, NightSummary, SharedInterference
from fastpipe.data.tables import Fate, Table
from fastpipe.pipeline.expected_pulsars import expected_pulsars
from fastpipe.pipeline.night_merge import MergedNight
from fastpipe.plotting.candidate_words import known_text, text_of

_SAME_PERIOD = 1e-3


def summarise_night(
    state: NightState,
    observations: Sequence[NightObservation],
    merged: MergedNight,
    known: KnownPulsars,
    *,
    updated_unix_s: float,
    is_over: bool,
) -> NightSummary:
    """Put together what the page of a night shows.

    Parameters
    ----------
    state
        The searches.
    observations
        What the inbox holds: those that wait for files have no search yet.
    merged
        The catalogue of the night, with plans.
    known
        Pulsars that may lie in the beams.
    updated_unix_s
        When this is, in s since 1970.
    is_over
        Whether nothing more will happen.

    Returns
    -------
    NightSummary
        The same for the same arguments.
    """
    tables = merged.tables
    names = {number: name for name, numbers in merged.obs_ids.items() for number in numbers}
    rows = [_row(search, merged) for search in state.searches.values()]
    waiting = [found for found in observations if found.state == "waiting" and found.name not in state.searches]
    rows += [_waiting_row(found) for found in waiting]
    return NightSummary(
        inbox=state.inbox,
        start_unix_s=state.start_unix_s,
        updated_unix_s=updated_unix_s,
        is_over=is_over,
        rows=tuple(sorted(rows, key=lambda row: row.name)),
        candidates=_candidates(tables, names) if tables else (),
        pulsars=expected_pulsars(tables, known, names) if tables else (),
        interference=_interference(tables) if tables else (),
        remarks=(*merged.remarks, *(tables.provenance.get("remarks", "").splitlines() if tables else ())),
    )


def _row(search: NightSearch, merged: MergedNight) -> NightRow:
    row = NightRow(
        name=search.name,
        source=search.source,
        beam=search.beam,
        status=search.status,
        reason=search.reason or search.note,
        nbytes=search.nbytes,
        exit_code=search.exits[-1] if search.exits else None,
        nattempts=len(search.exits),
        wall_s=search.wall_s,
        cpu_s=search.cpu_s,
    )
    numbers = merged.obs_ids.get(search.name, ())
    return row if merged.tables is None or not numbers else _with_catalogue(row, merged.tables, numbers)


def _with_catalogue(row: NightRow, tables: CatalogueTables, numbers: Sequence[int]) -> NightRow:
    """Add to a row what the catalogue says of the observation."""
    found = tables.observations[np.isin(tables.observations["obs_id"], numbers)]
    detections = tables.detections[np.isin(tables.detections["obs_id"], numbers)]
    return replace(
        row,
        tobs_s=float(found["tobs_s"].sum()),
        masked_fraction=float(found["masked_fraction"].mean()),
        ncandidates=int(np.isin(tables.candidates["obs_id"], numbers).sum()),
        nshared=int(np.count_nonzero(detections["fate"] == Fate.MULTI_BEAM)),
    )


def _waiting_row(found: NightObservation) -> NightRow:
    return NightRow(
        name=found.name,
        source=found.source,
        beam=found.beam,
        status="waiting",
        reason=found.reason,
        nbytes=sum(file.nbytes for file in found.files),
    )


def _candidates(tables: CatalogueTables, names: Mapping[int, str]) -> tuple[NightCandidate, ...]:
    """Take the candidates in their order; of those that are one signal in several beams, the strongest."""
    beams = dict(zip(tables.observations["obs_id"].tolist(), tables.observations["beam"].tolist(), strict=True))
    starts = dict(zip(tables.observations["obs_id"].tolist(), tables.observations["tstart_mjd"].tolist(), strict=True))
    found: list[NightCandidate] = []
    shown: dict[tuple[str, int], list[float]] = {}
    for row in tables.candidates[np.argsort(-tables.candidates["snr"], kind="stable")]:
        together, period_s, obs_id = text_of(row, "beams"), float(row["period_s"]), int(row["obs_id"])
        if "," in together:
            # Beams of one pointing began together, to the second.
            others = shown.setdefault((together, round(starts[obs_id] * 8640)), [])
            if any(abs(period_s / other - 1.0) < _SAME_PERIOD for other in others):
                continue
            others.append(period_s)
        found.append(_candidate(row, names.get(obs_id, ""), beams.get(obs_id, 0)))
    return tuple(sorted(found, key=lambda candidate: candidate.cand_id))


def _candidate(row: np.void, observation: str, beam: int) -> NightCandidate:
    return NightCandidate(
        cand_id=int(row["cand_id"]),
        observation=observation,
        beam=beam,
        period_s=float(row["period_s"]),
        dm=float(row["dm"]),
        snr=float(row["snr"]),
        score=float(row["score"]),
        log10_fap=float(row["log10_fap"]),
        known_pulsar=known_text(row),
        beams=tuple(int(number) for number in text_of(row, "beams").split(",") if number.strip().isdigit()) or (beam,),
        warning=text_of(row, "warning"),
    )


def _interference(tables: CatalogueTables) -> tuple[SharedInterference, ...]:
    """List the signals that too many beams see, those in the most beams first."""
    beams = dict(zip(tables.observations["obs_id"].tolist(), tables.observations["beam"].tolist(), strict=True))
    shared = tables.detections[tables.detections["fate"] == Fate.MULTI_BEAM]
    found = [_shared_signal(shared[shared["related_id"] == link], beams) for link in np.unique(shared["related_id"])]
    return tuple(sorted(found, key=lambda signal: (-len(signal.beams), signal.period_s)))


def _shared_signal(detections: Table, beams: Mapping[int, int]) -> SharedInterference:
    strongest = detections[np.argmax(detections["sigma"])]
    return SharedInterference(
        period_s=1.0 / float(strongest["freq_hz"]),
        dm=float(strongest["dm"]),
        beams=tuple(sorted({beams[number] for number in detections["obs_id"].tolist()})),
    )
