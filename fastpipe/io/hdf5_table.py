"""Tables with units in HDF5, as plain h5py, astropy and pandas read them.

A table is one compound dataset. HDF5 has no attributes for its columns, so units and descriptions are written twice: as
attributes ``<column>.unit`` and ``<column>.description`` of the dataset, for people and h5py; and as a dataset
``<table>.__table_column_meta__`` beside it, from which ``astropy.table.QTable.read`` takes them.
"""

import json
from typing import Any, Final

import h5py
import numpy as np

from fastpipe.data.tables import Column, Table, empty_table

ASTROPY_META_SUFFIX: Final = ".__table_column_meta__"
"""Ending of the name of the dataset in which astropy keeps units and descriptions."""

_ASTROPY_KINDS: Final = {"S": "string", "i": "int", "f": "float"}


def write_table(group: h5py.Group, name: str, columns: tuple[Column, ...], table: Table) -> None:
    """Write a table into a group.

    Parameters
    ----------
    group
        Group of an open HDF5 file.
    name
        Name of the dataset.
    columns
        The columns that the table has.
    table
        The rows, shape [nrows].
    """
    dataset = group.create_dataset(name, data=table)
    for column in columns:
        dataset.attrs[f"{column.name}.unit"] = column.unit
        dataset.attrs[f"{column.name}.description"] = column.description
    lines = ["datatype:", *(_astropy_line(column) for column in columns)]
    group.create_dataset(name + ASTROPY_META_SUFFIX, data=np.array([line.encode() for line in lines]))


def _astropy_line(column: Column) -> str:
    dtype = np.dtype(column.dtype)
    kind = _ASTROPY_KINDS[dtype.kind]
    datatype = kind if dtype.kind == "S" else f"{kind}{8 * dtype.itemsize}"
    # Texts in the form of JSON are texts in YAML too, whatever characters they hold.
    unit = f", unit: {json.dumps(column.unit)}" if column.unit else ""
    return f"- {{name: {column.name}{unit}, datatype: {datatype}, description: {json.dumps(column.description)}}}"


def read_table(group: h5py.Group, name: str, columns: tuple[Column, ...]) -> Table:
    """Read a table out of a group.

    Parameters
    ----------
    group
        Group of an open HDF5 file.
    name
        Name of the dataset.
    columns
        The columns to read; others that the table may have are left out.

    Returns
    -------
    Table
        The rows, shape [nrows].

    Raises
    ------
    KeyError
        If there is no such table.
    ValueError
        If it lacks one of the columns.
    """
    stored: Any = group[name][()]
    table = empty_table(columns, len(stored))
    for column in columns:
        table[column.name] = stored[column.name]
    return table
