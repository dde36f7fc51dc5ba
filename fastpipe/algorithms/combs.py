"""Where the lines of combs are looked for: widely at first, then closely around the frequency that was found."""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.birdies import Comb

Windows = NDArray[Any]
"""Records of `comb` (its number), `harmonic`, `first` row and `stop`, the row after the last."""

_WINDOW: Final = np.dtype([("comb", "i4"), ("harmonic", "i4"), ("first", "i8"), ("stop", "i8")])
_LEAST_REACH: Final = 2.0
"""Rows, half a Fourier bin each, that a window reaches at least to either side of its middle."""
_LEAST_TURNS: Final = 0.25
"""Turns of phase that the largest DM must sweep a fundamental through if its DM is to tell anything."""
_BLIND_COVER: Final = 0.01
"""Where the DM tells nothing, the harmonics that are known to this part of a fundamental: ten of the mains."""
_BLIND_LINES: Final = 3
"""Harmonics of which this many must be seen where the DM tells nothing and the fundamental is not seen."""


def comb_windows(combs: tuple[Comb, ...], nrows: int, duration_s: float, dm_sweep_s: float) -> Windows:
    """Return where the harmonics of combs may lie.

    Parameters
    ----------
    combs
        Fundamentals with their errors.
    nrows
        Rows of the spectrum: row j is j / 2 Fourier bins.
    duration_s
        Length of the transform in s.
    dm_sweep_s
        Time in s by which the largest DM delays the bottom of the band behind its top.

    Returns
    -------
    ndarray
        One window for each harmonic below the Nyquist frequency; fewer where `dm_sweep_s` cannot tell a pulsar from a comb.
    """
    windows = []
    for number, comb in enumerate(combs):
        for harmonic in range(1, _last_harmonic(comb, nrows, duration_s, dm_sweep_s) + 1):
            middle = 2.0 * harmonic * comb.freq_hz * duration_s
            windows.append((number, harmonic, *_rows_around(middle, comb.tolerance * middle, nrows)))
    return np.array(windows, _WINDOW)


def close_windows(
    combs: tuple[Comb, ...],
    lines: tuple[Windows, NDArray[np.int64], NDArray[np.float64]],
    nrows: int,
    duration_s: float,
    dm_sweep_s: float,
) -> Windows:
    """Return where the other harmonics of combs lie of which lines were found.

    A comb counts as found with any of its lines; where the DM cannot tell a pulsar from it, with its fundamental or three of
    its harmonics. The lines give its frequency, each with the weight of its power times its harmonic squared, and how far
    that wandered.

    Parameters
    ----------
    combs
        Fundamentals with their errors.
    lines
        Of the lines found: window, row and power, each of shape [nlines].
    nrows, duration_s, dm_sweep_s
        As for `comb_windows`.

    Returns
    -------
    ndarray
        Windows of the combs that were found.
    """
    windows = []
    for number, comb in enumerate(combs):
        is_own = lines[0]["comb"] == number
        harmonics, rows = lines[0]["harmonic"][is_own], lines[1][is_own]
        if not _is_found(harmonics, _is_blind(comb, dm_sweep_s)):
            continue
        weights = lines[2][is_own] * harmonics**2.0
        fundamental = float(np.average(rows / harmonics, weights=weights))
        wander = math.sqrt(float(np.average((rows / harmonics - fundamental) ** 2, weights=weights)))
        # The middle of a line is known to half a row: the highest harmonic gives the fundamental best.
        error = 2.0 * wander + 0.5 / float(harmonics.max())
        for harmonic in range(1, _last_harmonic(comb, nrows, duration_s, dm_sweep_s) + 1):
            reach = min(harmonic * error, comb.tolerance * harmonic * fundamental)
            windows.append((number, harmonic, *_rows_around(harmonic * fundamental, reach, nrows)))
    return np.array(windows, _WINDOW)


def peaks_in(
    windows: Windows, powers: NDArray[np.float32], thresholds: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the peaks in windows.

    Parameters
    ----------
    windows
        Made by `comb_windows` or `close_windows`.
    powers
        Power of each row, shape [nrows].
    thresholds
        Power that a peak must exceed in each window, shape [nwindows].

    Returns
    -------
    numbers, rows : ndarray
        Place of the window in `windows`, and row that is no lower than its neighbours, for each peak, shape [npeaks].
    """
    numbers, rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for number, (window, threshold) in enumerate(zip(windows, thresholds, strict=True)):
        high = window["first"] + np.flatnonzero(powers[window["first"] : window["stop"]] > threshold)
        rows.append(high[(powers[high] >= powers[high - 1]) & (powers[high] >= powers[high + 1])])
        numbers.append(np.full(len(rows[-1]), number))
    return np.concatenate(numbers), np.concatenate(rows)


def _last_harmonic(comb: Comb, nrows: int, duration_s: float, dm_sweep_s: float) -> int:
    """Return the last harmonic that is looked at."""
    last = math.floor((nrows - 1) / (2.0 * comb.freq_hz * duration_s))
    if _is_blind(comb, dm_sweep_s):
        last = min(last, round(_BLIND_COVER / comb.tolerance))
    return min(last, comb.nharm or last)


def _is_blind(comb: Comb, dm_sweep_s: float) -> bool:
    """Tell whether no DM of the search changes the lowest lines of a comb, so that a pulsar looks the same."""
    return dm_sweep_s * comb.freq_hz < _LEAST_TURNS


def _is_found(harmonics: NDArray[np.int32], is_blind: bool) -> bool:
    """Tell whether lines at these harmonics show a comb."""
    return len(harmonics) > 0 and (not is_blind or 1 in harmonics or len(np.unique(harmonics)) >= _BLIND_LINES)


def _rows_around(middle: float, reach: float, nrows: int) -> tuple[int, int]:
    """Return the first row and the row after the last of a window; they have neighbours on both sides."""
    reach = max(reach, _LEAST_REACH)
    first = max(math.ceil(middle - reach), 2)
    return first, max(min(math.floor(middle + reach) + 1, nrows - 1), first)
