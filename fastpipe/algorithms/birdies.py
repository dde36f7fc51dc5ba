"""Which lines of a spectrum are interference: what is stronger at DM 0 than a distant source can be.

The power of a line is the logarithm of its likelihood, up to a constant, so the difference of its powers at two DMs is the
logarithm of the odds between them. A pulsar at any DM of 1 or more is stronger at some such DM than at DM 0, however bright
it is and however little the band tells, so it keeps all its harmonics; where the band cannot tell, a line is left alone.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.combs import Windows, close_windows, comb_windows, peaks_in
from fastpipe.algorithms.significance import power_threshold
from fastpipe.algorithms.subband_spectra import SubbandSpectra
from fastpipe.data.birdies import Birdies, Comb, ListedBirdie
from fastpipe.data.tables import BIRDIE_COLUMNS, Table, empty_table

_ODDS: Final = 8.0
"""Power by which an unexpected line must be stronger at DM 0 than at all other DMs: a pulsar gets there once in 3000."""
_COMB_ODDS: Final = -2.0
"""The same for lines that are expected: nothing may be clearly better than DM 0. Noise alone makes that of 1 in 20."""
_COMB_SIGMA: Final = 3.0
"""Significance for lines that are expected, after the trials in all their windows, which are few."""
_CLOSE_CHANCE: Final = 0.01
"""Chance of noise in each window of a comb that was found: one too many costs two Fourier bins, one too few a candidate."""
_WING_POWER: Final = 4.0
"""Power to which the wings of a line have fallen where its range ends."""
_WIDEST: Final = 0.1
"""Largest reach to either side relative to the frequency: below some Hz the noise that channels share hides the wings."""
_MOST_LINES: Final = 100_000
"""Lines that are looked at, the strongest first; more are a sign of trouble that removing lines does not cure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BirdieRules:
    """What makes a line a birdie."""

    sigma: float = 5.0
    """Significance at DM 0 after all trials of an unexpected line; infinite to look for expected ones only."""
    combs: tuple[Comb, ...] = ()
    """Where lines are expected."""
    dm_min: float = 1.0
    """Least DM of a distant source in pc cm^-3."""
    dm_max: float = 1000.0
    """Largest DM of a distant source in pc cm^-3."""
    max_zapped: float = 0.05
    """Largest fraction of the spectrum that may be removed, the strongest birdies first."""


def find_lines(subbands: SubbandSpectra, rules: BirdieRules) -> Birdies:
    """Find the birdies of a spectrum.

    Lines are peaks of the power at DM 0. An unexpected one must be significant after all trials of the spectrum and clearly
    stronger than at any DM of a distant source; an expected one (of `combs`) is taken at a lower threshold, where no other
    DM is clearly better, because its frequency is half of the evidence, and at a lower one still where other lines of its
    comb gave the frequency. A birdie reaches as far as its wings, which fall with the inverse square of the distance, are
    above the noise.

    Parameters
    ----------
    subbands
        Spectra of the sub-bands of a recording; of one band only, unexpected lines cannot be judged.
    rules
        Thresholds and combs.

    Returns
    -------
    Birdies
        Ranges that do not overlap, columns BIRDIE_COLUMNS.
    """
    powers = subbands.row_powers()
    rows, labels = _expected_lines(subbands, powers, rules)
    others, remarks = _peaks(powers, _threshold(rules.sigma, len(powers)))
    others = np.setdiff1d(others, rows)
    others = others[_odds(subbands, others, rules) > _ODDS]
    rows, labels = np.append(rows, others), np.append(labels, np.full(len(others), -1))
    at_zero = subbands.largest_powers(rows, 0.0, 0.0)
    table = _lines_to_table(rows, at_zero, labels, rules.combs, subbands.duration_s)
    table, more = _strongest(table, rules.max_zapped * len(powers) / (2.0 * subbands.duration_s))
    return Birdies(table, (*remarks, *more))


def listed_birdies(entries: tuple[ListedBirdie, ...], freq_max_hz: float, is_barycentric: bool, shift: float) -> Table:
    """Turn the lines of a list into birdies, one for each harmonic.

    Parameters
    ----------
    entries
        Lines of the list.
    freq_max_hz
        Frequency in Hz up to which harmonics are made.
    is_barycentric
        True where the recording was referred to the barycentre.
    shift
        Factor from frequencies of the other frame to those of the recording.

    Returns
    -------
    Table
        Columns BIRDIE_COLUMNS.

    Examples
    --------
    >>> listed_birdies((ListedBirdie(freq_hz=50.0, width_hz=0.1, nharm=9),), 120.0, False, 1.0)["freq_hz"].tolist()
    [50.0, 100.0]
    """
    rows = []
    for entry in entries:
        freq_hz = entry.freq_hz * (1.0 if entry.is_barycentric == is_barycentric else shift)
        last = min(entry.nharm, math.floor(freq_max_hz / freq_hz))
        rows += [(freq_hz * h, entry.width_hz * (h if entry.is_growing else 1), h) for h in range(1, last + 1)]
    table = empty_table(BIRDIE_COLUMNS, len(rows))
    for name, values in zip(("freq_hz", "width_hz", "harmonic"), np.array(rows).reshape(-1, 3).T, strict=True):
        table[name] = values
    table["power_dm0"] = np.nan
    table["source"] = b"list"
    return table


def join_birdies(tables: list[Table]) -> Table:
    """Join tables of birdies; returns them in the order of frequency, numbered from 1."""
    table = np.concatenate([empty_table(BIRDIE_COLUMNS), *tables])
    table = table[np.argsort(table["freq_hz"], kind="stable")]
    table["birdie_id"] = np.arange(1, len(table) + 1)
    return table


def _threshold(sigma: float, ntrials: int) -> float:
    """Power that noise exceeds in any of `ntrials` as rarely as a normal variable exceeds `sigma`."""
    return power_threshold(sigma, 1) + math.log(ntrials) if math.isfinite(sigma) else math.inf


def _odds(subbands: SubbandSpectra, rows: NDArray[np.int64], rules: BirdieRules) -> NDArray[np.float64]:
    """Return by how much the power of each row is larger at DM 0 than at the best DM of a distant source."""
    distant = subbands.largest_powers(rows, rules.dm_min, max(rules.dm_max, rules.dm_min))
    return subbands.largest_powers(rows, 0.0, 0.0) - distant


def _expected_lines(
    subbands: SubbandSpectra, powers: NDArray[np.float32], rules: BirdieRules
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of the lines of combs and the number of the comb of each, shape [nlines]."""
    place = len(powers), subbands.duration_s, subbands.subbands.sweep_s * rules.dm_max
    wide = comb_windows(rules.combs, *place)
    ntrials = max(int((wide["stop"] - wide["first"]).sum()), 1)
    windows, rows = _lines_in(wide, subbands, powers, np.full(len(wide), _threshold(_COMB_SIGMA, ntrials)), rules)
    close = close_windows(rules.combs, (windows, rows, powers[rows].astype(np.float64)), *place)
    is_found = np.isin(windows["comb"], close["comb"])
    thresholds = np.log(np.maximum(close["stop"] - close["first"], 1) / _CLOSE_CHANCE)
    more, others = _lines_in(close, subbands, powers, thresholds, rules)
    rows, first = np.unique(np.append(rows[is_found], others), return_index=True)
    return rows, np.append(windows["comb"][is_found], more["comb"])[first].astype(np.int64)


def _lines_in(
    windows: Windows,
    subbands: SubbandSpectra,
    powers: NDArray[np.float32],
    thresholds: NDArray[np.float64],
    rules: BirdieRules,
) -> tuple[Windows, NDArray[np.int64]]:
    """Return the window and the row of each peak that no DM makes clearly better, shape [nlines]."""
    numbers, rows = peaks_in(windows, powers, thresholds)
    is_line = _odds(subbands, rows, rules) > _COMB_ODDS
    return windows[numbers[is_line]], rows[is_line]


def _peaks(powers: NDArray[np.float32], threshold: float) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the rows of peaks that may be birdies, ascending, and a remark where there are too many."""
    rows = np.flatnonzero(powers > threshold)
    rows = rows[(rows >= 2) & (rows < len(powers) - 1)]
    rows = rows[(powers[rows] >= powers[rows - 1]) & (powers[rows] >= powers[rows + 1])]
    if len(rows) <= _MOST_LINES:
        return rows, ()
    strongest = np.argsort(-powers[rows], kind="stable")[:_MOST_LINES]
    return np.sort(rows[strongest]), (f"{len(rows)} lines stand out at DM 0; the strongest {_MOST_LINES} were looked at.",)


def _lines_to_table(
    rows: NDArray[np.int64],
    powers: NDArray[np.float64],
    labels: NDArray[np.int64],
    combs: tuple[Comb, ...],
    duration_s: float,
) -> Table:
    """Give every line its wings and join lines whose ranges touch; the strongest names them."""
    reach = np.maximum(np.minimum(np.sqrt(powers / _WING_POWER) / np.pi, _WIDEST * rows / 2.0), 1.0)
    order = np.argsort(rows / 2.0 - reach, kind="stable")
    rows, powers, labels, reach = rows[order], powers[order], labels[order], reach[order]
    first, last = rows / 2.0 - reach, np.maximum.accumulate(rows / 2.0 + reach)
    starts = np.flatnonzero(np.concatenate([np.ones(min(len(rows), 1), bool), first[1:] > last[:-1]]))
    stops = np.append(starts, len(rows))[1:]
    table = empty_table(BIRDIE_COLUMNS, len(starts))
    for birdie, start, stop in zip(table, starts, stops, strict=True):
        best = start + int(np.argmax(powers[start:stop]))
        birdie["freq_hz"] = (first[start] + last[stop - 1]) / 2.0 / duration_s
        birdie["width_hz"] = (last[stop - 1] - first[start]) / duration_s
        birdie["power_dm0"] = powers[best]
        comb = combs[labels[best]] if labels[best] >= 0 else None
        birdie["source"] = comb.source.encode() if comb else b"found"
        birdie["harmonic"] = round(rows[best] / (2.0 * duration_s * comb.freq_hz)) if comb else 0
    return table


def _strongest(table: Table, width_hz: float) -> tuple[Table, tuple[str, ...]]:
    """Return the strongest birdies that together are at most so wide, and a remark if some are left out."""
    order = np.argsort(-table["power_dm0"], kind="stable")
    is_kept = np.zeros(len(table), bool)
    is_kept[order[np.cumsum(table["width_hz"][order]) <= width_hz]] = True
    if is_kept.all():
        return table, ()
    nlost = np.count_nonzero(~is_kept)
    return table[is_kept], (
        f"{nlost} of {len(table)} birdies stay in the spectrum: all together are more of it than max_zapped allows.",
    )
