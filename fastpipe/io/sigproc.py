"""SIGPROC files, filterbanks and time series, of 1 to 32 bits: reading by position and streaming out."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.data.recording import Chunk
from fastpipe.errors import ConfigError, FileFormatError, HeaderError
from fastpipe.io import sigproc_fields, sigproc_header
from fastpipe.io.atomic import replacing
from fastpipe.io.bits import pack, unpack
from fastpipe.io.raw_file import RawFile
from fastpipe.io.sample_range import check_sample_range
from fastpipe.io.sigproc_fields import SIGPROC_NBITS, SampleLayout

# Stretch at the start of a file from which IFs are told apart.
_LOOK_SPECTRA = 1024
_LOOK_BYTES = 1 << 22
_WRITTEN_DTYPES: Final = dict.fromkeys((1, 2, 4, 8), np.uint8) | {16: np.uint16, 32: np.float32}


class SigprocFile:
    """An open SIGPROC filterbank or time series: a `fastpipe.data.recording.Recording`.

    Of several IFs (polarisations or Stokes parameters) the header does not say what they are. Two are summed. Of three or
    four the first two are summed too, as SIGPROC itself does, unless the mean of the second one is closer to that of the
    later ones than to that of the first: then these are taken for Stokes Q, U and V, and the first IF is used alone.

    Examples
    --------
    >>> SigprocFile.open("/nowhere/x.fil")
    Traceback (most recent call last):
        ...
    fastpipe.errors.InputMissingError: found no file /nowhere/x.fil, expected one to read; check the path
    """

    def __init__(
        self, file: RawFile, layout: SampleLayout, header: Header, ifs_used: int, oddities: tuple[str, ...]
    ) -> None:
        self._file = file
        self._layout = layout
        self._header = header
        self._ifs_used = ifs_used
        self._oddities = oddities

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a file and check its header against its length.

        Parameters
        ----------
        path
            The file.

        Returns
        -------
        SigprocFile
            The open recording. The file is closed when the object is dropped.

        Raises
        ------
        InputMissingError
            If the file does not exist or may not be read.
        FileFormatError
            If it is no SIGPROC filterbank or series, or is truncated.
        HeaderError
            If values of the header are missing or impossible.
        """
        file = RawFile(Path(path))
        head = file.read(0, min(file.nbytes, sigproc_header.LARGEST_HEADER)).tobytes()
        parsed = sigproc_header.parse_header(head, file.path)
        try:
            layout = sigproc_fields.read_layout(parsed)
            nsamples, oddities = sigproc_fields.count_samples(parsed, layout, file.nbytes)
            ifs_used = _count_used_ifs(file, layout, nsamples)
            header = sigproc_fields.to_header(parsed, layout, nsamples, ifs_used)
        except (HeaderError, FileFormatError) as error:
            raise type(error)(f"{error} (in {file.path})") from None
        oddities += _say_what_was_decided(layout, ifs_used, parsed)
        return cls(file, layout, header, ifs_used, oddities)

    @property
    def header(self) -> Header:
        """What the file says of itself."""
        return self._header

    @property
    def paths(self) -> tuple[Path, ...]:
        """The one file."""
        return (self._file.path,)

    @property
    def gaps(self) -> tuple[Chunk, ...]:
        """None: the format cannot tell of any."""
        return ()

    @property
    def oddities(self) -> tuple[str, ...]:
        """Bytes left over, a wrong length in the header, unknown keywords, and what became of several IFs."""
        return self._oddities

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return spectra by position.

        Parameters
        ----------
        start, stop
            Half-open range of samples within the file.

        Returns
        -------
        ndarray
            A fresh array, channels in file order, shape [stop - start, nchans]: uint8 up to 8 bits (signed samples come
            with 128 added), float32 for 16 and 32 bits, for the sum of two IFs of 8 bits, and for a time series. What is
            not a number in the file stays so.

        Raises
        ------
        ConfigError
            If the range is not within the file.
        FileFormatError
            If the file has become shorter since it was opened.
        """
        check_sample_range(start, stop, self._header.nsamples)
        return _add_ifs(_read_ifs(self._file, self._layout, start, stop), self._ifs_used, self._layout)


def _read_ifs(file: RawFile, layout: SampleLayout, start: int, stop: int) -> NDArray[Any]:
    """Return samples as they are stored, shape [stop - start, nifs, nchans]."""
    data = file.read(layout.first_byte + start * layout.spectrum_bytes, (stop - start) * layout.spectrum_bytes)
    samples: NDArray[Any] = data
    match layout.nbits:
        case 8 if layout.is_signed and layout.is_series:
            samples = data.view(np.int8)
        case 8 if layout.is_signed:
            data ^= np.uint8(128)
        case 16:
            samples = data.view("<i2" if layout.is_signed else "<u2")
        case 32:
            samples = data.view("<f4")
        case nbits if nbits < 8:
            samples = unpack(data, nbits)
    return samples.reshape(stop - start, layout.nifs, layout.nchans)


def _add_ifs(samples: NDArray[Any], ifs_used: int, layout: SampleLayout) -> NDArray[Any]:
    # The sum of two samples of up to 4 bits fits a byte.
    is_small = layout.nbits * ifs_used <= 8 and not layout.is_series
    dtype = np.uint8 if is_small else np.float32
    first: NDArray[Any] = samples[:, 0].astype(dtype, copy=layout.nifs > 1)
    return first if ifs_used == 1 else np.add(first, samples[:, 1], out=first)


def _count_used_ifs(file: RawFile, layout: SampleLayout, nsamples: int) -> int:
    if layout.nifs <= 2:
        return layout.nifs
    nlook = min(nsamples, _LOOK_SPECTRA, max(_LOOK_BYTES // layout.spectrum_bytes, 1))
    samples = _read_ifs(file, layout, 0, nlook).astype(np.float64)
    mean = np.where(np.isfinite(samples), samples, 0.0).mean(axis=0)
    to_first, to_later = (float(np.median(np.abs(mean[1] - other))) for other in (mean[0], mean[2:].mean(axis=0)))
    return 1 if to_later < to_first else 2


def _say_what_was_decided(layout: SampleLayout, ifs_used: int, parsed: sigproc_header.ParsedHeader) -> tuple[str, ...]:
    oddities = []
    if parsed.unknown:
        oddities.append(
            f"The header has keywords that SIGPROC does not know, kept as they are: {', '.join(parsed.unknown)}."
        )
    if layout.is_series and "refdm" not in parsed.values:
        oddities.append("The header of the series does not say its DM: 0 is assumed.")
    if layout.nifs == 2:
        oddities.append("The two polarisations are summed.")
    elif ifs_used == 2:
        oddities.append(f"Of {layout.nifs} IFs the first two are summed, taken for two polarisations by their levels.")
    elif layout.nifs > 2:
        oddities.append(f"Of {layout.nifs} IFs the first is used, the others are taken for Stokes Q, U, V by their levels.")
    return tuple(oddities)


def write_filterbank(path: str | Path, header: Header, blocks: Iterable[NDArray[Any]]) -> None:
    """Write a filterbank file, or a time series, block by block; it appears under its name when it is complete.

    Parameters
    ----------
    path
        The file to write. An older one is replaced.
    header
        What the header says; a `dm` makes it a time series. `extra` is not written.
    blocks
        Consecutive spectra: uint8 below 2**nbits for up to 8 bits, uint16 for 16, float32 for 32; each block of shape
        [n, nchans], or [n, nifs, nchans] where there are several IFs.

    Raises
    ------
    ConfigError
        If the depth is not supported, the blocks are not of its type or do not add up to `header.nsamples` spectra, or the
        folder may not be written.
    ResourceError
        If the disk is full. Nothing is left behind.
    """
    if header.nbits not in SIGPROC_NBITS or header.nchans * header.nifs * header.nbits % 8:
        raise ConfigError(
            f"found nbits = {header.nbits}, nchans = {header.nchans}, expected 1, 2, 4, 8, 16 or 32 bits and whole bytes a "
            "spectrum; choose other numbers"
        )
    nsamples = 0
    with replacing(Path(path)) as temporary, temporary.open("wb") as file:
        file.write(sigproc_header.format_header(sigproc_fields.from_header(header)))
        for block in blocks:
            file.write(_to_bytes(block, header).data)
            nsamples += len(block)
        if nsamples != header.nsamples:
            raise ConfigError(f"found {nsamples} spectra, expected {header.nsamples} as the header says; give all of them")


def _to_bytes(block: NDArray[Any], header: Header) -> NDArray[np.uint8]:
    shape = (header.nchans,) if header.nifs == 1 else (header.nifs, header.nchans)
    if block.shape[1:] != shape:
        expected = ", ".join(map(str, ("n", *shape)))
        raise ConfigError(f"found a block of shape {block.shape}, expected [{expected}]; give spectra")
    dtype = np.dtype(_WRITTEN_DTYPES[header.nbits])
    if block.dtype != dtype:
        raise ConfigError(f"found samples of {block.dtype}, expected {dtype} for {header.nbits} bits; convert them first")
    flat = np.ascontiguousarray(block, dtype.newbyteorder("<")).reshape(-1)
    if header.nbits >= 8:
        return flat.view(np.uint8)
    if flat.size and flat.max() >= 2**header.nbits:
        raise ConfigError(
            f"found the sample {flat.max()}, expected less than {2**header.nbits}; scale them to {header.nbits} bits"
        )
    return pack(flat, header.nbits)
