"""The table of a catalogue that says what its search took."""

from collections.abc import Sequence

from fastpipe.data.stage_record import StageRecord
from fastpipe.data.tables import COST_COLUMNS, Table, empty_table

_MJD_OF_UNIX_EPOCH = 40587.0
_DAY_S = 86400.0


def cost_table(records: Sequence[StageRecord], obs_id: int) -> Table:
    """Return the table /costs of one observation.

    Parameters
    ----------
    records
        The stages in all processes and runs, finished or not.
    obs_id
        Number of the observation.

    Returns
    -------
    Table
        One row a record, with the columns of `COST_COLUMNS`, in the order of their begin.
    """
    table = empty_table(COST_COLUMNS, len(records))
    for row, record in zip(table, sorted(records, key=lambda record: record.start_unix_s), strict=True):
        row["obs_id"] = obs_id
        for name in ("nthreads", "ntasks", "wall_s", "cpu_s", "read_bytes", "peak_bytes"):
            row[name] = getattr(record, name)
        for name in ("stage", "host", "outcome"):
            row[name] = getattr(record, name).encode(errors="backslashreplace")
        row["start_mjd"] = _MJD_OF_UNIX_EPOCH + record.start_unix_s / _DAY_S
        row["core_s"] = record.nthreads * record.wall_s
    return table
