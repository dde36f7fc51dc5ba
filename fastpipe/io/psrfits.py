"""PSRFITS search-mode recordings: one file or all files of a scan, read by position."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.data.recording import Chunk
from fastpipe.errors import ConfigError
from fastpipe.io.psrfits_file import PsrfitsFile
from fastpipe.io.psrfits_header import make_header
from fastpipe.io.psrfits_samples import SampleDecoder
from fastpipe.io.psrfits_timeline import Timeline, make_timeline, shorten
from fastpipe.io.sample_range import check_sample_range


class PsrfitsRecording:
    """The open files of one scan: a `fastpipe.data.recording.Recording`.

    Examples
    --------
    >>> PsrfitsRecording.open(["/nowhere/x.fits"])
    Traceback (most recent call last):
        ...
    fastpipe.errors.InputMissingError: found no file /nowhere/x.fits, expected one to read; check the path
    """

    def __init__(self, timeline: Timeline, header: Header, decoder: SampleDecoder, oddities: tuple[str, ...]) -> None:
        self._timeline = timeline
        self._header = header
        self._decoder = decoder
        self._oddities = oddities
        self._gaps = timeline.gaps
        self._row_means: dict[int, NDArray[Any]] = {}

    @classmethod
    def open(cls, paths: Sequence[str | Path]) -> Self:
        """Open the files of a scan.

        Parameters
        ----------
        paths
            One file or several of one beam in any order.

        Returns
        -------
        PsrfitsRecording
            The open recording. Its files are closed when the object is dropped.

        Raises
        ------
        ConfigError
            If no path is given.
        InputMissingError
            If a file does not exist or may not be read.
        FileFormatError
            If a file is no search-mode PSRFITS, is truncated, or overlaps another one.
        HeaderError
            If headers are damaged, or the files are not of one scan.
        """
        if not paths:
            raise ConfigError("found no file, expected at least one recording; name one")
        files = [PsrfitsFile.open(Path(path)) for path in paths]
        tables = [file.row_table() for file in files]
        timeline = make_timeline(files, tables)
        use_weights = not timeline.is_blank.all()
        oddities: list[str] = []
        if not use_weights:
            timeline = replace(timeline, is_blank=np.zeros_like(timeline.is_blank))
            oddities.append("found all weights to be zero: they are not used")
        npadded = _count_padding(timeline)
        if npadded:
            timeline = shorten(timeline, timeline.nsamples - npadded)
            oddities.append(f"found {npadded} spectra of zeros at the end of the last row: they are left out")
        header, more = make_header(timeline)
        nmasked = sum(table.nmasked for table in tables)
        if nmasked:
            fraction = nmasked / (header.nchans * np.count_nonzero(~timeline.is_blank))
            oddities.append(f"found weight zero for {fraction:.1%} of channels and rows: the channel's mean fills them")
        has_scales = any(table.has_scales for table in tables)
        decoder = SampleDecoder(timeline, has_scales=has_scales, has_masked=nmasked > 0, use_weights=use_weights)
        return cls(timeline, header, decoder, (*timeline.oddities, *more, *oddities))

    @property
    def header(self) -> Header:
        """What the first file says, with the length of all."""
        return self._header

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files in the order of time."""
        return tuple(file.path for file in self._timeline.files)

    @property
    def gaps(self) -> tuple[Chunk, ...]:
        """Stretches of dropped rows, missing files and rows without weight, in the order of time."""
        return self._gaps

    @property
    def oddities(self) -> tuple[str, ...]:
        """Sentences on what is odd about headers and rows, and what was decided."""
        return self._oddities + self._decoder.oddities

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return spectra by position, across rows, files and gaps.

        Parameters
        ----------
        start, stop
            Half-open range of samples, counted from the start of the first file.

        Returns
        -------
        ndarray
            A fresh array of total intensities, channels in file order, shape [stop - start, nchans]: uint8 where the file
            holds 8 bits or fewer of one intensity that need no scales, else float32. Signed samples that come as uint8
            have half their range added. Gaps hold the mean of each channel over the last row before.

        Raises
        ------
        ConfigError
            If the range is not within the recording.
        FileFormatError
            If a file has become shorter since it was opened.
        """
        check_sample_range(start, stop, self._header.nsamples)
        timeline = self._timeline
        out = np.empty((stop - start, self._header.nchans), self._decoder.dtype)
        number = int(np.searchsorted(timeline.starts, start, side="right")) - 1
        while start < stop:
            row_start = int(timeline.starts[number])
            row_stop = row_start + int(timeline.lengths[number])
            next_start = int(timeline.starts[number + 1]) if number + 1 < len(timeline.starts) else row_stop
            left = out[out.shape[0] - (stop - start) :]
            if start < row_stop:
                end = min(row_stop, stop)
                self._fill_row(number, start - row_start, end - row_start, left[: end - start])
            else:
                end = min(next_start, stop)
                left[: end - start] = self._mean_before(number)
            start = end
            number += start >= next_start
        return out

    def _fill_row(self, number: int, start: int, stop: int, out: NDArray[Any]) -> None:
        if self._timeline.is_blank[number]:
            out[:] = self._mean_before(number)
        else:
            self._decoder.decode(number, start, stop, out)

    def _mean_before(self, number: int) -> NDArray[Any]:
        """Return the mean of each channel in the last row with weight up to `number`, or in the first one."""
        filled = np.flatnonzero(~self._timeline.is_blank)
        source = int(filled[max(int(np.searchsorted(filled, number, side="right")) - 1, 0)])
        # Threads that come at once compute the same.
        if source not in self._row_means:
            self._row_means[source] = self._decoder.mean_of_row(source)
        return self._row_means[source]


def _count_padding(timeline: Timeline) -> int:
    """Count the spectra of zeros at the end of the last row, with which writers fill it up; none if all are zeros."""
    if timeline.files[-1].subint.integer("NSTOT", 0) > 0:
        return 0  # the file says where the samples end
    length = int(timeline.lengths[-1])
    samples = timeline.files[-1].samples(int(timeline.rows[-1]), 0, length)
    recorded = np.flatnonzero(samples.any(axis=(1, 2)))
    return length - 1 - int(recorded[-1]) if recorded.size else 0
