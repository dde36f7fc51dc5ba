"""Tables that fpack compressed, read by position as if they were plain.

Each tile is a stretch of rows. Of each column it holds the values of all its rows, compressed as one array of bytes in the
heap. Source: FITS standard 4.0, sections 10.3 and 10.4; what it leaves open is as CFITSIO writes it.
"""

import threading
import zlib
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.errors import FileFormatError, HeaderError
from fastpipe.io.psrfits_hdus import FitsColumn, FitsHDU, table_columns
from fastpipe.io.raw_file import RawFile

# A tile of fpack has 10 MB, or one row where rows are longer.
_LARGEST_TILE = 2**30
# No method makes more of a byte: the limit of deflate. What is said to be larger is damaged.
_MOST_EXPANSION = 1032
# Bytes that a method may add where nothing can be saved: a header, and a little for each block.
_COMPRESSION_OVERHEAD = 1024
_DESCRIPTORS: Final = {"P": ">i4", "Q": ">i8"}
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_METHODS: Final = ("GZIP_1", "GZIP_2", "RICE_1", "NOCOMPRESS")
_RICE_BLOCK = 32
# Bits of a code, and the code of differences that are stored as they are, by bytes of an integer.
_RICE_CODES: Final = {1: (3, 7), 2: (4, 15), 4: (5, 26)}


class _LatestTile(threading.local):
    """The columns of one tile, so that reading a row in chunks expands it once: one a thread, however many files."""

    def __init__(self) -> None:
        self.key: tuple[object, int] | None = None
        self.columns: dict[int, NDArray[np.uint8]] = {}


_LATEST = _LatestTile()


def is_tiled(hdu: FitsHDU) -> bool:
    """Return whether a table is compressed."""
    return hdu.values.get("ZTABLE") is True


class TiledTable:
    """The rows of a compressed table: bytes by position, as `fastpipe.io.raw_file.RawFile` has those of a file.

    Several threads may read at once. Each keeps what it read last of one tile.

    Parameters
    ----------
    file
        The open file.
    hdu
        Its compressed table.

    Raises
    ------
    FileFormatError
        If the file ends before the table, or tiles are missing or too large.
    HeaderError
        If keywords are missing or impossible.
    """

    def __init__(self, file: RawFile, hdu: FitsHDU) -> None:
        self.path = file.path
        self.hdu = _plain_header(hdu)
        """The table as it was before compression, at position 0."""
        self._file = file
        self._packed = hdu
        self._packed_columns = tuple(table_columns(hdu).values())
        self._columns = tuple(table_columns(self.hdu).values())
        self._key = object()
        self._row_bytes = self.hdu.integer("NAXIS1")
        self._nrows = self.hdu.integer("NAXIS2")
        self._heap_offset = hdu.integer("THEAP", hdu.integer("NAXIS1") * hdu.integer("NAXIS2"))
        self._check_length()
        self._tile_rows = min(hdu.integer("ZTILELEN"), max(self._nrows, 1))
        self._check_tiles()
        self.nbytes = self._nrows * self._row_bytes
        """Size of the plain table in bytes."""

    def read(self, offset: int, nbytes: int) -> NDArray[np.uint8]:
        """Return bytes of one column in one row.

        Parameters
        ----------
        offset
            Position of the first byte in the plain table.
        nbytes
            Number of bytes.

        Returns
        -------
        ndarray
            A fresh array, shape [nbytes].

        Raises
        ------
        FileFormatError
            If the tile is damaged, or the file has become shorter since it was opened.
        """
        row, start = divmod(offset, self._row_bytes)
        tile, tile_row = divmod(row, self._tile_rows)
        for number, column in enumerate(self._columns):
            if column.offset <= start and start + nbytes <= column.offset + column.nbytes:
                values = self._tile_column(tile, number)
                return values[tile_row, start - column.offset :][:nbytes].copy()
        raise ValueError(f"found {nbytes} bytes from {start} of a row, expected bytes of one column; read column by column")

    def _check_length(self) -> None:
        hdu, file = self._packed, self._file
        stored = file.nbytes - hdu.data_offset
        if stored < hdu.data_bytes:
            raise FileFormatError(
                f"found {stored} of {hdu.data_bytes} bytes of the compressed table in {file.path}, expected all of them; "
                "the file is truncated: copy it again"
            )
        if self._nrows < 0 or self._row_bytes < 1 or self._nrows * self._row_bytes > _MOST_EXPANSION * hdu.data_bytes:
            raise FileFormatError(
                f"found {self._nrows} rows of {self._row_bytes} bytes compressed to {hdu.data_bytes} bytes in {file.path}, "
                f"expected at most {_MOST_EXPANSION} times as much; the file is damaged: copy it again"
            )

    def _check_tiles(self) -> None:
        hdu, path = self._packed, self._file.path
        ntiles = hdu.integer("NAXIS2")
        if self._tile_rows < 1 or ntiles * self._tile_rows < self._nrows or not 0 <= self._heap_offset <= hdu.data_bytes:
            raise FileFormatError(
                f"found {ntiles} tiles of {self._tile_rows} rows for {self._nrows} rows in {path}, expected all rows in "
                "tiles; the file is damaged: copy it again"
            )
        if any(column.code not in _DESCRIPTORS for column in self._packed_columns):
            raise FileFormatError(
                f"found columns of other types than P and Q in the compressed table in {path}, expected arrays in the "
                "heap; the file is damaged: copy it again"
            )
        largest = max((column.nbytes for column in self._columns), default=0) * self._tile_rows
        if largest > _LARGEST_TILE:
            raise FileFormatError(
                f"found tiles of {largest} bytes in {path}, expected at most {_LARGEST_TILE}; run funpack on the file first"
            )

    def _tile_column(self, tile: int, number: int) -> NDArray[np.uint8]:
        """Return a column of all rows of a tile, shape [rows of the tile, bytes of the column]."""
        if _LATEST.key != (self._key, tile):
            _LATEST.key, _LATEST.columns = (self._key, tile), {}
        if number not in _LATEST.columns:
            _LATEST.columns[number] = self._expand(tile, number)
        return _LATEST.columns[number]

    def _expand(self, tile: int, number: int) -> NDArray[np.uint8]:
        column = self._columns[number]
        nrows = min(self._tile_rows, self._nrows - tile * self._tile_rows)
        nbytes = nrows * column.nbytes
        method = str(self._packed.values.get(f"ZCTYP{column.keyword_number}", "GZIP_2")).strip()
        if method not in _METHODS or (method == "RICE_1" and column.code not in "BIJ"):
            raise FileFormatError(
                f"found a column of type {column.code} compressed by {method!r} in {self.path}, expected one of "
                f"{', '.join(_METHODS)} that fits; run funpack on the file first"
            )
        values = _expand(self._packed_bytes(tile, number, nbytes), method, column, nbytes)
        if values is None:
            raise self._damage(tile, f"bytes that are no {nbytes} bytes compressed by {method}")
        return values.reshape(nrows, column.nbytes)

    def _packed_bytes(self, tile: int, number: int, nbytes: int) -> NDArray[np.uint8]:
        """Return the compressed bytes of a column that has `nbytes` in this tile."""
        packed, column = self._packed, self._packed_columns[number]
        offset = packed.data_offset + tile * packed.integer("NAXIS1") + column.offset
        count, start = self._file.read(offset, column.nbytes).view(_DESCRIPTORS[column.code])[:2].tolist()
        heap_bytes = packed.data_bytes - self._heap_offset
        if count < 0 or start < 0 or start + count > heap_bytes or count > 2 * nbytes + _COMPRESSION_OVERHEAD:
            raise self._damage(tile, f"{count} compressed bytes from {start} of a heap of {heap_bytes}")
        return self._file.read(packed.data_offset + self._heap_offset + start, count)

    def _damage(self, tile: int, found: str) -> FileFormatError:
        return FileFormatError(
            f"found {found} in tile {tile + 1} of {self.path}, expected a compressed column; the file is damaged: copy it "
            "again"
        )


def _plain_header(hdu: FitsHDU) -> FitsHDU:
    values: dict[str, Any] = dict(hdu.values)
    for keyword in ("NAXIS1", "NAXIS2"):
        values[keyword] = hdu.integer(f"Z{keyword}")
    for number in range(1, hdu.integer("TFIELDS") + 1):
        if f"ZFORM{number}" not in values:
            raise HeaderError(f"found no ZFORM{number}, expected it in a compressed table; repair the header")
        values[f"TFORM{number}"] = values[f"ZFORM{number}"]
    return replace(hdu, values=values, data_offset=0, data_bytes=0)


def _expand(packed: NDArray[np.uint8], method: str, column: FitsColumn, nbytes: int) -> NDArray[np.uint8] | None:
    """Return the bytes of a column, shape [nbytes]; None where they cannot be had."""
    width = column.dtype.itemsize
    if nbytes == 0:
        return np.empty(0, np.uint8)
    if method == "RICE_1":
        return _expand_rice(packed, width, nbytes)
    if method == "NOCOMPRESS":
        return packed if packed.size == nbytes else None
    expanded = _inflate(packed, nbytes)
    if expanded is None or method == "GZIP_1" or width == 1:
        return expanded
    # All first bytes of the values come first, then all second bytes.
    return np.ascontiguousarray(expanded.reshape(width, -1).T).reshape(-1)


def _inflate(packed: NDArray[np.uint8], nbytes: int) -> NDArray[np.uint8] | None:
    expander = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        # One byte more, so that the end is reached and its checksum is looked at.
        expanded = expander.decompress(packed.data, nbytes + 1)
    except zlib.error:
        return None
    return np.frombuffer(expanded, np.uint8) if expander.eof and len(expanded) == nbytes else None


def _expand_rice(packed: NDArray[np.uint8], width: int, nbytes: int) -> NDArray[np.uint8] | None:
    from fastpipe_kernels.rice import decode_rice

    values = np.empty(nbytes // width, f"u{width}")
    if decode_rice(packed, _RICE_BLOCK, *_RICE_CODES[width], values) < values.size:
        return None
    return values.astype(f">u{width}", copy=False).view(np.uint8)
