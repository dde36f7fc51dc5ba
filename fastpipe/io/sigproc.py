"""SIGPROC filterbank files of 1, 2, 4 and 8 bits: reading by position and streaming out."""

import logging
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.errors import ConfigError, FileFormatError, HeaderError
from fastpipe.io import sigproc_header
from fastpipe.io.angles import degrees_of_packed, packed_of_degrees, position_or_none
from fastpipe.io.atomic import replacing
from fastpipe.io.bits import pack, unpack
from fastpipe.io.raw_file import RawFile
from fastpipe.io.sample_range import check_sample_range
from fastpipe.io.sigproc_header import MACHINES, TELESCOPES, Value, id_of_name, name_of_id

FILTERBANK_NBITS: Final = (1, 2, 4, 8)
"""Depths that are read and written."""

_LOG = logging.getLogger("fastpipe")
_REQUIRED = ("nchans", "nbits", "fch1", "foff", "tsamp")
_USED = (
    *("nifs", "nsamples", "tstart", "source_name", "telescope_id", "machine_id", "ibeam"),
    *("barycentric", "src_raj", "src_dej"),
)


class FilterbankFile:
    """An open SIGPROC filterbank file: a `fastpipe.data.recording.Recording`.

    Examples
    --------
    >>> FilterbankFile.open("/nowhere/x.fil")
    Traceback (most recent call last):
        ...
    fastpipe.errors.InputMissingError: found no file /nowhere/x.fil, expected one to read; check the path
    """

    def __init__(self, file: RawFile, header: Header, first_byte: int, is_signed: bool) -> None:
        self._file = file
        self._header = header
        self._first_byte = first_byte
        self._is_signed = is_signed

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a file and check its header against its length.

        Parameters
        ----------
        path
            The file.

        Returns
        -------
        FilterbankFile
            The open recording. The file is closed when the object is dropped.

        Raises
        ------
        InputMissingError
            If the file does not exist or may not be read.
        FileFormatError
            If it is no SIGPROC filterbank, is truncated or of a kind that is not supported.
        HeaderError
            If values of the header are missing or impossible.
        """
        file = RawFile(Path(path))
        head = file.read(0, min(file.nbytes, sigproc_header.LARGEST_HEADER)).tobytes()
        values, first_byte = sigproc_header.parse_header(head, file.path)
        _check_kind(values, file.path)
        nsamples = _count_samples(values, file.nbytes - first_byte, file.path)
        try:
            header = _to_header(values, nsamples)
        except HeaderError as error:
            raise HeaderError(f"{error} (in {file.path})") from None
        return cls(file, header, first_byte, _is_signed(values))

    @property
    def header(self) -> Header:
        """What the file says of itself."""
        return self._header

    @property
    def paths(self) -> tuple[Path, ...]:
        """The one file."""
        return (self._file.path,)

    def read(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Return spectra by position.

        Parameters
        ----------
        start, stop
            Half-open range of samples within the file.

        Returns
        -------
        ndarray
            A fresh array, channels in file order, shape [stop - start, nchans]. Signed samples come with 128 added.

        Raises
        ------
        ConfigError
            If the range is not within the file.
        FileFormatError
            If the file has become shorter since it was opened.
        """
        header = self._header
        check_sample_range(start, stop, header.nsamples)
        spectrum_bytes = header.nchans * header.nbits // 8
        data = self._file.read(self._first_byte + start * spectrum_bytes, (stop - start) * spectrum_bytes)
        if header.nbits < 8:
            data = unpack(data, header.nbits)
        elif self._is_signed:
            data ^= np.uint8(128)
        return data.reshape(stop - start, header.nchans)


def _check_kind(values: dict[str, Value], path: Path) -> None:
    if values.get("data_type") == 2:
        raise FileFormatError(f"found a SIGPROC time series in {path}, expected a filterbank; convert it to PRESTO .dat")
    missing = [keyword for keyword in _REQUIRED if keyword not in values]
    if missing:
        raise HeaderError(
            f"found no {', '.join(missing)} in the header of {path}, expected it in a filterbank; repair the header"
        )
    nbits, nifs, nchans = values["nbits"], values.get("nifs", 1), int(values["nchans"])
    if nbits in (16, 32):
        raise FileFormatError(f"found {nbits}-bit samples in {path}, which are not supported yet; convert it to 8 bits")
    if nbits not in FILTERBANK_NBITS:
        raise HeaderError(f"found nbits = {nbits} in {path}, expected 1, 2, 4 or 8; repair the header")
    if nifs != 1:
        raise FileFormatError(f"found nifs = {nifs} in {path}, expected 1; add the polarisations before the search")
    if nchans < 1 or nchans * int(nbits) % 8:
        raise HeaderError(f"found {nchans} channels of {nbits} bits in {path}, expected whole bytes; repair the header")
    if _is_signed(values) and nbits != 8:
        raise FileFormatError(f"found signed {nbits}-bit samples in {path}, expected unsigned; convert it to 8 bits")


def _count_samples(values: dict[str, Value], data_bytes: int, path: Path) -> int:
    spectrum_bytes = int(values["nchans"]) * int(values["nbits"]) // 8
    nsamples, rest = divmod(data_bytes, spectrum_bytes)
    promised = int(values.get("nsamples", 0))
    if nsamples < 1:
        raise FileFormatError(
            f"found {data_bytes} bytes of data in {path}, expected at least one spectrum of {spectrum_bytes}; "
            "the file is truncated: copy it again"
        )
    if promised > nsamples:
        raise FileFormatError(
            f"found {nsamples} spectra in {path}, expected {promised} by its header; the file is truncated: copy it again"
        )
    if rest:
        _LOG.warning("%s ends within a spectrum: %d bytes are left over, %d whole spectra are used", path, rest, nsamples)
    if 0 < promised < nsamples:
        _LOG.warning("%s holds %d spectra, its header says %d: all are used", path, nsamples, promised)
    return nsamples


def _to_header(values: dict[str, Value], nsamples: int) -> Header:
    tstart = float(values.get("tstart", 0.0))
    if not math.isfinite(tstart):
        raise HeaderError(f"found tstart = {tstart}, expected a date as MJD; repair the header")
    ra_deg, dec_deg = position_or_none(
        degrees_of_packed(float(values.get("src_raj", 0.0)), 15.0), degrees_of_packed(float(values.get("src_dej", 0.0)), 1.0)
    )
    return Header(
        nchans=int(values["nchans"]),
        nsamples=nsamples,
        tsamp=float(values["tsamp"]),
        fch1=float(values["fch1"]),
        foff=float(values["foff"]),
        nbits=int(values["nbits"]),
        tstart=tstart,
        source_name=str(values.get("source_name", "")),
        telescope=name_of_id(TELESCOPES, _integer(values, "telescope_id")),
        machine=name_of_id(MACHINES, _integer(values, "machine_id")),
        ra_deg=ra_deg,
        dec_deg=dec_deg,
        ibeam=_integer(values, "ibeam") or 0,
        is_barycentric=bool(values.get("barycentric", 0)),
        extra={keyword: str(value) for keyword, value in values.items() if keyword not in _REQUIRED + _USED},
    )


def _is_signed(values: dict[str, Value]) -> bool:
    # Writers that know the keyword store 1 for signed and -1 or 0 for unsigned samples.
    return int(values.get("signed", 0)) > 0


def _integer(values: dict[str, Value], keyword: str) -> int | None:
    return int(values[keyword]) if keyword in values else None


def _from_header(header: Header) -> dict[str, Value]:
    values: dict[str, Value] = {"source_name": header.source_name} if header.source_name else {}
    ids = {"telescope_id": id_of_name(TELESCOPES, header.telescope), "machine_id": id_of_name(MACHINES, header.machine)}
    values |= {keyword: number for keyword, number in ids.items() if number is not None}
    values |= {"data_type": 1, "ibeam": header.ibeam, "barycentric": int(header.is_barycentric)}
    if header.ra_deg is not None and header.dec_deg is not None:
        values |= {"src_raj": packed_of_degrees(header.ra_deg, 15.0), "src_dej": packed_of_degrees(header.dec_deg, 1.0)}
    values |= {"fch1": header.fch1, "foff": header.foff, "nchans": header.nchans, "nbits": header.nbits}
    values |= {"tstart": header.tstart, "tsamp": header.tsamp, "nifs": 1}
    # With the length in the header a file that is cut short later gives itself away; the field has 32 bits.
    return values | ({"nsamples": header.nsamples} if header.nsamples < 2**31 else {})


def write_filterbank(path: str | Path, header: Header, blocks: Iterable[NDArray[np.uint8]]) -> None:
    """Write a filterbank file, block by block; it appears under its name when it is complete.

    Parameters
    ----------
    path
        The file to write. An older one is replaced.
    header
        What the header says; `nbits` 1, 2, 4 or 8. `extra` is not written.
    blocks
        Consecutive spectra, each block of shape [n, nchans], values below 2**nbits.

    Raises
    ------
    ConfigError
        If the depth is not supported, the blocks do not add up to `header.nsamples` spectra, or the folder may not be
        written.
    ResourceError
        If the disk is full. Nothing is left behind.
    """
    if header.nbits not in FILTERBANK_NBITS or header.nchans * header.nbits % 8 or header.nifs != 1:
        raise ConfigError(
            f"found nbits = {header.nbits}, nchans = {header.nchans}, nifs = {header.nifs}, expected 1, 2, 4 or 8 bits, "
            "whole bytes a spectrum and one polarisation; choose other numbers"
        )
    nsamples = 0
    with replacing(Path(path)) as temporary, temporary.open("wb") as file:
        file.write(sigproc_header.format_header(_from_header(header)))
        for block in blocks:
            if block.ndim != 2 or block.shape[1] != header.nchans:
                raise ConfigError(f"found a block of shape {block.shape}, expected [n, {header.nchans}]; give spectra")
            nsamples += len(block)
            flat = np.ascontiguousarray(block).reshape(-1)
            file.write((flat if header.nbits == 8 else pack(flat, header.nbits)).data)
        if nsamples != header.nsamples:
            raise ConfigError(f"found {nsamples} spectra, expected {header.nsamples} as the header says; give all of them")
