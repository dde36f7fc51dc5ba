"""A table with one kind of rows and all that is known of them, for programs that read one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from fastpipe.data.tables import Column


@dataclass(frozen=True, slots=True)
class FlatTable:
    """Columns with their values, texts as str."""

    name: str
    """What its rows are: candidates or detections."""
    columns: tuple[Column, ...]
    """Names, units and descriptions."""
    values: Mapping[str, NDArray[Any]]
    """The values of each column, shape [nrows]."""
    meta: Mapping[str, str]
    """What holds for all rows: frame, time scale, versions."""

    @property
    def nrows(self) -> int:
        """Number of rows."""
        return len(self.values[self.columns[0].name])
