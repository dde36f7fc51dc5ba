"""Consecutive files of one observation as one recording."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import SECONDS_PER_DAY
from fastpipe.data.header import Header
from fastpipe.data.recording import Recording
from fastpipe.errors import HeaderError
from fastpipe.io.sample_range import check_sample_range

_SAME = ("nchans", "tsamp", "fch1", "foff", "nbits", "nifs", "ibeam", "is_barycentric", "dm")

# A date as MJD in double precision is good to about a microsecond.
_DATE_PRECISION_S = 2e-6


class JoinedRecording:
    """Several files read as one stream: a `fastpipe.data.recording.Recording`.

    Parameters
    ----------
    parts
        Open recordings in any order; they are put in the order of their dates.

    Raises
    ------
    HeaderError
        If the parts are not of one kind, or one does not start where the one before it ends, to half a sample.
    """

    def __init__(self, parts: Sequence[Recording]) -> None:
        self._parts = sorted(parts, key=lambda part: part.header.tstart)
        for before, after in pairwise(self._parts):
            _check_same(before, after)
            _check_contiguous(before, after)
        self._starts = np.cumsum([0] + [part.header.nsamples for part in self._parts])
        self._header = replace(self._parts[0].header, nsamples=int(self._starts[-1]))

    @property
    def header(self) -> Header:
        """Header of the first file, with the length of all."""
        return self._header

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files in the order of time."""
        return tuple(path for part in self._parts for path in part.paths)

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
        first = int(np.searchsorted(self._starts, start, side="right")) - 1
        first = min(first, len(self._parts) - 1)
        pieces: list[NDArray[Any]] = []
        for part, offset in zip(self._parts[first:], self._starts[first:-1].tolist(), strict=True):
            if offset >= stop and pieces:
                break
            pieces.append(part.read(max(start - offset, 0), max(min(stop - offset, part.header.nsamples), 0)))
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def _names(before: Recording, after: Recording) -> str:
    return f"{before.paths[0]} and {after.paths[0]}"


def _check_same(before: Recording, after: Recording) -> None:
    for name in _SAME:
        found = getattr(before.header, name), getattr(after.header, name)
        if found[0] != found[1]:
            raise HeaderError(
                f"found {name} = {found[0]} and {found[1]} in {_names(before, after)}, expected files of one observation; "
                "search them one by one"
            )


def _check_contiguous(before: Recording, after: Recording) -> None:
    header = before.header
    gap_s = (after.header.tstart - header.tstart) * SECONDS_PER_DAY - header.tobs_s
    if abs(gap_s) > 0.5 * header.tsamp + _DATE_PRECISION_S:
        kind = "a gap" if gap_s > 0 else "an overlap"
        raise HeaderError(
            f"found {kind} of {abs(gap_s):.3g} s between {_names(before, after)}, expected consecutive files; "
            "search them one by one"
        )
