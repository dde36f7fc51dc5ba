"""One way to open recordings of any format, in one file or several."""

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

from fastpipe.data.recording import Recording
from fastpipe.errors import ConfigError, FileFormatError, InputMissingError
from fastpipe.io.joined_recording import JoinedRecording
from fastpipe.io.presto import SUFFIXES, PrestoSeries
from fastpipe.io.psrfits import PsrfitsRecording
from fastpipe.io.raw_file import RawFile, count_read
from fastpipe.io.sigproc import SigprocFile
from fastpipe.io.sigproc_header import MAGIC

_LOG = logging.getLogger("fastpipe")
_FITS_MAGIC = b"SIMPLE  ="


def open_recording(paths: Sequence[str | Path]) -> Recording:
    """Open the files of one observation, whatever their format.

    Parameters
    ----------
    paths
        One file or several consecutive ones in any order. Formats are told by content, but a PRESTO series is told by
        the name of its .dat file, its .inf file or both.

    Returns
    -------
    Recording
        The open recording.

    Raises
    ------
    ConfigError
        If no path is given.
    InputMissingError
        If a file does not exist or may not be read.
    FileFormatError
        If a file is of no known format, damaged or not supported.
    HeaderError
        If a header makes no sense, or the files do not follow one another.
    ResourceError
        If there are more files than the system lets one process open.
    """
    # The two files of a PRESTO series are one recording.
    files = {Path(path).with_suffix(".dat") if _is_presto(Path(path)) else Path(path): None for path in dict.fromkeys(paths)}
    if not files:
        raise ConfigError("found no file, expected at least one recording; name one")
    return _open_files(list(files))


def log_oddities(recording: Recording) -> None:
    """Write what the reader found odd to the log, for those who do not look at the recording before they use it."""
    for sentence in recording.oddities:
        _LOG.warning("%s: %s", recording.paths[0], sentence)


def _is_presto(path: Path) -> bool:
    return path.suffix in SUFFIXES


def _open_files(paths: list[Path]) -> Recording:
    is_fits = [not _is_presto(path) and _magic(path).startswith(_FITS_MAGIC) for path in paths]
    if all(is_fits):
        return PsrfitsRecording.open(paths)
    if any(is_fits):
        other = paths[is_fits.index(False)]
        raise FileFormatError(
            f"found PSRFITS in {paths[is_fits.index(True)]} and another format in {other}, expected one format; "
            "search them one by one"
        )
    parts = [_open_one(path) for path in paths]
    return parts[0] if len(parts) == 1 else JoinedRecording(parts)


def _magic(path: Path) -> bytes:
    file = RawFile(path)
    return file.read(0, min(file.nbytes, len(MAGIC))).tobytes()


def _open_one(path: Path) -> Recording:
    if _is_presto(path):
        return PrestoSeries.open(path)
    if _magic(path) != MAGIC:
        raise FileFormatError(
            f"found neither SIGPROC nor PSRFITS nor a PRESTO series in {path}, expected one of them; give a recording"
        )
    return SigprocFile.open(path)


def digest(recording: Recording) -> str:
    """Identify a recording by the bytes of its files.

    Parameters
    ----------
    recording
        The open recording.

    Returns
    -------
    str
        SHA-256 over the bytes of all files in the order of time, as 64 hexadecimal digits; for one file the same as
        ``sha256sum`` prints.

    Raises
    ------
    InputMissingError
        If a file has gone or cannot be read any more.
    """
    total = hashlib.sha256()
    for path in recording.paths:
        try:
            with path.open("rb") as file:
                hashlib.file_digest(file, lambda: total)
                count_read(file.tell())
        except OSError as error:
            raise InputMissingError(
                f"found {path} impossible to read ({error.strerror}), expected a file; check it"
            ) from error
    return total.hexdigest()
