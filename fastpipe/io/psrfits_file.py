"""One PSRFITS search-mode file: rows, their scales and their samples by position."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fastpipe.errors import FileFormatError, HeaderError
from fastpipe.io.bits import unpack
from fastpipe.io.fits_tiles import TiledTable, is_tiled
from fastpipe.io.psrfits_hdus import FitsHDU, table_columns, walk_hdus
from fastpipe.io.psrfits_layout import PsrfitsLayout, check_kind, make_layout
from fastpipe.io.raw_file import RawFile


@dataclass(frozen=True, slots=True)
class RowTable:
    """What is known of each row of a file, without its samples."""

    offs_sub_s: NDArray[np.float64] | None
    """Middle of each row in s after the start, shape [nrows]; None where the file does not say."""
    tsubint_s: NDArray[np.float64] | None
    """Length of each row in s, shape [nrows]; None where the file does not say."""
    is_blank: NDArray[np.bool_]
    """True for rows in which all weights are zero, shape [nrows]."""
    nmasked: int
    """Number of zero weights in rows that are not blank."""
    has_scales: bool
    """True where scales, offsets or weights are others than 1, 0 and 0 or 1."""


class PsrfitsFile:
    """An open search-mode file.

    Parameters
    ----------
    file
        The file, or its table where that is compressed.
    primary, subint
        Its first header and its SUBINT table.
    layout
        Shape and type of the samples.
    """

    def __init__(self, file: RawFile | TiledTable, primary: FitsHDU, subint: FitsHDU, layout: PsrfitsLayout) -> None:
        self.file = file
        self.primary = primary
        self.subint = subint
        self.layout = layout

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a file and check its headers against its length.

        Parameters
        ----------
        path
            The file.

        Returns
        -------
        PsrfitsFile
            The open file. It is closed when the object is dropped.

        Raises
        ------
        InputMissingError
            If the file does not exist or may not be read.
        FileFormatError
            If it is no search-mode file, or is truncated.
        HeaderError
            If keywords are missing or impossible.
        """
        raw_file = RawFile(path)
        file: RawFile | TiledTable = raw_file
        try:
            hdus = walk_hdus(raw_file)
            subint = check_kind(hdus, path)
            if is_tiled(subint):
                file = TiledTable(raw_file, subint)
                subint = file.hdu
            layout = make_layout(subint, table_columns(subint))
        except HeaderError as error:
            raise HeaderError(f"{error} (in {path})") from None
        except FileFormatError as error:
            raise error if str(path) in str(error) else FileFormatError(f"{error} (in {path})") from None
        whole_rows = max(file.nbytes - layout.table_offset, 0) // layout.row_bytes
        if whole_rows < layout.nrows:
            raise FileFormatError(
                f"found {whole_rows} of {layout.nrows} rows in {path}, expected all of them; the file is truncated: "
                "copy it again"
            )
        return cls(file, hdus[0], subint, layout)

    @property
    def path(self) -> Path:
        """The file."""
        return self.file.path

    def column(self, name: str, row: int) -> NDArray[np.float64]:
        """Return the values of a column in one row.

        Parameters
        ----------
        name
            Name of a column of numbers, not of the samples.
        row
            Number of the row, from 0.

        Returns
        -------
        ndarray
            The values, shape [n]; empty if there is no such column of numbers.
        """
        stored = self._stored(name, row)
        with np.errstate(invalid="ignore"):  # damaged floats may be signalling NaNs
            return stored.astype(np.float64)

    def _stored(self, name: str, row: int) -> NDArray[Any]:
        column = self.layout.columns.get(name)
        if column is None or column.code not in "BIJKED":
            return np.empty(0)
        offset = self.layout.table_offset + row * self.layout.row_bytes + column.offset
        return self.file.read(offset, column.nbytes).view(column.dtype)

    def weights(self, row: int) -> NDArray[np.float64]:
        """Return the weights of the channels in one row, shape [nchans]; ones where the file has none."""
        weights: NDArray[np.float64] = self._per_channel("DAT_WTS", row, 1.0)[0]
        return weights

    def scales(self, row: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return scales and offsets in one row, each of shape [npol, nchans]; ones and zeros where the file has none."""
        return self._per_channel("DAT_SCL", row, 1.0), self._per_channel("DAT_OFFS", row, 0.0)

    def _per_channel(self, name: str, row: int, default: float) -> NDArray[np.float64]:
        layout = self.layout
        values = self.column(name, row)
        shape = (layout.npol, layout.nchans)
        if values.size == 0:
            return np.full(shape, default)
        if values.size not in (layout.nchans, layout.npol * layout.nchans):
            raise HeaderError(
                f"found {values.size} values of {name} for {layout.npol} x {layout.nchans} polarisations and channels in "
                f"{self.path}, expected one a channel, or one a polarisation and channel; repair the file"
            )
        return np.broadcast_to(values.reshape(-1, layout.nchans), shape)

    def freqs_mhz(self) -> NDArray[np.float64]:
        """Return the centres of the channels in MHz as the first row says, shape [nchans]; empty if it does not say."""
        freqs = self.column("DAT_FREQ", 0)
        return freqs if freqs.any() else np.empty(0)

    def row_table(self) -> RowTable:
        """Read what all rows say of themselves.

        Returns
        -------
        RowTable
            Times and weights of the rows.

        Raises
        ------
        HeaderError
            If the lengths of the columns contradict the numbers of channels and polarisations.
        """
        nrows = self.layout.nrows
        is_blank = np.zeros(nrows, np.bool_)
        nmasked, has_scales = 0, self.layout.data_scale != 1.0
        before = b""
        nzeros = 0
        for row in range(nrows):
            # The same in all rows of most files, so equal bytes are not looked at again.
            stored = b"".join(self._stored(name, row).tobytes() for name in ("DAT_WTS", "DAT_SCL", "DAT_OFFS"))
            if row and stored == before:
                is_blank[row] = is_blank[row - 1]
                nmasked += nzeros
                continue
            before = stored
            weights = self.weights(row)
            scales, offsets = self.scales(row)
            is_blank[row] = not weights.any()
            nzeros = int(np.count_nonzero(weights == 0.0)) if weights.any() else 0
            nmasked += nzeros
            has_scales |= bool(
                ((weights != 0.0) & (weights != 1.0)).any() or (scales != 1.0).any() or (offsets != 0.0).any()
            )
        return RowTable(self._times("OFFS_SUB"), self._times("TSUBINT"), is_blank, nmasked, has_scales)

    def _times(self, name: str) -> NDArray[np.float64] | None:
        values = [self.column(name, row)[:1] for row in range(self.layout.nrows)]
        times = np.concatenate(values)
        is_known = times.size == self.layout.nrows and np.isfinite(times).all() and times.any()
        return times if is_known else None

    def samples(self, row: int, start: int, stop: int) -> NDArray[Any]:
        """Return stored samples of one row.

        Parameters
        ----------
        row
            Number of the row, from 0.
        start, stop
            Half-open range of spectra in the row.

        Returns
        -------
        ndarray
            Fresh samples as stored, before any scale, shape [stop - start, npol, nchans]; signed ones of 8 bits or
            fewer come as unsigned bytes with half their range added.

        Raises
        ------
        FileFormatError
            If the file has become shorter since it was opened.
        """
        layout = self.layout
        offset = layout.table_offset + row * layout.row_bytes + layout.columns["DATA"].offset
        data = self.file.read(offset + start * layout.spectrum_bytes, (stop - start) * layout.spectrum_bytes)
        if layout.nbits < 8:
            data = unpack(data, layout.nbits, is_high_first=True)
        if layout.is_signed:
            data ^= np.uint8(1 << (layout.nbits - 1))
        samples: NDArray[Any] = data.view(layout.dtype)
        if sys.byteorder == "little" and samples.itemsize > 1:
            samples = samples.byteswap(inplace=True).view(layout.dtype.newbyteorder("="))
        return samples.reshape(stop - start, layout.npol, layout.nchans)
