"""The labels of a catalogue as its browser sees them: read from the files of all people, written to that of the user."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fastpipe.browser.filter_choice import LabelColumns
from fastpipe.data.candidate_keys import match_keys
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.labels import (
    Grade,
    LabelAct,
    consensus,
    last_act_to_undo,
    merge_acts,
    new_act,
    standing_labels,
    undo_act,
    with_keys,
)
from fastpipe.io.label_file import append_labels, label_folder, read_labels


class LabelBook:
    """What people say about the candidates of one catalogue.

    Parameters
    ----------
    catalogue
        File of the catalogue; it is never written to.
    tables
        What is in it.
    keys
        Key of every candidate.
    user
        Who grades.
    now
        The clock, in s since 1970.
    """

    def __init__(
        self,
        catalogue: Path,
        tables: CatalogueTables,
        keys: Sequence[str],
        user: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.user = user
        self._catalogue = catalogue
        self._tables = tables
        self._keys = list(keys)
        self._now = now
        self._stamps: object = None
        self._acts: tuple[LabelAct, ...] = ()
        self._standing: Mapping[tuple[str, str], LabelAct] = {}
        self.refresh()

    def refresh(self) -> bool:
        """Read what others wrote meanwhile.

        Returns
        -------
        bool
            Whether anything is new.
        """
        stamps = self._file_stamps()
        if stamps == self._stamps:
            return False
        self._stamps = stamps
        found = read_labels(self._catalogue)
        self._take(merge_acts(self._acts, with_keys(found, match_keys(self._tables, (act.candidate for act in found)))))
        return True

    def grade(self, row: int, grade: Grade) -> None:
        """Grade a candidate, on the disk when this returns."""
        self._append(new_act(self.user, self._keys[row], self._now(), grade=grade, earlier=self._acts))

    def note(self, row: int, note: str) -> None:
        """Write a note about a candidate, on the disk when this returns; the one before is replaced."""
        self._append(new_act(self.user, self._keys[row], self._now(), note=note, earlier=self._acts))

    def undo(self) -> int | None:
        """Take the last grade or note of the user back.

        Returns
        -------
        int or None
            Position of its candidate; None where there was nothing to take back, or its candidate is not here.
        """
        here = set(self._keys)
        target = last_act_to_undo([act for act in self._acts if act.candidate in here], self.user)
        if target is None:
            return None
        self._append(undo_act(target, self._now(), self._acts))
        return self._keys.index(target.candidate)

    def columns(self) -> LabelColumns:
        """Return what is said of every candidate."""
        grades = consensus(self._standing)
        notes: dict[str, list[str]] = {}
        for (key, _user), act in self._standing.items():
            notes.setdefault(key, []).append(act.note.lower())
        return LabelColumns(
            label=[grades.get(key, "") for key in self._keys],
            mine=[self._own_grade(key) for key in self._keys],
            notes=[" ".join(notes.get(key, ())) for key in self._keys],
        )

    def _own_grade(self, key: str) -> str:
        act = self._standing.get((key, self.user))
        return act.grade if act else ""

    def own_note(self, row: int) -> str:
        """Return the note of the user about a candidate; empty where there is none."""
        act = self._standing.get((self._keys[row], self.user))
        return act.note if act else ""

    def said_of(self, row: int) -> list[LabelAct]:
        """Return what stands of a candidate, one act a person, sorted by their names."""
        return sorted((act for (key, _), act in self._standing.items() if key == self._keys[row]), key=lambda act: act.user)

    def _append(self, act: LabelAct) -> None:
        append_labels(self._catalogue, [act])
        self._take(merge_acts(self._acts, [act]))

    def _take(self, acts: tuple[LabelAct, ...]) -> None:
        self._acts = acts
        self._standing = standing_labels(acts)

    def _file_stamps(self) -> object:
        folder = label_folder(self._catalogue)
        if not folder.is_dir():
            return ()
        stamps = []
        for path in sorted(folder.iterdir()):
            status = path.stat()
            stamps.append((path.name, status.st_size, status.st_mtime_ns))
        return tuple(stamps)
