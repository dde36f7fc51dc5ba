"""The parts of a FITS file: where they lie, and the keywords and columns of each.

Astropy parses the cards. The walk over the file is ours, because astropy reads a file without END to its last byte, and
because samples are read by position, from several threads.
"""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Final

import numpy as np

from fastpipe.errors import FileFormatError, HeaderError
from fastpipe.io.raw_file import RawFile

Value = str | int | float | bool
"""Value of a keyword."""

FITS_BLOCK: Final = 2880
"""Headers and data of a FITS file fill whole blocks of this many bytes."""

_CARD = 80
_LARGEST_HEADER_BLOCKS = 400
_MOST_HDUS = 200
_LARGEST_COUNT = 2**62
_END = b"END".ljust(_CARD)
_TFORM = re.compile(r"\s*(\d*)([LXBIJKAEDCMPQ])")
# Types of the columns that are read; the others are opaque bytes. FITS is big-endian.
_DTYPES: Final = {"B": "u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}
_SIZES: Final = {"L": 1, "A": 1, "C": 8, "M": 16, "P": 8, "Q": 16}


@dataclass(frozen=True, slots=True)
class FitsColumn:
    """One column of a binary table."""

    offset: int
    """Position in the row in bytes."""
    nbytes: int
    """Length in bytes."""
    code: str
    """Type of the values, as the one letter FITS uses."""
    dtype: np.dtype[np.void] | np.dtype[np.generic]
    """The same for NumPy; bytes where fastpipe does not read such values."""
    keyword_number: int
    """Number of the column in keywords such as TZEROn."""


@dataclass(frozen=True, slots=True)
class FitsHDU:
    """One header and data unit of a FITS file."""

    values: Mapping[str, Value]
    """Value of each keyword that could be read."""
    data_offset: int
    """Position of the first byte of data in the file."""
    data_bytes: int
    """Length of the data in bytes, without padding."""

    def text(self, keyword: str) -> str:
        """Return a keyword as text without blanks around it; empty where it is absent."""
        return str(self.values.get(keyword, "")).strip()

    def integer(self, keyword: str, default: int | None = None) -> int:
        """Return a keyword as an integer, `default` where it is absent or ``*``.

        Raises
        ------
        HeaderError
            If there is neither a value nor a default, or the value is no integer.
        """
        value = self.number(keyword, None if default is None else float(default))
        if value != int(value) or abs(value) > _LARGEST_COUNT:
            raise HeaderError(f"found {keyword} = {value}, expected an integer; repair the header")
        return int(value)

    def number(self, keyword: str, default: float | None = None) -> float:
        """Return a keyword as a finite number, `default` where it is absent or ``*``.

        Raises
        ------
        HeaderError
            If there is neither a value nor a default, or the value is no number.
        """
        value = self.values.get(keyword, "*")
        if isinstance(value, str):
            value = value.strip()
        if value in ("*", "", "UNSET", "unset"):
            if default is None:
                raise HeaderError(f"found no {keyword}, expected it in search-mode PSRFITS; repair the header")
            return default
        try:
            number = float(value)
        except ValueError:
            number = np.inf
        if not np.isfinite(number):
            raise HeaderError(f"found {keyword} = {value!r}, expected a number; repair the header")
        return number


def walk_hdus(file: RawFile) -> tuple[FitsHDU, ...]:
    """Read the headers of a FITS file.

    Parameters
    ----------
    file
        The open file.

    Returns
    -------
    tuple of FitsHDU
        Header and data units from the first to SUBINT, or to the last where there is no table of this name.

    Raises
    ------
    FileFormatError
        If the bytes are not those of a FITS file.
    HeaderError
        If the keywords that say how long the data are make no sense.
    """
    hdus: list[FitsHDU] = []
    position = 0
    while position < file.nbytes and len(hdus) < _MOST_HDUS:
        text, data_offset = _read_header(file, position)
        values = _parse_cards(text)
        hdu = FitsHDU(values, data_offset, _count_data_bytes(FitsHDU(values, data_offset, 0)))
        hdus.append(hdu)
        if hdu.text("EXTNAME") == "SUBINT":
            break
        position = data_offset + -(-hdu.data_bytes // FITS_BLOCK) * FITS_BLOCK
        if position + _CARD <= file.nbytes and file.read(position, 8).tobytes() != b"XTENSION":
            break
    return tuple(hdus)


def _read_header(file: RawFile, position: int) -> tuple[str, int]:
    """Return the cards from `position` to END, and the position of the data behind them."""
    blocks = []
    for _ in range(_LARGEST_HEADER_BLOCKS):
        if position + FITS_BLOCK > file.nbytes:
            break
        block = file.read(position, FITS_BLOCK).tobytes()
        position += FITS_BLOCK
        blocks.append(block)
        if any(block[card : card + _CARD] == _END for card in range(0, FITS_BLOCK, _CARD)):
            return b"".join(blocks).decode("ascii", "replace").replace("\ufffd", "?"), position
    raise FileFormatError("found a FITS header without END, expected a whole one; the file is damaged: copy it again")


def _parse_cards(text: str) -> dict[str, Value]:
    from astropy.io import fits

    values: dict[str, Value] = {}
    with warnings.catch_warnings():
        # Cards against the standard are common in recordings, and harmless where they can be read.
        warnings.simplefilter("ignore")
        for start in range(0, len(text), _CARD):
            image = text[start : start + _CARD]
            if image.startswith("END     "):
                break
            if image[8:10] != "= ":
                continue
            card = fits.Card.fromstring(image)
            try:
                keyword, value = card.keyword, card.value
            except (fits.VerifyError, ValueError):
                continue  # as good as absent; what is needed will be missed by name
            if isinstance(value, str | int | float):
                values.setdefault(keyword, value)
    return values


def _count_data_bytes(hdu: FitsHDU) -> int:
    naxis = hdu.integer("NAXIS")
    axes = [hdu.integer(f"NAXIS{number}") for number in range(1, naxis + 1)] if 0 <= naxis < 1000 else [-1]
    heap, ngroups = hdu.integer("PCOUNT", 0), hdu.integer("GCOUNT", 1)
    nbytes = abs(hdu.integer("BITPIX")) // 8 * ngroups * (heap + prod(axes)) if axes else 0
    if min([*axes, heap, ngroups, 0]) < 0 or nbytes > _LARGEST_COUNT:
        raise HeaderError(f"found data of {nbytes} bytes in {naxis} axes, expected a length; repair the header")
    return nbytes


def table_columns(hdu: FitsHDU) -> dict[str, FitsColumn]:
    """Return the columns of a binary table by name.

    Parameters
    ----------
    hdu
        A binary table.

    Returns
    -------
    dict of FitsColumn
        The columns in the order of the file; of several with one name the first.

    Raises
    ------
    HeaderError
        If a type cannot be read, or the columns do not fill the rows.
    """
    columns: dict[str, FitsColumn] = {}
    offset = 0
    for number in range(1, hdu.integer("TFIELDS") + 1):
        form = hdu.text(f"TFORM{number}")
        match = _TFORM.match(form)
        if match is None:
            raise HeaderError(f"found TFORM{number} = {form!r}, expected a type of FITS; repair the header")
        count, code = int(match[1] or "1"), match[2]
        dtype: np.dtype[np.generic] = np.dtype(_DTYPES.get(code, "u1"))
        nbytes = -(-count // 8) if code == "X" else count * _SIZES.get(code, dtype.itemsize)
        columns.setdefault(hdu.text(f"TTYPE{number}").upper(), FitsColumn(offset, nbytes, code, dtype, number))
        offset += nbytes
    if offset != hdu.integer("NAXIS1"):
        raise HeaderError(
            f"found rows of {hdu.integer('NAXIS1')} bytes and columns of {offset}, expected them to agree; repair the header"
        )
    return columns
