"""Consecutive files of one observation as one recording."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import SECONDS_PER_DAY
from fastpipe.data.header import Header
from fastpipe.data.recording import Chunk, Recording
from fastpipe.errors import HeaderError
from fastpipe.io.sample_range import check_sample_range
from fastpipe.io.sigproc_fields import IFS_USED

LONGEST_GAP_S: Final = 10.0
"""Gaps between files up to this length in s are filled; files further apart are taken for different observations."""

_SAME = ("nchans", "tsamp", "fch1", "foff", "nbits", "nifs", "ibeam", "is_barycentric", "dm")

# A date as MJD in double precision is good to about a microsecond.
_DATE_PRECISION_S = 2e-6

# Samples before a gap whose mean fills it: enough for a steady level, few enough to follow a drifting one.
_LEVEL_SAMPLES = 256


class _Readable(Protocol):
    def read(self, start: int, stop: int) -> NDArray[Any]: ...


@dataclass(frozen=True, slots=True)
class _FilledGap:
    """A stretch that was not recorded."""

    level: NDArray[Any]
    """What every spectrum of the gap is, shape [nchans]."""

    def read(self, start: int, stop: int) -> NDArray[Any]:
        return np.tile(self.level, (stop - start, 1))


class JoinedRecording:
    """Several files read as one stream: a `fastpipe.data.recording.Recording`.

    A file that starts up to 10 s after the end of the one before it leaves a gap, which is filled with the mean of each
    channel over the last 256 samples before it.

    Parameters
    ----------
    parts
        Open recordings in any order; they are put in the order of their dates.

    Raises
    ------
    HeaderError
        If the parts are not of one kind, overlap, or are further apart than `LONGEST_GAP_S`.
    """

    def __init__(self, parts: Sequence[Recording]) -> None:
        self._parts = sorted(parts, key=lambda part: part.header.tstart)
        self._pieces: list[_Readable] = []
        self._starts = [0]
        self._gaps: list[Chunk] = []
        oddities: list[str] = []
        for number, part in enumerate(self._parts):
            if number > 0:
                oddities += self._fill_gap(self._parts[number - 1], part)
            self._gaps += [Chunk(self._starts[-1] + gap.start, self._starts[-1] + gap.stop) for gap in part.gaps]
            oddities += part.oddities
            self._append(part, part.header.nsamples)
        self._header = replace(self._parts[0].header, nsamples=self._starts[-1])
        self._oddities = tuple(dict.fromkeys(oddities))

    def _append(self, piece: _Readable, nsamples: int) -> None:
        self._pieces.append(piece)
        self._starts.append(self._starts[-1] + nsamples)

    def _fill_gap(self, before: Recording, after: Recording) -> tuple[str, ...]:
        _check_same(before, after)
        gap_samples = _count_missing(before, after)
        if gap_samples == 0:
            return ()
        self._append(_FilledGap(_level_at_end(before)), gap_samples)
        self._gaps.append(Chunk(self._starts[-2], self._starts[-1]))
        return (_describe_gap(before, after, gap_samples),)

    @property
    def header(self) -> Header:
        """Header of the first file, with the length of all."""
        return self._header

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files in the order of time."""
        return tuple(path for part in self._parts for path in part.paths)

    @property
    def gaps(self) -> tuple[Chunk, ...]:
        """Gaps between the files and within them, in the order of time."""
        return tuple(self._gaps)

    @property
    def oddities(self) -> tuple[str, ...]:
        """What the readers of the files found odd, each sentence once, and the gaps between files."""
        return self._oddities

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return spectra by position, across the borders of files.

        Parameters
        ----------
        start, stop
            Half-open range of samples, counted from the start of the first file.

        Returns
        -------
        ndarray
            Channels in file order, shape [stop - start, nchans].

        Raises
        ------
        ConfigError
            If the range is not within the recording.
        FileFormatError
            If a file has become shorter since it was opened.
        """
        check_sample_range(start, stop, self._header.nsamples)
        first = min(int(np.searchsorted(self._starts, start, side="right")) - 1, len(self._pieces) - 1)
        found: list[NDArray[Any]] = []
        for i in range(first, len(self._pieces)):
            piece_start, piece_stop = self._starts[i], self._starts[i + 1]
            if piece_start >= stop and found:
                break
            found.append(self._pieces[i].read(max(start, piece_start) - piece_start, min(stop, piece_stop) - piece_start))
        return found[0] if len(found) == 1 else np.concatenate(found)


def _names(before: Recording, after: Recording) -> str:
    return f"{before.paths[0]} and {after.paths[0]}"


def _check_same(before: Recording, after: Recording) -> None:
    pairs = {name: (getattr(before.header, name), getattr(after.header, name)) for name in _SAME}
    pairs[IFS_USED] = before.header.extra.get(IFS_USED), after.header.extra.get(IFS_USED)
    # Signed samples come half their range higher.
    pairs["signed"] = _is_signed(before), _is_signed(after)
    for name, found in pairs.items():
        if found[0] != found[1]:
            raise HeaderError(
                f"found {name} = {found[0]} and {found[1]} in {_names(before, after)}, expected files of one observation; "
                "search them one by one"
            )


def _is_signed(part: Recording) -> bool:
    return int(part.header.extra.get("signed", "0")) > 0


def _count_missing(before: Recording, after: Recording) -> int:
    header = before.header
    gap_s = (after.header.tstart - header.tstart) * SECONDS_PER_DAY - header.tobs_s
    if abs(gap_s) <= 0.5 * header.tsamp + _DATE_PRECISION_S:
        return 0
    if not 0.0 < gap_s <= LONGEST_GAP_S:
        kind = f"a gap of {gap_s:.3g} s" if gap_s > 0 else f"an overlap of {-gap_s:.3g} s"
        raise HeaderError(
            f"found {kind} between {_names(before, after)}, expected consecutive files at most {LONGEST_GAP_S:.0f} s apart; "
            "search them one by one"
        )
    return max(round(gap_s / header.tsamp), 1)


def _level_at_end(part: Recording) -> NDArray[Any]:
    nsamples = part.header.nsamples
    last = part.read(max(nsamples - _LEVEL_SAMPLES, 0), nsamples)
    level = last.mean(axis=0, dtype=np.float64)
    return np.asarray(np.floor(level + 0.5) if last.dtype == np.uint8 else level, last.dtype)


def _describe_gap(before: Recording, after: Recording, gap_samples: int) -> str:
    gap_s = gap_samples * before.header.tsamp
    return (
        f"Between {before.paths[0].name} and {after.paths[0].name} {gap_s:.3g} s are missing: {gap_samples} samples are "
        "filled with the mean of each channel."
    )
