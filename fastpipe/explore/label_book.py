"""Grades and notes beside a catalogue: to read, to give and to take back."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from fastpipe.data.candidate_keys import candidate_key
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.labels import Grade, LabelAct, last_act_to_undo, new_act, undo_act
from fastpipe.data.ledger import candidate_row
from fastpipe.errors import ConfigError
from fastpipe.io.label_file import append_labels, current_user, read_labels
from fastpipe.pipeline.labelled_catalogue import LabelledCatalogue, label_catalogue

_LAST_UNIX_S = 2.5e11
"""Times beyond the year 9891 are none."""


class LabelBook:
    """What people say about the candidates of one catalogue.

    Every look reads the files anew, so that it shows what others wrote meanwhile.

    Parameters
    ----------
    tables
        The catalogue.
    path
        Its file; None if it has none yet, and so no labels.
    """

    def __init__(self, tables: CatalogueTables, path: Path | None) -> None:
        self._tables = tables
        self._path = path

    @property
    def acts(self) -> tuple[LabelAct, ...]:
        """The log of all people, the earliest act first."""
        return () if self._path is None else read_labels(self._path)

    @property
    def labelled(self) -> LabelledCatalogue:
        """The catalogue with what stands now."""
        return label_catalogue(self._tables, self.acts)

    def table(self) -> Any:
        """Return what stands now as an astropy Table: one row for each candidate and person, times in UTC."""
        # Astropy takes most of a second to import: only those who ask for a table wait for it.
        from astropy.table import Table

        said = [(cand_id, act) for cand_id, acts in sorted(self.labelled.labels.items()) for act in acts]
        texts = {
            "user": [act.user for _, act in said],
            "grade": [act.grade for _, act in said],
            "note": [act.note for _, act in said],
            "time": [_time_text(act.time_unix_s) for _, act in said],
        }
        columns = {name: np.array(values, np.str_) for name, values in texts.items()}
        return Table({"cand_id": np.array([cand_id for cand_id, _ in said], np.int32), **columns})

    def give(self, cand_id: int, grade: Grade | Literal[""], note: str) -> None:
        """Write a grade or a note of the user who runs this process.

        Parameters
        ----------
        cand_id
            Number of the candidate.
        grade, note
            As in `fastpipe.data.labels.new_act`.

        Raises
        ------
        FastpipeError
            If there is no such candidate or grade, or the labels cannot be written.
        """
        path, row = self._file(), candidate_row(self._tables.candidates, cand_id)
        key, user = candidate_key(self._tables, row), current_user()
        append_labels(path, [new_act(user, key, time.time(), grade=grade, note=note, earlier=self.acts)])

    def undo(self) -> bool:
        """Take back the last grade or note of the user; return whether there was one."""
        path, acts = self._file(), self.acts
        target = last_act_to_undo(acts, current_user())
        if target is not None:
            append_labels(path, [undo_act(target, time.time(), acts)])
        return target is not None

    def _file(self) -> Path:
        if self._path is None:
            raise ConfigError("found a catalogue without a file, expected one for labels to lie beside; save it first")
        return self._path


def _time_text(unix_s: float) -> str:
    if not 0.0 <= unix_s <= _LAST_UNIX_S:
        return ""
    return datetime.fromtimestamp(unix_s, UTC).replace(tzinfo=None).isoformat(" ", "seconds")
