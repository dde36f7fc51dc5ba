"""One way to write recordings: the ending of the name chooses the format."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.errors import ConfigError
from fastpipe.io.psrfits_writer import write_psrfits
from fastpipe.io.sigproc import write_filterbank

FITS_SUFFIXES: Final = (".fits", ".sf")
"""Endings of PSRFITS files."""

SUFFIXES: Final = (".fil", ".tim", *FITS_SUFFIXES)
"""Endings of all files that are written: SIGPROC filterbanks, SIGPROC time series, PSRFITS filterbanks."""


def check_suffix(path: Path, header: Header) -> None:
    """Refuse a name whose ending no writer knows, or does not fit what is written, before the work starts.

    Raises
    ------
    ConfigError
        If the ending is none of those that are written, or that of a series for a filterbank, or the other way round.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError(f"found the name {path.name}, expected one that ends in {', '.join(SUFFIXES)}; rename it")
    if header.is_series != (suffix == ".tim"):
        kind, ending = ("series", ".tim") if header.is_series else ("filterbank", ".fil")
        raise ConfigError(f"found the name {path.name} for a {kind}, expected one that ends in {ending}; rename it")


def write_recording(path: Path, header: Header, blocks: Iterable[NDArray[Any]]) -> None:
    """Write a recording in the format that the ending of its name says; it appears when it is complete.

    Parameters
    ----------
    path
        The file to write. An older one is replaced.
    header
        What the header says.
    blocks
        Consecutive spectra, shape [n, nchans]: uint8 below 2**nbits for up to 8 bits, uint16 for 16, float32 for 32.

    Raises
    ------
    ConfigError
        If the ending is not known, the blocks do not fit the header, or the folder may not be written.
    ResourceError
        If the disk is full. Nothing is left behind.
    """
    check_suffix(path, header)
    if path.suffix.lower() in FITS_SUFFIXES:
        write_psrfits(path, header, blocks)
    else:
        write_filterbank(path, header, blocks)
