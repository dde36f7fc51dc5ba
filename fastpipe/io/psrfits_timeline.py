"""The rows of all files of a scan on one grid of samples: order, gaps, overlaps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import SECONDS_PER_DAY
from fastpipe.data.recording import Chunk
from fastpipe.errors import FileFormatError, HeaderError
from fastpipe.io.psrfits_file import PsrfitsFile, RowTable
from fastpipe.io.psrfits_times import MOST_JUMP, RowTimes, drift_oddity, jump_samples, row_times

# More missing than recorded is not one observation, or the times are wrong.
_MOST_MISSING = 1.0
# int64 holds the sum of the starts of any number of rows below this.
_MOST_SAMPLES = 2**50
_MOST_ROWS = 1e9


@dataclass(frozen=True, slots=True)
class Timeline:
    """Place of every row of a recording, in the order of time."""

    files: tuple[PsrfitsFile, ...]
    """The files in the order of time."""
    tstart: float
    """Time of the first sample as MJD, UTC."""
    tsamp: float
    """Sampling time in s."""
    starts: NDArray[np.int64]
    """First sample of each row, shape [nrows of all files]."""
    lengths: NDArray[np.int64]
    """Spectra of each row, shape [nrows of all files]."""
    file_numbers: NDArray[np.int64]
    """Which of `files` a row is in, shape [nrows of all files]."""
    rows: NDArray[np.int64]
    """Number of the row in its file, shape [nrows of all files]."""
    is_blank: NDArray[np.bool_]
    """True for rows in which all weights are zero, shape [nrows of all files]."""
    oddities: tuple[str, ...]
    """What was odd about the times."""

    @property
    def nsamples(self) -> int:
        """Samples from the first row to the end of the last one."""
        return int(self.starts[-1] + self.lengths[-1])

    @property
    def gaps(self) -> tuple[Chunk, ...]:
        """Stretches without data, in the order of time: between rows, and rows without weight."""
        pieces = [
            *((int(stop), int(start)) for stop, start in zip(self._stops[:-1], self.starts[1:], strict=True)),
            *((int(self.starts[row]), int(self._stops[row])) for row in np.flatnonzero(self.is_blank)),
        ]
        merged: list[Chunk] = []
        for start, stop in sorted(piece for piece in pieces if piece[0] < piece[1]):
            if merged and merged[-1].stop == start:
                merged[-1] = Chunk(merged[-1].start, stop)
            else:
                merged.append(Chunk(start, stop))
        return tuple(merged)

    @property
    def _stops(self) -> NDArray[np.int64]:
        return self.starts + self.lengths


def make_timeline(files: Sequence[PsrfitsFile], tables: Sequence[RowTable]) -> Timeline:
    """Put the files of a scan in the order of time.

    FAST repeats the start of the scan in every file and counts the rows before it in NSUBOFFS, or in OFFS_SUB alone
    where NSUBOFFS was lost; other files have their own start. What makes the files follow one another is taken.

    Parameters
    ----------
    files
        The open files in any order.
    tables
        What their rows say, in the same order.

    Returns
    -------
    Timeline
        Place of every row.

    Raises
    ------
    FileFormatError
        If files or rows overlap.
    HeaderError
        If dates are missing or impossible, or more is missing than was recorded.
    """
    times = [row_times(file, table) for file, table in zip(files, tables, strict=True)]
    day = min(_start(file)[0] for file in files)
    starts_s, note = _choose_starts(files, times, day)
    order = sorted(range(len(files)), key=lambda number: (starts_s[number], files[number].path))
    missing = [_missing_samples(files, times, starts_s, pair) for pair in pairwise(order)]
    for (before, after), samples in zip(pairwise(order), missing, strict=True):
        if samples < 0:
            raise FileFormatError(
                f"found an overlap of {-samples * times[before].tsamp:.3g} s between {files[before].path} and "
                f"{files[after].path}, expected consecutive files; give each file of one scan once"
            )
    _check_missing([times[number] for number in order], missing)
    offsets = np.cumsum([0, *(times[number].nsamples + gap for number, gap in zip(order, [*missing, 0], strict=True))])
    found_samples = (starts_s[order[-1]] - starts_s[order[0]]) / times[order[0]].tsamp
    note = [*note, *drift_oddity(found_samples, float(offsets[-2]), files[0].layout.nsblk)]
    rows_of_each = [len(times[number].starts) for number in order]
    return Timeline(
        files=tuple(files[number] for number in order),
        tstart=day + starts_s[order[0]] / SECONDS_PER_DAY,
        tsamp=times[order[0]].tsamp,
        starts=np.concatenate([times[n].starts + offset for n, offset in zip(order, offsets[:-1], strict=True)]),
        lengths=np.concatenate([times[number].lengths for number in order]),
        file_numbers=np.repeat(np.arange(len(order)), rows_of_each),
        rows=np.concatenate([np.arange(nrows) for nrows in rows_of_each]),
        is_blank=np.concatenate([tables[number].is_blank for number in order]),
        # All files of a scan have the same faults: each is said once.
        oddities=tuple(dict.fromkeys([*(oddity for number in order for oddity in times[number].oddities), *note])),
    )


def shorten(timeline: Timeline, nsamples: int) -> Timeline:
    """Return the timeline with fewer spectra in its last row.

    Parameters
    ----------
    timeline
        Place of every row.
    nsamples
        Samples that stay, at least one of the last row.

    Returns
    -------
    Timeline
        The same with another length of the last row.
    """
    return replace(timeline, lengths=np.append(timeline.lengths[:-1], nsamples - timeline.starts[-1]))


def _start(file: PsrfitsFile) -> tuple[int, float]:
    """Return the start that the header gives: day as MJD, and s after its beginning."""
    day, second = file.primary.integer("STT_IMJD"), file.primary.number("STT_SMJD")
    fraction_s = file.primary.number("STT_OFFS", 0.0)
    if not (0 <= day <= 10**6 and abs(second) <= 10 * SECONDS_PER_DAY and abs(fraction_s) <= SECONDS_PER_DAY):
        raise HeaderError(
            f"found the start STT_IMJD = {day}, STT_SMJD = {second}, STT_OFFS = {fraction_s} in {file.path}, expected a "
            "date; repair the header"
        )
    return day, second + fraction_s


def _rows_before(file: PsrfitsFile) -> float:
    nsuboffs = file.subint.number("NSUBOFFS", 0.0)
    if not 0.0 <= nsuboffs <= _MOST_ROWS:
        raise HeaderError(f"found NSUBOFFS = {nsuboffs} in {file.path}, expected a number of rows; repair the header")
    return nsuboffs


def _choose_starts(files: Sequence[PsrfitsFile], times: Sequence[RowTimes], day: int) -> tuple[list[float], list[str]]:
    """Return the start of each file in s after `day`, by the rule under which the files fit best, and what was odd."""
    header_s, nsuboffs_s, offs_sub_s = [], [], []
    for file, time in zip(files, times, strict=True):
        file_day, second = _start(file)
        row_s = file.layout.nsblk * time.tsamp
        header_s.append((file_day - day) * SECONDS_PER_DAY + second)
        nsuboffs_s.append(header_s[-1] + _rows_before(file) * row_s)
        by_rows = header_s[-1] + (time.first_offset_s or 0.0)
        # The first rows of a file may be dropped too, but OFFS_SUB may as well count from the start of the file.
        offs_sub_s.append(by_rows if by_rows > nsuboffs_s[-1] + row_s / 2.0 else nsuboffs_s[-1])
    note = "found the start of the recording by {}: check the times"
    rules = [(offs_sub_s, []), (nsuboffs_s, [note.format("NSUBOFFS, against OFFS_SUB")])]
    rules.append((header_s, [note.format("STT_IMJD, STT_SMJD and STT_OFFS, against NSUBOFFS")]))
    if len(files) == 1:
        late_s = offs_sub_s[0] - nsuboffs_s[0]
        return offs_sub_s, [f"found OFFS_SUB of the first row {late_s:g} s late: the start follows OFFS_SUB"] * (
            late_s > 0.0
        )
    fits = [_misfit(files, times, starts_s) for starts_s, _ in rules]
    return rules[fits.index(min(fits))]


def _misfit(files: Sequence[PsrfitsFile], times: Sequence[RowTimes], starts_s: Sequence[float]) -> int:
    """Return 0 for contiguous files, 1 for files with gaps, 2 for overlaps."""
    order = sorted(range(len(files)), key=lambda number: starts_s[number])
    missing = [_missing_samples(files, times, starts_s, pair) for pair in pairwise(order)]
    return 2 if min(missing) < 0 else int(max(missing) > 0)


def _missing_samples(
    files: Sequence[PsrfitsFile], times: Sequence[RowTimes], starts_s: Sequence[float], pair: tuple[int, int]
) -> int:
    before, after = pair
    late_s = starts_s[after] - starts_s[before]
    late_samples = float(np.clip(late_s / times[before].tsamp - times[before].nsamples, -MOST_JUMP, MOST_JUMP))
    return jump_samples(late_samples, files[before].layout.nsblk)


def _check_missing(times: Sequence[RowTimes], missing: Sequence[int]) -> None:
    recorded = sum(int(time.lengths.sum()) for time in times)
    total = sum(time.nsamples for time in times) + sum(missing)
    if total - recorded > _MOST_MISSING * recorded or total > _MOST_SAMPLES:
        tsamp = times[0].tsamp
        raise HeaderError(
            f"found gaps of {(total - recorded) * tsamp:.3g} s in a recording with {recorded * tsamp:.3g} s of data, "
            "expected consecutive rows and files; search the files one by one, or repair TBIN, STT_* or OFFS_SUB"
        )
