"""Several catalogues as one: numbers made unique, and the beams of one pointing compared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.tables import Fate, Table
from fastpipe.errors import ConfigError
from fastpipe.pipeline.pointings import SharedSignal, shared_signals

# What their related_id numbers is no detection.
_OTHER_LINKS = (Fate.KEPT, Fate.BIRDIE)
_FULL_TURN_DEG = 360.0
# Fields of CatalogueTables: tables of which every row has an observation, and mappings from observations.
_TABLES = ("observations", "candidates", "detections", "costs")
_BY_OBSERVATION = ("plans", "masks", "statistics", "birdies")


@dataclass(frozen=True, slots=True)
class NamedCatalogue:
    """A catalogue and what messages call it."""

    name: str
    tables: CatalogueTables


def merge_catalogues(catalogues: Sequence[NamedCatalogue], rotation_deg: float | None = None) -> CatalogueTables:
    """Put catalogues together, and tell sources from interference where several beams of a pointing are among them.

    Observations, detections and candidates get new numbers, and all links follow. A signal that several beams see stays one
    candidate in each, for each has its own fold and S/N; all name the same beams, the strongest first. What no point of the
    sky explains is no candidate any more: its detections have the fate `Fate.MULTI_BEAM`. `log10_fap` stays that of each
    run, and so do the costs.

    Parameters
    ----------
    catalogues
        At least two, in the order in which their observations are to be numbered.
    rotation_deg
        Rotation of FAST's receiver in degrees, positive from east to north; None takes that in the names of the files.

    Returns
    -------
    CatalogueTables
        The candidates of all, most significant first.

    Raises
    ------
    ConfigError
        If there are fewer than two, their frames differ, two of them hold the same observation, or the rotation is more
        than a full turn.
    """
    _check(catalogues)
    if rotation_deg is not None and not abs(rotation_deg) <= _FULL_TURN_DEG:
        raise ConfigError(
            f"found a rotation of {rotation_deg} deg, expected {-_FULL_TURN_DEG:g} to {_FULL_TURN_DEG:g}; correct it"
        )
    merged = _joined([catalogue.tables for catalogue in catalogues])
    shared = shared_signals(merged.observations, merged.candidates, rotation_deg)
    provenance = _provenance(catalogues)
    remarks = [provenance.get("remarks", ""), *_remarks(merged.candidates, shared)]
    provenance["remarks"] = "\n".join(filter(None, remarks))
    return _by_significance(replace(_with_beams(merged, shared), provenance=provenance))


def _check(catalogues: Sequence[NamedCatalogue]) -> None:
    if len(catalogues) < 2:
        raise ConfigError(f"found {len(catalogues)} catalogue to merge, expected at least two; name another one")
    for first, second in pairwise(catalogues):
        if first.tables.frame != second.tables.frame:
            raise ConfigError(
                f"found {first.tables.frame} periods in {first.name} and {second.tables.frame} ones in {second.name}, "
                "expected one frame; search again with the same --frame"
            )
    seen: dict[tuple[bytes, float], str] = {}
    for catalogue in catalogues:
        for row in catalogue.tables.observations:
            key = bytes(row["digest"]) or bytes(row["files"]), float(row["tstart_mjd"])
            if key in seen:
                raise ConfigError(
                    f"found the recording {row['files'].decode('utf-8', 'replace')} in {seen[key]} and in {catalogue.name}, "
                    "expected every recording once; leave one out"
                )
            seen[key] = catalogue.name


def _joined(catalogues: Sequence[CatalogueTables]) -> CatalogueTables:
    """Put the tables of all catalogues one after the other, with numbers that are unique."""
    used, renumbered = _Numbers(0, 0, 0), []
    for tables in catalogues:
        renumbered.append(_renumbered(tables, used))
        used = used.after(renumbered[-1])
    joined: dict[str, Any] = {name: np.concatenate([getattr(tables, name) for tables in renumbered]) for name in _TABLES}
    for name in (*_BY_OBSERVATION, "folds"):
        joined[name] = {number: part for tables in renumbered for number, part in getattr(tables, name).items()}
    return replace(catalogues[0], **joined)


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The largest numbers of observations, candidates and detections that are in use."""

    obs: int
    cand: int
    det: int

    def after(self, tables: CatalogueTables) -> "_Numbers":
        """Return those in use when the numbers of some tables are, too."""
        return _Numbers(
            max(self.obs, int(tables.observations["obs_id"].max(initial=0))),
            max(self.cand, int(tables.candidates["cand_id"].max(initial=0))),
            max(self.det, int(tables.detections["det_id"].max(initial=0))),
        )


def _renumbered(tables: CatalogueTables, used: _Numbers) -> CatalogueTables:
    """Return tables whose numbers begin after those in use."""
    changed: dict[str, Any] = {name: getattr(tables, name).copy() for name in _TABLES}
    for table in changed.values():
        table["obs_id"] += used.obs
    detections = changed["detections"]
    changed["candidates"]["cand_id"] += used.cand
    detections["det_id"] += used.det
    links, fate = detections["related_id"], detections["fate"]
    links[fate == Fate.KEPT] += used.cand
    links[(links > 0) & ~np.isin(fate, _OTHER_LINKS)] += used.det
    for name in _BY_OBSERVATION:
        changed[name] = {used.obs + number: part for number, part in getattr(tables, name).items()}
    changed["folds"] = {used.cand + number: fold for number, fold in tables.folds.items()}
    return replace(tables, **changed)


def _with_beams(tables: CatalogueTables, shared: Sequence[SharedSignal]) -> CatalogueTables:
    """Name the beams of every shared signal, and take interference out of the candidates."""
    candidates, detections = tables.candidates.copy(), tables.detections.copy()
    is_kept = detections["fate"] == Fate.KEPT
    made_from = dict(zip(detections["related_id"][is_kept].tolist(), np.flatnonzero(is_kept).tolist(), strict=True))
    is_source = np.ones(len(candidates), bool)
    for signal in shared:
        candidates["beams"][signal.rows] = ",".join(map(str, signal.beams)).encode()
        if signal.is_interference:
            is_source[signal.rows] = False
            # Candidates folded by hand were made from no detection.
            numbers = candidates["cand_id"][signal.rows].tolist()
            rows = [made_from[cand_id] for cand_id in numbers if cand_id in made_from]
            detections["fate"][rows] = Fate.MULTI_BEAM
            detections["related_id"][rows] = detections["det_id"][rows[:1]]
    return replace(tables, candidates=candidates[is_source], detections=detections)


def _by_significance(tables: CatalogueTables) -> CatalogueTables:
    """Give the candidates new numbers, the most significant first."""
    old = tables.candidates
    candidates = old[np.lexsort((old["cand_id"], -old["snr"], old["log10_fap"]))]
    new_of = {number: row for row, number in enumerate(candidates["cand_id"].tolist(), start=1)}
    candidates["cand_id"] = np.arange(1, len(candidates) + 1)
    detections = tables.detections.copy()
    is_kept = detections["fate"] == Fate.KEPT
    detections["related_id"][is_kept] = [new_of[number] for number in detections["related_id"][is_kept].tolist()]
    folds = {new_of[number]: fold for number, fold in tables.folds.items() if number in new_of}
    return replace(tables, candidates=candidates, detections=detections, folds=folds)


def _remarks(candidates: Table, shared: Sequence[SharedSignal]) -> list[str]:
    """Say where sources in several beams would be, and how much was left out."""
    sentences = []
    for signal in shared:
        if not signal.is_interference:
            period_ms, beams = 1e3 * float(candidates["period_s"][signal.rows[0]]), ", ".join(map(str, signal.beams))
            sentences.append(f"{period_ms:.7g} ms in beams {beams} fits a source {signal.place}.")
    left_out = sum(len(signal.rows) for signal in shared if signal.is_interference)
    if left_out:
        sentences.append(
            f"{left_out} candidates are left out: no point of the sky explains the beams in which they are seen."
        )
    return sentences


def _provenance(catalogues: Sequence[NamedCatalogue]) -> dict[str, str]:
    """Return the texts of all catalogues: one where they agree, else one of each, with the name of the catalogue."""
    merged: dict[str, str] = {}
    for key in sorted({key for catalogue in catalogues for key in catalogue.tables.provenance}):
        texts = {catalogue.name: catalogue.tables.provenance.get(key, "") for catalogue in catalogues}
        if len(set(texts.values())) == 1:
            merged[key] = texts[catalogues[0].name]
        elif key == "remarks":
            merged[key] = "\n".join(f"{name}: {line}" for name, text in texts.items() for line in text.splitlines())
        else:
            merged |= {f"{key} [{name}]": text for name, text in texts.items() if text}
    return merged
