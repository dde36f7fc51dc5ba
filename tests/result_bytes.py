"""What two searches of one recording must have in common to the bit."""

from dataclasses import replace
from pathlib import Path

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.tables import COST_COLUMNS, empty_table
from fastpipe.io.catalogue import write_catalogue

_OF_THE_RUN = ("configuration", "host", "cpu", "threads")


def result_bytes(tables: CatalogueTables, folder: Path) -> bytes:
    """Return the file of a catalogue without what may differ: costs, the machine, and the options of the execution.

    Parameters
    ----------
    tables
        The catalogue.
    folder
        Where to write it for a moment.
    """
    provenance = {key: text for key, text in tables.provenance.items() if key not in _OF_THE_RUN}
    path = folder / "result_bytes.h5"
    write_catalogue(path, replace(tables, costs=empty_table(COST_COLUMNS), provenance=provenance))
    content = path.read_bytes()
    path.unlink()
    return content
