"""A short look at one file: whether it is whole, and which observation it is of."""

from pathlib import Path

from fastpipe.data.header import Header
from fastpipe.data.night import FileLook
from fastpipe.errors import FastpipeError, InputMissingError, ResourceError
from fastpipe.io.fast_names import parse_fast_name
from fastpipe.io.inbox import ending_of
from fastpipe.io.psrfits_file import PsrfitsFile
from fastpipe.io.psrfits_hdus import FITS_BLOCK
from fastpipe.io.recordings import open_recording

_FITS_ENDINGS = (".fits", ".sf", ".fits.fz")


def look_at(path: Path) -> FileLook | None:
    """Open one file and say what it is, without reading its samples.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    FileLook or None
        What the reader says. None if that says nothing about the file: the disk did not answer, or too many files are
        open.
    """
    try:
        is_fits = ending_of(path.name) in _FITS_ENDINGS
        named = parse_fast_name(path)
        doubt = _doubt(path) if is_fits else ""
        if is_fits and named is not None and named.beam is not None:
            # Name and headers say enough: the rows of thousands of files need not be read for this.
            file = PsrfitsFile.open(path)
            return FileLook(source=file.primary.text("SRC_NAME"), beam=named.beam, doubt=doubt)
        return _look_of(open_recording([path]).header, doubt)
    except ResourceError:
        return None
    except FastpipeError as error:
        # A disk that fails for now is told from damage by what lies behind the sentence.
        return None if isinstance(error.__cause__, OSError) else FileLook(error=str(error))


def _look_of(header: Header, doubt: str) -> FileLook:
    return FileLook(
        source=header.source_name,
        beam=header.ibeam,
        tstart=header.tstart,
        tobs_s=header.tobs_s,
        tsamp=header.tsamp,
        shape=(
            *(header.nchans, header.tsamp, header.fch1, header.foff, header.nbits, header.nifs),
            *(header.is_barycentric, header.dm),
        ),
        doubt=doubt,
    )


def _doubt(path: Path) -> str:
    try:
        rest = path.stat().st_size % FITS_BLOCK
    except OSError as error:
        raise InputMissingError(f"found no file {path} any more, expected one to read; check the path") from error
    return f"found {rest} bytes after the last whole block of {FITS_BLOCK} in {path}, expected none" if rest else ""
