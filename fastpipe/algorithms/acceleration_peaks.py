"""Peaks of an acceleration search: which of the sums above the threshold are the highest around, and what they mean."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.acceleration_filters import DRIFT_STEP, JERK_STEP
from fastpipe.algorithms.chirp_response import mean_frequency_offset
from fastpipe.algorithms.harmonic_peaks import PEAK_DTYPE
from fastpipe.algorithms.significance import log_noise_probability, sigma_from_log_probability
from fastpipe.constants import LANES
from fastpipe.data.tables import Table
from fastpipe_kernels.acceleration_peaks import CELL_ROWS, CELL_STEPS

ACCELERATION_PEAK_DTYPE = np.dtype([*PEAK_DTYPE.descr, ("z", "f8"), ("w", "f8")])
"""Columns of the table of peaks; `z` is the drift of the fundamental in bins, positive where the frequency rises, and `w`
the change of the drift in bins."""

RECORD_DTYPE = np.dtype([("row", "i4"), ("step", "i4"), ("power", "f4"), ("wstep", "i2"), ("level", "i1"), ("lane", "i1")])
"""A sum above the threshold, as the kernels note it."""


def peak_table(records: Table, tobs_s: float) -> Table:
    """Make the table of peaks.

    Parameters
    ----------
    records
        The highest sum of every cell of 6 rows, 4 steps of drift and one step of jerk, type `RECORD_DTYPE`, in any order.
    tobs_s
        Length of the transform in s.

    Returns
    -------
    Table
        Those without a higher one within 6 rows, 4 steps of drift and one step of jerk, of the same lane and number of
        harmonics, type `ACCELERATION_PEAK_DTYPE`, sorted by lane, frequency, drift, change of drift and number of
        harmonics; those of constant frequency are left out.
    """
    records = _highest_around(records)
    records = records[(records["step"] != 0) | (records["wstep"] != 0)]
    table = np.zeros(records.size, ACCELERATION_PEAK_DTYPE)
    nharm = 1 << records["level"].astype(np.int64)
    table["lane"], table["nharm"], table["power"] = records["lane"], nharm, records["power"]
    table["z"] = DRIFT_STEP * records["step"] / nharm
    table["w"] = JERK_STEP * records["wstep"] / nharm
    table["freq_hz"] = (records["row"] / (2.0 * nharm) - mean_frequency_offset(1.0) * table["w"]) / tobs_s
    table["log_probability"] = log_noise_probability(records["power"], nharm)
    table["sigma"] = sigma_from_log_probability(table["log_probability"])
    return table[np.lexsort((table["nharm"], table["w"], table["z"], table["freq_hz"], table["lane"]))]


def _highest_around(records: Table) -> Table:
    """Keep the records that are the highest within a cell's length of rows and steps; of equal ones the first."""
    records = records[np.lexsort((records["step"], records["wstep"], records["row"], -records["power"]))]
    rank = np.arange(records.size)
    cell, (columns, rows) = _cell_numbers(records)
    # Blocks may share a cell: np.unique keeps the first of equal cells, which is the highest.
    cells, best = np.unique(cell, return_index=True)
    is_peak = np.zeros(records.size, bool)
    is_peak[best] = True
    row, step = (records[name][best].astype(np.int64) for name in ("row", "step"))
    for dw, dcolumn, drow in product((-1, 0, 1), repeat=3):
        if (dw, dcolumn, drow) == (0, 0, 0):
            continue
        wanted = cells + (dw * columns + dcolumn) * rows + drow
        place = np.minimum(np.searchsorted(cells, wanted), cells.size - 1)
        is_beaten = (
            (cells[place] == wanted)
            & (rank[best[place]] < rank[best])
            & (abs(row[place] - row) <= CELL_ROWS)
            & (abs(step[place] - step) <= CELL_STEPS)
        )
        is_peak[best[is_beaten]] = False
    return records[is_peak]


def _cell_numbers(records: Table) -> tuple[NDArray[np.int64], tuple[int, int]]:
    """Return the numbers of the cells of rows, steps, steps of jerk and series, with a margin in each but the last.

    With them, how many columns of steps and how many of rows there are.
    """
    row, column, wstep = records["row"] // CELL_ROWS, records["step"] // CELL_STEPS, records["wstep"]
    places, sizes = [], []
    for values in (wstep, column, row):
        values = values.astype(np.int64)
        places.append(values - values.min(initial=0) + 1)
        sizes.append(int(places[-1].max(initial=0)) + 2)
    series = records["level"].astype(np.int64) * LANES + records["lane"]
    cell = ((series * sizes[0] + places[0]) * sizes[1] + places[1]) * sizes[2] + places[2]
    return cell, (sizes[1], sizes[2])
