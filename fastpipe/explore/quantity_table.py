"""Tables of a catalogue as astropy tables with units."""

from typing import Any

from fastpipe.data.tables import Column, Table


def quantity_table(table: Table, columns: tuple[Column, ...]) -> Any:
    """Turn a table of a catalogue into an astropy table.

    Parameters
    ----------
    table
        Structured array.
    columns
        Its columns.

    Returns
    -------
    astropy.table.QTable
        The same values with units and descriptions; texts as str.
    """
    # Astropy takes most of a second to import: only those who ask for a table wait for it.
    from astropy.table import QTable
    from astropy.units import Unit

    result = QTable()
    for column in columns:
        values = table[column.name]
        if values.dtype.kind == "S":
            values = values.astype(str)
        result[column.name] = values * Unit(column.unit) if column.unit else values
        result[column.name].info.description = column.description
    return result
