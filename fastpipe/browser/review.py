"""What all open pages of one browser share: the catalogue, its labels, and the pictures of its candidates."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastpipe.browser.columns import CandidateColumns, candidate_columns
from fastpipe.browser.filter_choice import LabelColumns
from fastpipe.browser.label_book import LabelBook
from fastpipe.browser.page_pictures import PagePictures
from fastpipe.data.candidate_keys import candidate_keys
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.errors import InputMissingError
from fastpipe.io.catalogue import read_catalogue
from fastpipe.io.file_stamps import stamp_files
from fastpipe.pipeline.candidate_page import candidate_picture


class Review:
    """A catalogue that a person goes through.

    Parameters
    ----------
    catalogue
        Its file, which is only read.
    user
        Who grades.

    Raises
    ------
    InputMissingError
        If the file does not exist or may not be read.
    FileFormatError
        If it is no catalogue, or a damaged one.
    """

    def __init__(self, catalogue: Path, user: str) -> None:
        self.path = catalogue
        self.user = user
        self._stamps = stamp_files([catalogue]) if catalogue.exists() else ()
        self.tables: CatalogueTables = read_catalogue(catalogue, with_folds=False)
        self.columns: CandidateColumns = candidate_columns(self.tables)
        self.book = LabelBook(catalogue, self.tables, candidate_keys(self.tables), user)
        self.pictures = PagePictures(self._draw)
        # The first pages are looked at first, and drawing the first of all takes longest.
        self.want_pictures(list(range(min(4, len(self.columns)))))

    def has_fold(self, row: int) -> bool:
        """Say whether a candidate was folded, so that there is a picture of it."""
        return int(self.columns.cand_id[row]) in self.tables.folds

    def want_pictures(self, rows: list[int]) -> None:
        """Ask for the pictures of candidates, the most urgent first."""
        self.pictures.want([row for row in rows if self.has_fold(row)])

    def is_replaced(self) -> bool:
        """Say whether the file is gone or another one by now."""
        try:
            return stamp_files([self.path]) != self._stamps
        except InputMissingError:
            return True

    def close(self) -> None:
        """End what works beside the server."""
        self.pictures.close()

    def labels(self) -> LabelColumns:
        """Return what is said of every candidate."""
        return self.book.columns()

    def rejected(self, fate: int | None, most: int) -> NDArray[np.int64]:
        """Find the most significant detections that did not become candidates.

        Parameters
        ----------
        fate
            Value of their fate; None for all.
        most
            Largest number to return.

        Returns
        -------
        ndarray
            Their positions, the most significant first.
        """
        detections = self.tables.detections
        rows = np.flatnonzero(detections["fate"] != 0 if fate is None else detections["fate"] == fate)
        order = np.lexsort((rows, -detections["sigma"][rows]))
        return np.asarray(rows[order][:most], np.int64)

    def _draw(self, row: int) -> bytes:
        return candidate_picture(self.tables, self.tables.candidates[row]).png()
