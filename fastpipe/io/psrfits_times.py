"""When each row of a PSRFITS file was recorded: lengths, dropped rows, and repairs of what the headers say."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.errors import FileFormatError
from fastpipe.io.psrfits_file import PsrfitsFile, RowTable

ROW_TOLERANCE: Final = 0.01
"""Fraction of a row by which times may differ from those expected and still count as equal: recorders round."""

MOST_JUMP: Final = 1e12
"""Samples beyond which a jump is damage; sums of such jumps over any number of rows stay within int64."""

_LATEST_S = 1e9
# Early files of FAST's 19-beam receiver have a TBIN too small by this factor, and OFFS_SUB with it.
_TBIN_FACTOR = 4


@dataclass(frozen=True, slots=True)
class RowTimes:
    """Place of the rows of one file on its own grid of samples."""

    tsamp: float
    """Sampling time in s, repaired where TSUBINT shows that TBIN is wrong."""
    starts: NDArray[np.int64]
    """First sample of each row, counted from the first row, shape [nrows]."""
    lengths: NDArray[np.int64]
    """Spectra of each row, shape [nrows]."""
    first_offset_s: float | None
    """Start of the first row in s after the start that the header gives, as OFFS_SUB says; None if it does not say."""
    oddities: tuple[str, ...]
    """What was odd about the times."""

    @property
    def nsamples(self) -> int:
        """Samples from the first row to the end of the last one."""
        return int(self.starts[-1] + self.lengths[-1])


def jump_samples(deviation_samples: float, nsblk: int) -> int:
    """Return how many samples are missing where a row or file starts late.

    Parameters
    ----------
    deviation_samples
        Start found less start expected, in samples, finite.
    nsblk
        Samples of a row.

    Returns
    -------
    int
        Missing samples, a whole number of rows where it is close to one; 0 within the tolerance; negative for overlaps.

    Examples
    --------
    >>> jump_samples(0.4, 1024), jump_samples(2050.0, 1024), jump_samples(-700.2, 1024)
    (0, 2048, -700)
    """
    tolerance = max(0.5, ROW_TOLERANCE * nsblk)
    nearest = nsblk * round(deviation_samples / nsblk)
    return nearest if abs(deviation_samples - nearest) <= tolerance else round(deviation_samples)


def drift_oddity(found_samples: float, placed_samples: float, nsblk: int) -> list[str]:
    """Say where times that differ little from row to row, or from file to file, add up to more than rounding.

    Parameters
    ----------
    found_samples
        From the first start to the last one in samples, as the times say.
    placed_samples
        The same by counting samples and gaps.
    nsblk
        Samples of a row.

    Returns
    -------
    list of str
        A sentence, or nothing.
    """
    drift = found_samples - placed_samples
    if abs(drift) <= max(1.0, ROW_TOLERANCE * nsblk):
        return []
    return [
        f"found times that run away from TBIN by {drift:.4g} in {placed_samples:.4g} samples: check TBIN, for periods are "
        "as wrong as it is"
    ]


def row_times(file: PsrfitsFile, table: RowTable) -> RowTimes:
    """Place the rows of one file on a grid of samples.

    Parameters
    ----------
    file
        The open file.
    table
        What its rows say.

    Returns
    -------
    RowTimes
        Starts and lengths of the rows.

    Raises
    ------
    FileFormatError
        If a row starts before the end of the one before it.
    """
    layout = file.layout
    lengths = np.full(layout.nrows, layout.nsblk, np.int64)
    lengths[-1] = _last_length(file, layout.nsblk)
    tsamp, is_trusted, oddities = _repair_tbin(table, layout.tsamp, lengths)
    if is_trusted and table.tsubint_s is not None and layout.nrows > 1:
        # A shorter last row tells its length by TSUBINT, which may be rounded in all rows.
        shorter_s = float(np.median(table.tsubint_s[:-1]) - table.tsubint_s[-1])
        lengths[-1] = min(int(lengths[-1]), max(1, layout.nsblk - round(shorter_s / tsamp)))
    offs_sub_s, more = _trusted_offs_sub(table, layout.nsblk * tsamp, _TBIN_FACTOR if tsamp != layout.tsamp else 1)
    if offs_sub_s is None:
        starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        return RowTimes(tsamp, starts, lengths, None, (*oddities, *more))
    edges = offs_sub_s / tsamp - lengths / 2.0
    starts = _starts(edges, lengths, layout.nsblk, file)
    # The middle of a shorter last row may be that of a whole one.
    whole = slice(-1) if lengths[-1] < layout.nsblk and len(starts) > 1 else slice(None)
    more += drift_oddity(float(np.ptp(edges[whole])), float(np.ptp(starts[whole])), layout.nsblk)
    return RowTimes(tsamp, starts, lengths, float(edges[0]) * tsamp, (*oddities, *more))


def _last_length(file: PsrfitsFile, nsblk: int) -> int:
    """Return the spectra of the last row, as the total number of samples says in newer files."""
    rest = file.subint.integer("NSTOT", 0) - (file.layout.nrows - 1) * nsblk
    return rest if 0 < rest < nsblk else nsblk


def _repair_tbin(table: RowTable, tsamp: float, lengths: NDArray[np.int64]) -> tuple[float, bool, list[str]]:
    """Compare TBIN with TSUBINT; return the sampling time in s, whether they agree now, and what was odd."""
    if table.tsubint_s is None:
        return tsamp, False, ["found no TSUBINT in the rows, so TBIN cannot be checked"]
    found_s = float(np.median(table.tsubint_s[: max(1, len(lengths) - 1)]))
    ratio = found_s / (int(lengths[0]) * tsamp)
    if abs(ratio - 1.0) <= ROW_TOLERANCE:
        return tsamp, True, []
    if abs(ratio / _TBIN_FACTOR - 1.0) <= ROW_TOLERANCE:
        repaired = _TBIN_FACTOR * tsamp
        return repaired, True, [f"found TBIN = {tsamp:g} s, but TSUBINT says {repaired:g} s, which is used: a known fault"]
    return (
        tsamp,
        False,
        [f"found rows of {found_s:g} s by TSUBINT and of {int(lengths[0]) * tsamp:g} s by TBIN; TBIN is used, check it"],
    )


def _trusted_offs_sub(table: RowTable, row_s: float, factor: int) -> tuple[NDArray[np.float64] | None, list[str]]:
    """Return OFFS_SUB in s where its usual step is the length of a row, and what was odd."""
    if table.offs_sub_s is None or np.abs(table.offs_sub_s).max() > _LATEST_S:
        return None, ["found no OFFS_SUB in the rows, so dropped rows cannot be found"]
    if len(table.offs_sub_s) == 1:
        return table.offs_sub_s, []
    step = float(np.median(np.diff(table.offs_sub_s))) / row_s
    for scale in (1, factor):
        if abs(step * scale - 1.0) <= ROW_TOLERANCE:
            return table.offs_sub_s * scale, []
    return None, [f"found steps of {step:.4g} rows in OFFS_SUB, expected 1: OFFS_SUB is not used, dropped rows stay unknown"]


def _starts(edges: NDArray[np.float64], lengths: NDArray[np.int64], nsblk: int, file: PsrfitsFile) -> NDArray[np.int64]:
    """Return the first sample of each row from the times of their edges in samples."""
    deviations = np.diff(edges) - lengths[:-1]
    if len(deviations) and lengths[-1] < nsblk:
        # Some writers give the middle of a whole row for a shorter one.
        other = deviations[-1] - (nsblk - int(lengths[-1])) / 2.0
        deviations[-1] = min(deviations[-1], other, key=abs)
    # The next step checks the sum of the jumps; a damaged time must not overflow before.
    jumps = [jump_samples(float(np.clip(deviation, -MOST_JUMP, MOST_JUMP)), nsblk) for deviation in deviations]
    for row, jump in enumerate(jumps, start=1):
        if jump < 0:
            raise FileFormatError(
                f"found row {row} of {file.path} to start {-jump} samples before the end of the one before it, expected "
                "rows in the order of time; repair OFFS_SUB"
            )
    return np.concatenate(([0], np.cumsum(lengths[:-1] + np.array(jumps, np.int64))))
