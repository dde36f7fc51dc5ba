"""A catalogue that shows itself."""

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, Literal, SupportsIndex

import numpy as np

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.labels import Grade
from fastpipe.data.observation_header import observation_header
from fastpipe.data.tables import CANDIDATE_COLUMNS, COST_COLUMNS, DETECTION_COLUMNS
from fastpipe.explore.candidate import Candidate
from fastpipe.explore.label_book import LabelBook
from fastpipe.explore.mask import Mask
from fastpipe.explore.quantity_table import quantity_table
from fastpipe.io.atomic import replacing
from fastpipe.io.catalogue import read_catalogue, write_catalogue
from fastpipe.io.output_file import check_output_file
from fastpipe.pipeline.report import report
from fastpipe.plotting.candidate_text import candidate_cells, candidate_table, summary
from fastpipe.plotting.contact_sheet import draw_contact_sheet
from fastpipe.plotting.overview import draw_overview
from fastpipe.plotting.picture import Picture

_ROWS_SHOWN = 10


class Catalogue:
    """The result of a search: candidates, best first, and the fate of every detection.

    Parameters
    ----------
    tables
        What the search found; `load` reads it from a file.
    path
        The file, beside which labels lie; None if it is in none.
    """

    def __init__(self, tables: CatalogueTables, path: Path | None = None) -> None:
        self.tables = tables
        self._path = path

    @property
    def candidates(self) -> Any:
        """Candidates as an astropy QTable with units; `label` is what people say now."""
        return quantity_table(self._graded().candidates, CANDIDATE_COLUMNS)

    @property
    def detections(self) -> Any:
        """All detections with their fate, as an astropy QTable with units."""
        return quantity_table(self.tables.detections, DETECTION_COLUMNS)

    @property
    def costs(self) -> Any:
        """What every stage took, as an astropy QTable with units."""
        return quantity_table(self.tables.costs, COST_COLUMNS)

    @property
    def labels(self) -> Any:
        """What people say about candidates, as an astropy Table: one row for each candidate and person."""
        return self._book().table()

    def grade(self, cand_id: int, grade: Grade | Literal[""], note: str = "") -> None:
        """Say what a candidate is, in a file of yours beside the catalogue; labels of others stay as they are.

        Parameters
        ----------
        cand_id
            Number of the candidate.
        grade
            ``"pulsar"``, ``"rfi"``, ``"noise"``, ``"known"`` or ``"unsure"``; empty for a note alone.
        note
            Words about it.

        Raises
        ------
        ConfigError
            If the candidate or the grade does not exist, or the catalogue was not saved.
        ResourceError
            If the disk is full.
        """
        self._book().give(cand_id, grade, note)

    def undo_grade(self) -> bool:
        """Take back your last grade or note, and return whether there was one; called again, the one before it."""
        return self._book().undo()

    def _book(self) -> LabelBook:
        return LabelBook(self.tables, self._path)

    def _graded(self) -> CatalogueTables:
        return self._book().labelled.tables

    def __len__(self) -> int:
        return len(self.tables.candidates)

    def __getitem__(self, index: SupportsIndex) -> Candidate:
        rows = range(len(self))
        if not isinstance(index, SupportsIndex):
            raise TypeError(f"found {index!r}, expected the number of one candidate; candidates[...] takes slices and masks")
        index = index.__index__()
        if not -len(rows) <= index < len(rows):
            raise IndexError(f"found index {index}, expected one below {len(rows)}, the number of candidates")
        return Candidate(self._graded(), rows[index])

    def __iter__(self) -> Iterator[Candidate]:
        tables = self._graded()
        return (Candidate(tables, row) for row in range(len(self)))

    def plot(self) -> Picture:
        """Draw an overview: period against DM of all detections, by what became of them."""
        return Picture(draw_overview(self.tables))

    def sheet(self) -> Picture:
        """Draw the 24 best candidates, by score and then significance, on one sheet."""
        return Picture(draw_contact_sheet(self.tables))

    def mask(self, obs_id: int = 1) -> Mask:
        """Return what was masked in one observation.

        Parameters
        ----------
        obs_id
            Number of the observation; there is more than one in merged catalogues only.

        Raises
        ------
        LookupError
            If the catalogue has no mask of it.
        """
        if obs_id not in self.tables.masks:
            there = ", ".join(map(str, sorted(self.tables.masks))) or "none: what was searched had no channels"
            raise LookupError(f"found no mask of observation {obs_id}, expected one of {there}; choose another one")
        rows = self.tables.observations
        header = observation_header(rows[rows["obs_id"].tolist().index(obs_id)])
        return Mask(header, self.tables.masks[obs_id])

    def report(self, path: str | Path, best: int = 20) -> Path:
        """Write one HTML page with all that a supervisor asks: plan, interference, best candidates, what was rejected.

        Parameters
        ----------
        path
            Name of the page; an older one is replaced.
        best
            Number of candidates that are drawn in full.

        Returns
        -------
        Path
            The same name.

        Raises
        ------
        ResourceError
            If the disk is full.
        ConfigError
            If the folder does not exist or may not be written.
        """
        check_output_file(Path(path))
        with replacing(Path(path)) as temporary:
            temporary.write_text(report(self.tables, best, self._book().acts), "utf-8")
        return Path(path)

    def save(self, path: str | Path) -> None:
        """Write the catalogue to an HDF5 file; an older one is replaced.

        Parameters
        ----------
        path
            Name of the file.
        """
        write_catalogue(Path(path), self.tables)
        self._path = Path(path)

    def __repr__(self) -> str:
        shown = np.arange(min(len(self), _ROWS_SHOWN))
        more = [f"... and {len(self) - _ROWS_SHOWN} more"] if len(self) > _ROWS_SHOWN else []
        table = candidate_table(self._graded(), shown) if len(self) else []
        return "\n".join([self._heading(), *table, *more])

    def _heading(self) -> str:
        candidates = f"{len(self)} candidate{'s' * (len(self) != 1)}"
        return f"Catalogue of {candidates}, periods {self.tables.frame} ({summary(self.tables)})"

    def _repr_html_(self) -> str:
        heading, *rows = candidate_cells(self._graded(), np.arange(min(len(self), _ROWS_SHOWN)))
        head = "".join(f"<th>{escape(cell)}</th>" for cell in heading)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        caption = f"{self._heading()}; the first {len(rows)}"
        return f"<table><caption>{escape(caption)}</caption><tr>{head}</tr>{body}</table>"


def load(path: str | Path) -> Catalogue:
    """Read a catalogue.

    Parameters
    ----------
    path
        HDF5 file that a search has written.

    Returns
    -------
    Catalogue
        The catalogue.

    Raises
    ------
    InputMissingError
        If the file is not there or may not be read.
    FileFormatError
        If the file is no catalogue, or a damaged one.
    """
    return Catalogue(read_catalogue(Path(path)), Path(path))
