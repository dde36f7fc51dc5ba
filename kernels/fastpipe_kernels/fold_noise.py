"""Noise of folded cubes: what is left of each element without the mean pulse, and medians."""

from typing import Any

import numpy as np

from fastpipe_kernels._jit import inlined, kernel
from fastpipe_kernels.lanes import LANES, load16, store16, where_greater16

_SIGN = 0x80000000
_HALF = 16


@kernel
def pulse_residuals(sums: Any, counts: Any, of_row: Any, pulse: Any, total: Any, least_share: float, residuals: Any) -> int:
    """Take the mean pulse off a cube: ``residuals = (sums - counts pulse) / sqrt(counts share)``, NaN where little is left.

    `sums` and `counts` float32 ``[n, m, nbins]``; `of_row` float64 ``[n, m]``: counts of each profile; `pulse` float64
    ``[m, nbins]``: mean of the sums over n for a count of 1; `total` float64 ``[m, nbins]``: counts that made it; both
    infinite for none; `residuals` float32 ``[n, m, nbins]``, overwritten. Of the variance of an element the means over phase
    and over n leave ``share = (1 - counts / of_row) (1 - counts / total)``; elements tell where they have counts and a share
    above `least_share`. Returns their number. Costs two divisions and a root, and 12 bytes, an element.
    """
    ntelling = 0
    for i in range(sums.shape[0]):
        for j in range(sums.shape[1]):
            for k in range(sums.shape[2]):
                count = np.float64(counts[i, j, k])
                share = (1.0 - count / of_row[i, j]) * (1.0 - count / total[j, k])
                is_telling = count > 0.0 and share > least_share
                left = np.float64(sums[i, j, k]) - count * pulse[j, k]
                residuals[i, j, k] = np.float32(left / np.sqrt(count * share)) if is_telling else np.float32(np.nan)
                ntelling += 1 if is_telling else 0
    return ntelling


@inlined
def _key(bits: Any) -> Any:
    """Return an integer of 32 bits that is in the order of a float32 with these bits."""
    value = np.int64(bits)
    return value + _SIGN if value < _SIGN else 2 * _SIGN - 1 - value


@kernel
def _bin_of(histogram: Any, rank: int) -> tuple[int, int]:
    """Return the bin that holds the value of a rank, and how many values lie in bins below."""
    below = 0
    for number in range(len(histogram)):
        if below + histogram[number] > rank:
            return number, below
        below += histogram[number]
    return len(histogram) - 1, below


@kernel
def middle_values(values: Any, histogram: Any, middle: Any) -> None:
    """Find the middle value of many, or the two in the middle: ``sort(values)[[(n - 1) // 2, n // 2]]``.

    `values` float32 ``[n]``, n at least 1, none NaN; `histogram` int64 ``[65536]`` is scratch; `middle` float32 ``[2]``,
    overwritten. The upper halves of the bits of all values are counted, then the lower ones of those with the upper half of
    the middle. Costs about ten operations and 8 bytes read a value.
    """
    bits, found = values.view(np.uint32), middle.view(np.uint32)
    upper, below, count = -1, 0, 0
    for which in range(2):
        rank = (len(values) - 1 + which) // 2
        if which == 0 or rank >= below + count:
            histogram[:] = 0
            for i in range(len(values)):
                histogram[_key(bits[i]) >> _HALF] += 1
            upper, below = _bin_of(histogram, rank)
            count = histogram[upper]
            histogram[:] = 0
            for i in range(len(values)):
                key = _key(bits[i])
                if key >> _HALF == upper:
                    histogram[key & ((1 << _HALF) - 1)] += 1
        lower, _ = _bin_of(histogram, rank - below)
        key = (upper << _HALF) + lower
        found[which] = key - _SIGN if key >= _SIGN else 2 * _SIGN - 1 - key


@kernel
def _sort_lanes(rows: Any, nrows: int) -> None:
    """Sort every lane of the first rows upwards, by Batcher's odd-even merging (Knuth, TAOCP 3, algorithm 5.2.2M)."""
    merged = 1
    while merged < nrows:
        distance = merged
        while distance >= 1:
            for first in range(distance % merged, nrows - distance, 2 * distance):
                for i in range(first, min(first + distance, nrows - distance)):
                    if i // (2 * merged) == (i + distance) // (2 * merged):
                        low, high = load16(rows, LANES * i), load16(rows, LANES * (i + distance))
                        store16(rows, LANES * i, where_greater16(low, high, high, low))
                        store16(rows, LANES * (i + distance), where_greater16(low, high, low, high))
            distance //= 2
        merged *= 2


@kernel
def column_medians(values: Any, counts: Any, rows: Any, medians: Any) -> None:
    """Find the median of every column: ``medians[j] = median(values[:counts[j], j])`` of the sorted column, 0 for none.

    `values` float32 ``[n, ncolumns]``, infinite where there is none; `counts` int64 ``[ncolumns]``: finite values of each
    column; `rows` float32 ``[n, 16]`` is scratch; `medians` float64 ``[ncolumns]``, overwritten. Costs n (log2 n)^2 / 2
    operations for 16 columns.
    """
    nrows, ncolumns = values.shape
    for first in range(0, ncolumns, LANES):
        width = min(LANES, ncolumns - first)
        for i in range(nrows):
            for lane in range(width):
                rows[i, lane] = values[i, first + lane]
        _sort_lanes(rows, nrows)
        for lane in range(width):
            count = counts[first + lane]
            middle = (
                np.float64(rows[max(count - 1, 0) // 2, lane]) + np.float64(rows[count // 2, lane]) if count > 0 else 0.0
            )
            medians[first + lane] = 0.5 * middle
