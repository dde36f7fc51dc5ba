"""What the samples of a PSRFITS search-mode file look like, and which FITS files are no such thing.

Source: van Straten, Manchester, Johnston & Reynolds 2010 (PASA 27, 104) and the PSRFITS definition, version 6.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from fastpipe.errors import FileFormatError, HeaderError
from fastpipe.io.fast_names import is_spectral_name
from fastpipe.io.psrfits_hdus import FitsColumn, FitsHDU

PSRFITS_NBITS: Final = (1, 2, 4, 8, 16, 32)
"""Depths that are read; 32 bits are floats where the column does not say integers."""

# One row is held in memory at a time; recorders write some MB.
_LARGEST_ROW = 2**33
_MOST_CHANNELS = 2**24
# Beyond this float32 overflows; no recorder comes near it.
_LARGEST_SCALE = 1e20
_TSAMP_RANGE_S = (1e-9, 1e3)


@dataclass(frozen=True, kw_only=True, slots=True)
class PsrfitsLayout:
    """Shape and type of the samples of one file."""

    nchans: int
    """Number of channels."""
    npol: int
    """Number of polarisations or Stokes parameters."""
    nbits: int
    """Bits of a sample."""
    nsblk: int
    """Spectra of a row."""
    nrows: int
    """Rows of the table."""
    tsamp: float
    """Sampling time in s, as TBIN says."""
    pol_type: str
    """POL_TYPE without separators, in capitals."""
    dtype: np.dtype[np.generic]
    """Type of the stored samples; unsigned bytes below 8 bits."""
    is_signed: bool
    """True where samples of 8 bits or fewer are signed: they are read with half their range added."""
    data_scale: float
    """TSCAL of the samples: a sample means ``raw * data_scale + data_zero`` before DAT_SCL and DAT_OFFS."""
    data_zero: float
    """TZERO of the samples less ZERO_OFF, less the half range of signed samples."""
    row_bytes: int
    """Length of a row in bytes."""
    table_offset: int
    """Position of the first row in the file."""
    columns: dict[str, FitsColumn]
    """Columns of the table by name."""

    @property
    def spectrum_bytes(self) -> int:
        """Bytes of one spectrum of all polarisations."""
        return self.nchans * self.npol * self.nbits // 8


def check_kind(hdus: tuple[FitsHDU, ...], path: Path) -> FitsHDU:
    """Return the SUBINT table of a search-mode file, and refuse other kinds.

    Parameters
    ----------
    hdus
        Header and data units of the file.
    path
        The file, for the message.

    Returns
    -------
    FitsHDU
        The table.

    Raises
    ------
    FileFormatError
        If the file holds folded profiles, spectra of the spectral backend, images or anything else.
    """
    primary, last = hdus[0], hdus[-1]
    if is_spectral_name(path.name) or last.text("EXTNAME") != "SUBINT":
        kind = "spectra of the spectral backend" if is_spectral_name(path.name) else "no table SUBINT"
        raise FileFormatError(f"found {kind} in {path}, expected PSRFITS search mode; give a search-mode recording")
    mode = primary.text("OBS_MODE").upper()
    is_search = mode.startswith("SEARCH") or (not mode and last.integer("NSBLK", 1) > 1)
    if not is_search:
        kind = "folded profiles" if mode in ("PSR", "CAL", "FOLD") else f"OBS_MODE = {mode!r}"
        raise FileFormatError(f"found {kind} in {path}, expected PSRFITS search mode; give a search-mode recording")
    return last


def make_layout(subint: FitsHDU, columns: dict[str, FitsColumn]) -> PsrfitsLayout:
    """Work out the layout from the keywords and columns of the SUBINT table.

    Parameters
    ----------
    subint
        The table.
    columns
        Its columns.

    Returns
    -------
    PsrfitsLayout
        The layout. TDIM is not looked at: FAST's has an axis more than others, and NSBLK, NPOL and NCHAN say the same.

    Raises
    ------
    HeaderError
        If keywords are missing, impossible, or contradict the length of the column DATA.
    """
    sizes = _sizes(subint)
    nbits = sizes["NBITS"]
    if "DATA" not in columns:
        raise HeaderError("found no column DATA, expected one in search-mode PSRFITS; copy the file again")
    data = columns["DATA"]
    _check_row(data, sizes)
    dtype, is_signed = _sample_type(subint, data, nbits)
    scale = subint.number(f"TSCAL{data.keyword_number}", 1.0)
    zero = subint.number(f"TZERO{data.keyword_number}", 0.0) - subint.number("ZERO_OFF", 0.0)
    if not 0.0 < abs(scale) < _LARGEST_SCALE or abs(zero) > _LARGEST_SCALE:
        raise HeaderError(
            f"found TSCAL = {scale}, TZERO - ZERO_OFF = {zero} of DATA, expected moderate ones; repair the header"
        )
    return PsrfitsLayout(
        nchans=sizes["NCHAN"],
        npol=sizes["NPOL"],
        nbits=nbits,
        nsblk=sizes["NSBLK"],
        nrows=sizes["NAXIS2"],
        tsamp=_sampling_time(subint),
        pol_type="".join(letter for letter in subint.text("POL_TYPE").upper() if letter.isalpha()),
        dtype=dtype,
        is_signed=is_signed,
        data_scale=scale,
        data_zero=zero - (scale * 2 ** (nbits - 1) if is_signed else 0.0),
        row_bytes=subint.integer("NAXIS1"),
        table_offset=subint.data_offset,
        columns=columns,
    )


def _sizes(subint: FitsHDU) -> dict[str, int]:
    sizes = {keyword: subint.integer(keyword) for keyword in ("NCHAN", "NPOL", "NSBLK", "NAXIS2", "NBITS")}
    for keyword in ("NCHAN", "NPOL", "NSBLK"):
        if not 1 <= sizes[keyword] <= _MOST_CHANNELS:
            raise HeaderError(f"found {keyword} = {sizes[keyword]}, expected at least 1; repair the header")
    if sizes["NAXIS2"] < 1:
        raise HeaderError("found 0 rows, expected at least one; wait until the recording is complete, or copy it again")
    if sizes["NBITS"] not in PSRFITS_NBITS:
        raise HeaderError(f"found NBITS = {sizes['NBITS']}, expected 1, 2, 4, 8, 16 or 32; repair the header")
    return sizes


def _check_row(data: FitsColumn, sizes: dict[str, int]) -> None:
    spectrum = f"{sizes['NPOL']} x {sizes['NCHAN']} samples of {sizes['NBITS']} bits"
    spectrum_bits = sizes["NPOL"] * sizes["NCHAN"] * sizes["NBITS"]
    expected_bits = sizes["NSBLK"] * spectrum_bits
    if data.nbytes * 8 != expected_bits or data.code in "PQ" or data.nbytes > _LARGEST_ROW:
        raise HeaderError(
            f"found {data.nbytes} bytes of samples a row, expected {expected_bits / 8:g} for {sizes['NSBLK']} spectra of "
            f"{spectrum}; repair the header"
        )
    if spectrum_bits % 8:
        raise HeaderError(f"found spectra of {spectrum}, expected whole bytes; convert the file to 8 bits")


def _sample_type(subint: FitsHDU, data: FitsColumn, nbits: int) -> tuple[np.dtype[np.generic], bool]:
    """Return the type of the stored samples, and whether those of up to 8 bits are signed."""
    is_signed = subint.integer("SIGNINT", 0) == 1
    if nbits <= 8:
        return np.dtype(np.uint8), is_signed and nbits > 1
    if nbits == 32:
        # Some writers declare plain bytes; of 32 bits they mean floats.
        return np.dtype(">i4" if data.code == "J" else ">f4"), False
    # FITS integers are signed; of integers declared as plain bytes SIGNINT says it.
    return np.dtype(">i2" if data.code == "I" or is_signed else ">u2"), False


def _sampling_time(subint: FitsHDU) -> float:
    tsamp = subint.number("TBIN")
    if not _TSAMP_RANGE_S[0] <= tsamp <= _TSAMP_RANGE_S[1]:
        raise HeaderError(f"found TBIN = {tsamp} s, expected a sampling time; repair the header")
    return tsamp
