"""What of a catalogue is exported: which candidates, and as which table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe._version import __version__
from fastpipe.constants import DISPERSION_CONSTANT
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.flat_table import FlatTable
from fastpipe.data.labels import LabelAct
from fastpipe.data.ledger import candidate_row
from fastpipe.data.tables import CANDIDATE_COLUMNS, DETECTION_COLUMNS, OBSERVATION_COLUMNS, Column, Fate, Table
from fastpipe.errors import ConfigError
from fastpipe.pipeline.labelled_catalogue import LabelledCatalogue

_OF_OBSERVATION = ("source", "telescope", "beam", "ra_deg", "dec_deg", "tstart_mjd", "tobs_s")
_NOTES = Column("notes", "U", "", "notes of people, each after the name of who wrote it")
_FATE_NAME = Column("fate_name", "U", "", "what became of it, as a word")


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportChoice:
    """Which rows of a catalogue are exported."""

    cand_ids: Sequence[int] = ()
    """Numbers of candidates; none for all."""
    min_score: float | None = None
    """Least score; candidates without a score have none."""
    obs_id: int | None = None
    """Number of the observation; None for all."""


def chosen_rows(tables: CatalogueTables, choice: ExportChoice) -> NDArray[np.int64]:
    """Return the positions of the candidates to export, in the order of the catalogue or as they are named.

    Raises
    ------
    ConfigError
        If a candidate or the observation is not there.
    """
    candidates = tables.candidates
    if choice.cand_ids:
        rows = np.array([candidate_row(candidates, cand_id) for cand_id in dict.fromkeys(choice.cand_ids)], np.int64)
    else:
        rows = np.arange(len(candidates))
    if choice.min_score is not None:
        rows = rows[np.nan_to_num(candidates["score"][rows], nan=0.0) >= choice.min_score]
    if choice.obs_id is not None:
        observation_row(tables, choice.obs_id)
        rows = rows[candidates["obs_id"][rows] == choice.obs_id]
    return rows


def observation_row(tables: CatalogueTables, obs_id: int | None) -> np.void:
    """Return the row of an observation by its number; None for the only one there is.

    Raises
    ------
    ConfigError
        If it is not there, or there are several and none is named.
    """
    numbers = tables.observations["obs_id"].tolist()
    if obs_id is None and len(numbers) != 1:
        raise ConfigError(f"found {len(numbers)} observations in the catalogue, expected the number of one; add --obs")
    if obs_id is not None and obs_id not in numbers:
        listed = f"{min(numbers)} to {max(numbers)}" if numbers else "none, because the catalogue is empty"
        raise ConfigError(f"found no observation {obs_id}, expected {listed}; correct --obs")
    row: np.void = tables.observations[0 if obs_id is None else numbers.index(obs_id)]
    return row


def only_observation(tables: CatalogueTables, candidates: Table) -> np.void | None:
    """Return the observation of all of some candidates; None where there are no candidates.

    Raises
    ------
    ConfigError
        If they are of several observations.
    """
    numbers = np.unique(candidates["obs_id"]).tolist()
    if len(numbers) > 1:
        raise ConfigError(f"found candidates of {len(numbers)} observations, expected those of one; choose it with --obs")
    return observation_row(tables, numbers[0]) if numbers else None


def candidates_table(labelled: LabelledCatalogue, rows: NDArray[np.int64]) -> FlatTable:
    """Return candidates as one table, each with what is known of its observation and with the notes of people.

    Parameters
    ----------
    labelled
        The catalogue and its labels.
    rows
        Positions of the candidates.

    Returns
    -------
    FlatTable
        The columns of `CANDIDATE_COLUMNS`, of the observation, and the notes.
    """
    candidates = labelled.tables.candidates[rows]
    values = _columns_of(candidates, CANDIDATE_COLUMNS)
    notes = [_note_text(labelled.labels, cand_id) for cand_id in candidates["cand_id"].tolist()]
    return _flat(labelled.tables, "candidates", CANDIDATE_COLUMNS, values, {_NOTES: np.array(notes, np.str_)})


def detections_table(tables: CatalogueTables, obs_id: int | None = None) -> FlatTable:
    """Return all detections, of one observation or of all, as one table with their fates in words."""
    detections = tables.detections
    if obs_id is not None:
        observation_row(tables, obs_id)
        detections = detections[detections["obs_id"] == obs_id]
    names = np.array([Fate(fate).name.lower() for fate in detections["fate"].tolist()], np.str_)
    values = _columns_of(detections, DETECTION_COLUMNS)
    return _flat(tables, "detections", DETECTION_COLUMNS, values, {_FATE_NAME: names})


def _flat(
    tables: CatalogueTables,
    name: str,
    columns: tuple[Column, ...],
    values: dict[str, NDArray[np.generic]],
    more: Mapping[Column, NDArray[np.generic]],
) -> FlatTable:
    of_observation = [column for column in OBSERVATION_COLUMNS if column.name in _OF_OBSERVATION]
    row_of = {obs_id: row for row, obs_id in enumerate(tables.observations["obs_id"].tolist())}
    observations = tables.observations[[row_of[obs_id] for obs_id in values["obs_id"].tolist()]]
    values = values | _columns_of(observations, tuple(of_observation)) | {column.name: more[column] for column in more}
    meta = {
        "frame": tables.frame,
        "time_scale": tables.time_scale,
        "dispersion_constant": f"{DISPERSION_CONSTANT!r} s MHz2 cm3 / pc",
        "fastpipe_version": tables.provenance.get("fastpipe_version", __version__),
    }
    return FlatTable(name, (*columns, *of_observation, *more), values, meta)


def _columns_of(table: Table, columns: tuple[Column, ...]) -> dict[str, NDArray[np.generic]]:
    """Return the columns of a table, texts as str."""
    found: dict[str, NDArray[np.generic]] = {}
    for column in columns:
        values = table[column.name]
        if values.dtype.kind == "S":
            values = np.array([_printable(text.decode("utf-8", "replace")) for text in values.tolist()], np.str_)
        found[column.name] = values
    return found


def _note_text(labels: Mapping[int, tuple[LabelAct, ...]], cand_id: int) -> str:
    return _printable("; ".join(f"{act.user}: {act.note}" for act in labels.get(cand_id, ()) if act.note))


def _printable(text: str) -> str:
    """Put blanks in the place of line breaks and of codes that XML does not allow."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
