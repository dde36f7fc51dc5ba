"""Powers of the single harmonics of those detections that were refined."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.tables import DETECTION_COLUMNS, Table, empty_table

MOST_HARMONICS: Final = 32
"""Largest number of harmonics that the Fourier search sums."""


@dataclass(frozen=True, slots=True)
class HarmonicPowers:
    """Whitened powers of the harmonics that some detections summed; it goes with a table but is no part of the catalogue."""

    rows: NDArray[np.intp]
    """Rows of the table whose powers are here, ascending, shape [nrefined]."""
    powers: NDArray[np.float32]
    """Powers, mean 1 in noise, zeros beyond those summed, shape [nrefined, 32]."""

    @classmethod
    def none(cls) -> "HarmonicPowers":
        """Return those of a table of which no detection was refined."""
        return cls(np.zeros(0, np.intp), np.zeros((0, MOST_HARMONICS), np.float32))

    def place_of_each(self, ndetections: int) -> NDArray[np.intp]:
        """Return where in `powers` those of each row of the table are, -1 for nowhere, shape [ndetections]."""
        places = np.full(ndetections, -1, np.intp)
        places[self.rows] = np.arange(len(self.rows))
        return places

    def chosen(self, rows: NDArray[np.intp], ndetections: int) -> "HarmonicPowers":
        """Return the powers that go with some rows, in their order, of the table of `ndetections`.

        Examples
        --------
        >>> powers = HarmonicPowers(np.array([1, 3]), np.ones((2, 32), np.float32))
        >>> powers.chosen(np.array([3, 0, 1]), 4).rows.tolist()
        [0, 2]
        """
        places = self.place_of_each(ndetections)[rows]
        return HarmonicPowers(np.flatnonzero(places >= 0), self.powers[places[places >= 0]])


@dataclass(frozen=True, slots=True)
class FoundDetections:
    """Threshold crossings of a part of a search, or of all of it."""

    table: Table
    """Columns DETECTION_COLUMNS."""
    harmonics: HarmonicPowers
    """Powers of the harmonics of those that were refined."""

    @staticmethod
    def none() -> "FoundDetections":
        """Return those of a part in which nothing was found."""
        return FoundDetections(empty_table(DETECTION_COLUMNS), HarmonicPowers.none())

    @staticmethod
    def joined(parts: "Sequence[FoundDetections]") -> "FoundDetections":
        """Return the detections of one or more parts as one, in their order."""
        starts = np.cumsum([0, *(len(part.table) for part in parts)])
        rows = [part.harmonics.rows + start for part, start in zip(parts, starts[:-1], strict=True)]
        powers = np.concatenate([part.harmonics.powers for part in parts])
        return FoundDetections(np.concatenate([part.table for part in parts]), HarmonicPowers(np.concatenate(rows), powers))
