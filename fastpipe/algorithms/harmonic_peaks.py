"""Peaks of harmonic sums above the noise, as a table with their significance."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.significance import log_noise_probability, power_threshold, sigma_from_log_probability
from fastpipe.constants import LANES
from fastpipe.data.tables import Table
from fastpipe_kernels.harmonic_sum import PEAK_WINDOW_ROWS, harmonic_peaks

PEAK_DTYPE = np.dtype(
    [
        *(("lane", "i4"), ("freq_hz", "f8"), ("nharm", "i4"), ("power", "f4"), ("sigma", "f8"), ("log_probability", "f8")),
        ("nzapped", "i4"),
    ]
)
"""Columns of the table of peaks; power, sigma and probability are those of one trial."""

_SPAN_ROWS = 1 << 14
"""Rows that are searched at a time, for the sake of memory."""
_RECORD = np.dtype([("row", "i8"), ("level", "i4"), ("lane", "i4"), ("power", "f4")])


def find_peaks(powers: NDArray[np.float32], limits: NDArray[np.int64], sigma_min: float, tobs_s: float) -> Table:
    """Find the peaks of all harmonic sums of 16 spectra.

    Parameters
    ----------
    powers
        Normalised powers at half bins, shape [nrows, 16], C order.
    limits
        First row and row after the last in which sums of 1, 2, 4 ... harmonics are tested, shape [nlevels, 2].
    sigma_min
        Gaussian equivalent of the least significant peak that is kept.
    tobs_s
        Length of the transform in s: a row is half a turn in it.

    Returns
    -------
    Table
        Sorted by lane, frequency and number of harmonics, type `PEAK_DTYPE`.
    """
    return _peak_table(_records(powers, limits, sigma_min), tobs_s)


def records_bytes(nlevels: int) -> int:
    """Return the bytes of working space that finding the peaks of sums of `nlevels` numbers of harmonics needs."""
    return _record_capacity(nlevels) * _RECORD.itemsize


def _record_capacity(nlevels: int) -> int:
    return LANES * nlevels * (_SPAN_ROWS // (PEAK_WINDOW_ROWS + 1) + 2)


def _records(powers: NDArray[np.float32], limits: NDArray[np.int64], sigma_min: float) -> Table:
    """Return the peaks of all harmonic sums as records of row, level, lane and power, in no particular order."""
    nlevels = limits.shape[0]
    thresholds = np.array([power_threshold(sigma_min, 1 << level) for level in range(nlevels)], np.float32)
    open_peaks = np.zeros((nlevels, LANES), _RECORD)
    open_peaks["level"] = np.arange(nlevels)[:, np.newaxis]
    open_peaks["lane"] = np.arange(LANES)
    found = np.empty(_record_capacity(nlevels), _RECORD)
    parts = []
    first, last = int(limits[:, 0].min()), int(limits[:, 1].max())
    for start in range(first, last, _SPAN_ROWS):
        span = np.array([start, min(start + _SPAN_ROWS, last)])
        nfound = harmonic_peaks(powers, span, limits, thresholds, open_peaks, found)
        parts.append(found[:nfound].copy())
    return np.concatenate([*parts, open_peaks[open_peaks["power"] > 0]])


def _peak_table(records: Table, tobs_s: float) -> Table:
    table = np.zeros(records.size, PEAK_DTYPE)
    nharm = 1 << records["level"]
    table["lane"] = records["lane"]
    table["nharm"] = nharm
    table["freq_hz"] = records["row"] / (2.0 * nharm * tobs_s)
    table["power"] = records["power"]
    table["log_probability"] = log_noise_probability(records["power"], nharm)
    table["sigma"] = sigma_from_log_probability(table["log_probability"])
    return table[np.lexsort((table["nharm"], table["freq_hz"], table["lane"]))]
