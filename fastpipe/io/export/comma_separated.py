"""Tables as comma-separated values, for spreadsheets and pandas."""

import csv
import io
import math
from pathlib import Path
from typing import Final

from fastpipe.data.flat_table import FlatTable
from fastpipe.io.atomic import replacing

_FORMULA_STARTS: Final = ("=", "+", "-", "@")


def write_comma_separated(path: Path, table: FlatTable) -> None:
    """Write a table as comma-separated values (RFC 4180, UTF-8).

    The first line holds the names of the columns and every other line is a row: a second line with units would become a
    row in spreadsheets, and a comment a row in pandas. Units are those of the catalogue, most of them part of the name.
    What is unknown (NaN) is an empty cell; numbers have all their digits. Spreadsheets run a text that begins with ``=``,
    ``+``, ``-`` or ``@`` as a formula, and names of sources come from anywhere, so an apostrophe is put before such a text.

    Parameters
    ----------
    path
        The file to write. An older one is replaced.
    table
        The table.

    Raises
    ------
    ResourceError, ConfigError
        If the file cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.name for column in table.columns])
    values = [table.values[column.name].tolist() for column in table.columns]
    writer.writerows([_cell(value) for value in row] for row in zip(*values, strict=True))
    with replacing(path) as temporary:
        temporary.write_bytes(text.getvalue().encode())


def _cell(value: float | str) -> float | str:
    if isinstance(value, str):
        return "'" + value if value.startswith(_FORMULA_STARTS) else value
    return "" if math.isnan(value) else value
