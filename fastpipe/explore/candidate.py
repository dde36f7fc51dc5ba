"""A candidate that shows and explains itself."""

from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.scoring import explain
from fastpipe.data.catalogue import CatalogueTables, Fold
from fastpipe.data.ledger import observation_of, plain_row, relatives
from fastpipe.explore.quantity_table import quantity_table
from fastpipe.plotting.candidate import draw_candidate
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
        fold = self._tables.folds.get(self.cand_id)
        if fold is None:
            raise LookupError(
                f"candidate {self.cand_id} was not folded, so it has no cube; raise max_candidates and search again"
            )
        return fold

    @property
    def cube(self) -> NDArray[np.float32]:
        """Folded cube, shape [nsubints, nsubbands, nbins]."""
        return self.fold.cube.cube

    @property
    def profile(self) -> NDArray[np.float32]:
        """Pulse profile in units of its noise, shape [nbins]."""
        return self.fold.profile

    @property
    def detections(self) -> Any:
        """The detections that lead to this candidate, as an astropy QTable, the most significant first."""
        from fastpipe.data.tables import DETECTION_COLUMNS

        return quantity_table(relatives(self._tables.detections, self.cand_id), DETECTION_COLUMNS)

    def plot(self) -> Picture:
        """Draw the whole candidate: profile, persistence over time and band, DM curve, period map, and words."""
        observation = observation_of(self._tables.observations, self._row)
        return Picture(draw_candidate(self._row, observation, self.fold, self.explain()))

    def explain(self) -> list[str]:
        """Say in sentences what speaks for and against a pulsar."""
        return explain(self.fold.features)

    def __repr__(self) -> str:
        accel = f"accel = {self.accel_m_s2:.3g} m/s^2, " if self.accel_m_s2 else ""
        return (
            f"Candidate {self.cand_id}: P = {1e3 * self.period_s:.8g} ms, {accel}DM = {self.dm:.2f} pc cm^-3, "
            f"S/N = {self.snr:.1f}, sigma = {self.sigma:.1f}, score = {self.score:.2f}"
        )

    def _repr_html_(self) -> str:
        row = plain_row(self._row)
        cells = "".join(
            f"<tr><th>{name}</th><td>{escape(str(value))}</td></tr>"
            for name, value in row.items()
            if value not in (None, "")
        )
        return f"<table><caption>{escape(repr(self))}</caption>{cells}</table>"
