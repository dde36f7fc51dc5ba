"""A candidate that shows and explains itself."""

from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.catalogue import CatalogueTables, Fold
from fastpipe.data.ledger import relatives
from fastpipe.data.tables import CANDIDATE_COLUMNS, DETECTION_COLUMNS, Column
from fastpipe.explore.folded_cube import FoldedCube
from fastpipe.explore.quantity_table import quantity_table
from fastpipe.explore.sentences import Sentences
from fastpipe.pipeline.candidate_page import candidate_picture, candidate_sentences
from fastpipe.plotting.candidate_text import value_text
from fastpipe.plotting.candidate_words import known_text
from fastpipe.plotting.picture import Picture


class Candidate:
    """One candidate of a catalogue. Every column of the catalogue is an attribute: `period_s`, `dm`, `snr`, ...

    Parameters
    ----------
    tables
        The catalogue.
    row
        Position of the candidate in it.
    """

    def __init__(self, tables: CatalogueTables, row: int) -> None:
        self._tables = tables
        self._row = tables.candidates[row]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._row.dtype.names:
            raise AttributeError(
                f"a candidate has no {name!r}, expected a column of the catalogue or one of cube, profile, plot"
            )
        value = self._row[name].item()
        return value.decode() if isinstance(value, bytes) else value

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._row.dtype.names]

    @property
    def fold(self) -> Fold:
        """Everything that was measured on the folded recording.

        Raises
        ------
        LookupError
            If the candidate was not folded.
        """
        self._check_folded()
        return self._tables.folds[self.cand_id]

    def _check_folded(self) -> None:
        if self.cand_id not in self._tables.folds:
            raise LookupError(
                f"candidate {self.cand_id} was not folded, so it has no cube; raise max_candidates and search again"
            )

    @property
    def cube(self) -> FoldedCube:
        """Folded cube: an array of shape [nsubints, nsubbands, nbins] that shows and plots itself."""
        return FoldedCube(self.fold, self.width_phase)

    @property
    def frame(self) -> str:
        """Frame of its period, frequency and epoch: topocentric or barycentric."""
        return self._tables.frame

    @property
    def profile(self) -> NDArray[np.float32]:
        """Pulse profile in units of its noise, shape [nbins]."""
        return self.fold.profile

    @property
    def detections(self) -> Any:
        """The detections that lead to this candidate, as an astropy QTable, the most significant first."""
        return quantity_table(relatives(self._tables.detections, self.cand_id), DETECTION_COLUMNS)

    def plot(self) -> Picture:
        """Draw its page: profile, signal over time and band, S/N against DM and period, score, numbers, and words.

        Raises
        ------
        LookupError
            If the candidate was not folded.
        """
        self._check_folded()
        return candidate_picture(self._tables, self._row)

    def explain(self) -> Sentences:
        """Say in sentences what speaks for and against a pulsar, the weightiest first.

        Returns
        -------
        Sentences
            A list of str that prints one sentence a line.

        Raises
        ------
        LookupError
            If the candidate was not folded.
        """
        self._check_folded()
        return Sentences(candidate_sentences(self._tables, self._row))

    def __repr__(self) -> str:
        known = known_text(self._row)
        accel = f"accel = {self.accel_m_s2:.3g} m/s^2, " if self.accel_m_s2 else ""
        # A fold by hand has none.
        sigma = f"sigma = {self.sigma:.1f}, " if np.isfinite(self.sigma) else ""
        return (
            f"Candidate {self.cand_id}{f' ({known})' if known else ''}: P = {1e3 * self.period_s:.8g} ms, {accel}"
            f"DM = {self.dm:.2f} pc cm^-3, S/N = {self.snr:.1f}, {sigma}score = {self.score:.2f}"
        )

    def _repr_html_(self) -> str:
        cells = "".join(self._html_row(column) for column in CANDIDATE_COLUMNS)
        return f"<table><caption>{escape(repr(self))}</caption>{cells}</table>"

    def _html_row(self, column: Column) -> str:
        text = value_text(column.name, self._row[column.name].item())
        value = escape(f"{text} {column.unit}".strip())
        return f"<tr><th>{column.name}</th><td>{value}</td><td>{escape(column.description)}</td></tr>" if text else ""
