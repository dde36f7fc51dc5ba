"""Tables with units and descriptions: ECSV, and VOTable of the Virtual Observatory."""

import io
from pathlib import Path
from typing import Any

from fastpipe.data.flat_table import FlatTable
from fastpipe.io.atomic import replacing
from fastpipe.io.export.column_ucds import CANDIDATE_UCDS, DETECTION_UCDS

_VOTABLE_VERSION = "1.4"


def write_ecsv(path: Path, table: FlatTable) -> None:
    """Write a table as ECSV (Enhanced Character Separated Values): comma-separated text with units, types and descriptions.

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
    text = io.StringIO()
    _astropy_table(table).write(text, format="ascii.ecsv", delimiter=",")
    _write(path, text.getvalue().encode())


def write_votable(path: Path, table: FlatTable) -> None:
    """Write a table as VOTable 1.4 with units, descriptions and UCD1+ words.

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
    from astropy.io.votable import from_table
    from astropy.io.votable.tree import CooSys, Info

    descriptors = CANDIDATE_UCDS if table.name == "candidates" else DETECTION_UCDS
    votable = from_table(_astropy_table(table), table_id=table.name)
    votable.version = _VOTABLE_VERSION
    (resource,), (first,) = votable.resources, votable.resources[0].tables
    # Positions are those of the beams, in the system of J2000.
    resource.coordinate_systems.append(CooSys(ID="J2000", system="ICRS"))
    resource.infos.extend(Info(name=name, value=value) for name, value in table.meta.items())
    first.name = table.name
    for field in first.fields:
        field.ucd = descriptors[field.name]
        if field.name in ("ra_deg", "dec_deg"):
            field.ref = "J2000"
    content = io.BytesIO()
    # Astropy's writer in C (seen in 8.0) puts a byte behind its buffer where a row just fills it: sooner or later a crash.
    votable.to_xml(content, tabledata_format="tabledata", _debug_python_based_parser=True)
    # Astropy spells infinity in a way of its own.
    _write(path, content.getvalue().replace(b"InF</TD>", b"Inf</TD>"))


def _astropy_table(table: FlatTable) -> Any:
    # Astropy takes most of a second to import: only those who ask for these formats wait for it.
    from astropy.table import Column, Table

    columns = [
        Column(table.values[column.name], column.name, unit=column.unit or None, description=column.description)
        for column in table.columns
    ]
    return Table(columns, meta={"name": table.name, **table.meta})


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(content)
