"""Sums of 1, 2, 4, 8, 16 and 32 harmonics of 16 power spectra, and their peaks.

Row j of the powers is the highest harmonic, at j / 2 Fourier bins. With S_1(j) = P[j],
``S_2H(j) = S_H(j) + sum over odd h < 2H of P[round(h j / 2H)]`` is the sum of 2H harmonics of the fundamental at j / 4H
Fourier bins, so that each level adds to the level before (Taylor & Huguenin 1969, Nature 221, 816). Level l has 2^l
harmonics.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import inlined, kernel
from fastpipe_kernels.lanes import LANES, greater_bits16, load16, splat16, store16

PEAK_WINDOW_ROWS = 6
"""Half bins of the highest harmonic around a peak inside which only the highest sum is kept."""


@inlined
def add_odd_harmonics(total: Any, powers: NDArray[np.float32], j: int, level: int) -> Any:
    """Add the harmonics h / 2^level of row j for all odd h, each from the row nearest to it."""
    half = 1 << (level - 1)
    for h in range(1, 1 << level, 2):
        total = total + load16(powers, ((h * j + half) >> level) << 4)
    return total


@inlined
def _store_sums(powers: NDArray[np.float32], j: int, nlevels: int, sums: NDArray[np.float32]) -> None:
    """Store the sums of all levels of row j. Each level is written out, so that the compiler unrolls its loop."""
    total = load16(powers, j << 4)
    store16(sums, 0, total)
    if nlevels > 1:
        total = add_odd_harmonics(total, powers, j, 1)
        store16(sums, 16, total)
    if nlevels > 2:
        total = add_odd_harmonics(total, powers, j, 2)
        store16(sums, 32, total)
    if nlevels > 3:
        total = add_odd_harmonics(total, powers, j, 3)
        store16(sums, 48, total)
    if nlevels > 4:
        total = add_odd_harmonics(total, powers, j, 4)
        store16(sums, 64, total)
    if nlevels > 5:
        total = add_odd_harmonics(total, powers, j, 5)
        store16(sums, 80, total)


@inlined
def _close_peak(level: int, lane: int, open_peaks: NDArray[Any], found: NDArray[Any], nfound: int) -> int:
    """Move the open peak of one level and lane to the list; returns the new length of the list."""
    found[nfound] = open_peaks[level, lane]
    open_peaks["power"][level, lane] = 0.0
    return nfound + 1


@kernel
def _note_crossings(
    sums: NDArray[np.float32], row: int, level: int, bits: int, open_peaks: NDArray[Any], found: NDArray[Any], nfound: int
) -> int:
    """Hold the sums of the lanes in `bits` against the open peaks; returns the new length of the list."""
    for lane in range(LANES):
        if not (bits >> lane) & 1:
            continue
        power = sums[level, lane]
        is_open = open_peaks["power"][level, lane] > 0.0
        if is_open and row - open_peaks["row"][level, lane] > PEAK_WINDOW_ROWS:
            nfound = _close_peak(level, lane, open_peaks, found, nfound)
            is_open = False
        if not is_open or power > open_peaks["power"][level, lane]:
            open_peaks["power"][level, lane] = power
            open_peaks["row"][level, lane] = row
    return nfound


@kernel
def harmonic_peaks(
    powers: NDArray[np.float32],
    span: NDArray[np.int64],
    limits: NDArray[np.int64],
    thresholds: NDArray[np.float32],
    open_peaks: NDArray[Any],
    found: NDArray[Any],
) -> int:
    """Find the peaks of the harmonic sums of a stretch of rows; returns how many it wrote to `found`.

    A sum above the threshold of its level opens a peak. A higher one within `PEAK_WINDOW_ROWS` of the open peak takes its
    place, a lower one there is passed over, and the first one beyond closes it: it is written, and the next is open. What
    is open at the end stays in `open_peaks`, so that a spectrum can be searched stretch by stretch with the same result.

    Parameters: `powers` float32 [nrows, 16]; `span` int64 [2], first row and row after the last; `limits` int64
    [nlevels, 2], the same for the rows in which each level is tested; `thresholds` float32 [nlevels]; `open_peaks` records
    (row, level, lane, power) [nlevels, 16], power 0 where no peak is open, changed; `found` records of the same kind,
    overwritten, room for 16 * nlevels * (span / (PEAK_WINDOW_ROWS + 1) + 2).

    Cost: 16 additions and 64 bytes read from cache a row and harmonic. The odd harmonics of each level run through the
    powers at their own pace, so for 32 harmonics 16.5 rows come from memory for every row searched: that is the limit.
    """
    nlevels = thresholds.size
    sums = np.empty((nlevels, LANES), np.float32)
    nfound = 0
    for j in range(span[0], span[1]):
        _store_sums(powers, j, nlevels, sums)
        for level in range(nlevels):
            if limits[level, 0] <= j < limits[level, 1]:
                bits = greater_bits16(load16(sums, level << 4), splat16(thresholds[level]))
                if bits:
                    nfound = _note_crossings(sums, j, level, bits, open_peaks, found, nfound)
    return nfound
