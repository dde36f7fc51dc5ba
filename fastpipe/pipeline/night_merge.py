"""The catalogues of a night as one: whatever is wrong with some of them, the others are merged."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.night_state import CATALOGUE_NAME
from fastpipe.data.tables import Fate
from fastpipe.pipeline.merge import NamedCatalogue, merge_catalogues


@dataclass(frozen=True, slots=True)
class MergedNight:
    """The catalogue of a night."""

    tables: CatalogueTables | None
    """The catalogue; None if there is nothing to merge."""
    obs_ids: dict[str, tuple[int, ...]]
    """Numbers of the observations in it, by the names of the catalogues they came from."""
    remarks: tuple[str, ...]
    """What was left out, and why."""


def merge_night(catalogues: Sequence[NamedCatalogue]) -> MergedNight:
    """Merge what can be merged: catalogues of one frame, every recording once.

    Parameters
    ----------
    catalogues
        Catalogues, named after their observations.

    Returns
    -------
    MergedNight
        The catalogue of the night, and a remark for every catalogue that is not in it.
    """
    chosen, remarks = _of_one_frame(catalogues)
    chosen, repeated = _each_once(chosen)
    obs_ids, last = {}, 0
    for catalogue in chosen:
        numbers = catalogue.tables.observations["obs_id"].tolist()
        obs_ids[catalogue.name] = tuple(last + number for number in numbers)
        last += max(numbers, default=0)
    if len(chosen) > 1:
        tables: CatalogueTables | None = merge_catalogues(chosen)
    else:
        tables = chosen[0].tables if chosen else None
    return MergedNight(tables, obs_ids, (*remarks, *repeated))


def without_folds(tables: CatalogueTables) -> CatalogueTables:
    """Return a catalogue without what fills memory: folds, masks and statistics of channels."""
    return replace(tables, folds={}, masks={}, statistics={})


def only_candidates(tables: CatalogueTables) -> CatalogueTables:
    """Return a catalogue without folds, and without the detections that became no candidate: those are most of its rows."""
    is_kept = tables.detections["fate"] == Fate.KEPT
    return replace(without_folds(tables), detections=tables.detections[is_kept])


def _of_one_frame(catalogues: Sequence[NamedCatalogue]) -> tuple[list[NamedCatalogue], list[str]]:
    """Choose the catalogues in the frame that most have: periods of two frames cannot be compared."""
    frames = Counter(catalogue.tables.frame for catalogue in catalogues)
    if len(frames) < 2:
        return list(catalogues), []
    commonest = frames.most_common(1)[0][0]
    remarks = [
        f"{catalogue.name} is not in the catalogue of the night: its periods are {catalogue.tables.frame}, those of most "
        f"others {commonest}; its candidates are in {catalogue.name}/{CATALOGUE_NAME}."
        for catalogue in catalogues
        if catalogue.tables.frame != commonest
    ]
    return [catalogue for catalogue in catalogues if catalogue.tables.frame == commonest], remarks


def _each_once(catalogues: Sequence[NamedCatalogue]) -> tuple[list[NamedCatalogue], list[str]]:
    """Leave out catalogues that hold a recording which an earlier one holds."""
    chosen, remarks = [], []
    seen: dict[tuple[bytes, float], str] = {}
    for catalogue in catalogues:
        keys = [
            (bytes(row["digest"]) or bytes(row["files"]), float(row["tstart_mjd"])) for row in catalogue.tables.observations
        ]
        other = next((seen[key] for key in keys if key in seen), None)
        if other is None:
            chosen.append(catalogue)
            seen |= dict.fromkeys(keys, catalogue.name)
        else:
            remarks.append(f"{catalogue.name} is not in the catalogue of the night: it is the same recording as {other}.")
    return chosen, remarks
