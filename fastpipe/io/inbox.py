"""The recordings in a folder and all folders below it, as they are now."""

import errno
import logging
import os
import stat
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from fastpipe.data.night import InboxFile
from fastpipe.errors import BusyError, InputMissingError
from fastpipe.io.fast_names import is_spectral_name
from fastpipe.io.presto import SUFFIXES

ENDINGS: Final = (".fits", ".sf", ".fits.fz", ".fil", ".tim", ".dat", ".inf")
"""Endings of recordings in small letters; of a .dat and its .inf file neither counts without the other."""

_LOG = logging.getLogger("fastpipe")
# What a network disk says when its server went away; not that a file is absent.
_FAR_AWAY = frozenset(
    getattr(errno, name)
    for name in ("EIO", "ESTALE", "ETIMEDOUT", "EREMOTEIO", "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENOTCONN", "ECOMM")
    if hasattr(errno, name)
)
_VANISHED = frozenset((errno.ENOENT, errno.ENOTDIR))


def list_inbox(folder: Path) -> tuple[InboxFile, ...]:
    """List the recordings of an inbox.

    Changes are found by listing again: the system tells of no change that another machine makes on a network disk. Links
    are followed, every folder is listed once. Left out are hidden names, which programs that copy give to what is not
    complete, files of FAST's spectral backend, compressed copies beside their originals, and what vanishes meanwhile.
    What cannot be read in a folder that can is left out with a warning in the log.

    Parameters
    ----------
    folder
        The inbox.

    Returns
    -------
    tuple of InboxFile
        Files with names of recordings (`ENDINGS`), sorted by path.

    Raises
    ------
    InputMissingError
        If the inbox is no folder, or may not be read.
    BusyError
        If the disk does not answer.
    """
    visited = {_identity(folder)}
    files = {file.path: file for file in _walk(folder, folder, visited)}
    return tuple(file for path, file in sorted(files.items()) if _counts(path, files))


def ending_of(name: str) -> str:
    """Return the ending of the name of a recording in small letters, or nothing for other names.

    Examples
    --------
    >>> ending_of("M13_tracking-M01_0001.FITS"), ending_of("x.fits.fz"), ending_of("x.fits.part")
    ('.fits', '.fits.fz', '')
    """
    ending = next((ending for ending in ENDINGS if name.lower().endswith(ending) and len(name) > len(ending)), "")
    # A program that makes the name of one file of a series from that of the other knows small letters only.
    return "" if ending in SUFFIXES and not name.endswith(ending) else ending


def _identity(inbox: Path) -> tuple[int, int]:
    """Make sure that the inbox can be listed, and return what tells its folder from all others."""
    try:
        os.scandir(inbox).close()
        status = inbox.stat()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        if error.errno in _FAR_AWAY:
            raise BusyError(
                f"found the disk of {inbox} not answering ({reason}), expected a listing; try again when its server is back"
            ) from error
        raise InputMissingError(f"found no readable folder {inbox} ({reason}), expected an inbox; check the path") from error
    return status.st_dev, status.st_ino


def _walk(folder: Path, inbox: Path, visited: set[tuple[int, int]]) -> Iterator[InboxFile]:
    try:
        with os.scandir(folder) as entries:
            paths = sorted(folder / entry.name for entry in entries if not entry.name.startswith("."))
    except OSError as error:
        _skip(folder, error, inbox)
        return
    for path in paths:
        try:
            status = path.stat()
        except OSError as error:
            _skip(path, error, inbox)
            continue
        identity = (status.st_dev, status.st_ino)
        if stat.S_ISDIR(status.st_mode) and identity not in visited:
            visited.add(identity)
            yield from _walk(path, inbox, visited)
        elif stat.S_ISREG(status.st_mode) and ending_of(path.name) and not is_spectral_name(path):
            yield InboxFile(path=path, nbytes=status.st_size, modified_unix_s=status.st_mtime)


def _counts(path: Path, files: dict[Path, InboxFile]) -> bool:
    if path.suffix in SUFFIXES:
        return all(path.with_suffix(suffix) in files for suffix in SUFFIXES)
    return path.suffix.lower() != ".fz" or path.with_suffix("") not in files


def _skip(path: Path, error: OSError, inbox: Path) -> None:
    """Go on without a file or folder: one that fails must not hold up the rest, unless the whole inbox fails."""
    if error.errno in _FAR_AWAY:
        _identity(inbox)
    if error.errno not in _VANISHED:
        _warn_once(f"{path} is left out of the inbox: {os.strerror(error.errno or 0)}")


@cache
def _warn_once(sentence: str) -> None:
    # An inbox is listed every few seconds all night.
    _LOG.warning("%s", sentence)
