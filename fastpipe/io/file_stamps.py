"""Whether files are still those that a search began with."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastpipe.errors import IncompleteError, InputMissingError


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells a file from one that was put in its place, without reading it."""

    path: str
    nbytes: int
    modified_ns: int
    """Time of the last change in ns, as its file system has it."""
    inode: int


def stamp_files(paths: Sequence[Path]) -> tuple[FileStamp, ...]:
    """Note size, time of change and identity of files.

    Raises
    ------
    InputMissingError
        If one of them cannot be found.
    """
    stamps = []
    for path in paths:
        try:
            status = path.stat()
        except OSError as error:
            raise InputMissingError(
                f"found no file {path} ({error.strerror}), expected a recording; check the path"
            ) from error
        stamps.append(FileStamp(str(path), status.st_size, status.st_mtime_ns, status.st_ino))
    return tuple(stamps)


def check_unchanged(stamps: Sequence[FileStamp]) -> None:
    """Refuse to go on with files that changed.

    Parameters
    ----------
    stamps
        Of `stamp_files` when the search began.

    Raises
    ------
    IncompleteError
        If one is another file by now, has another size or was written to.
    InputMissingError
        If one has gone.
    """
    for before, now in zip(stamps, stamp_files([Path(stamp.path) for stamp in stamps]), strict=True):
        if before != now:
            sizes = f"{before.nbytes} and then {now.nbytes} bytes" if before.nbytes != now.nbytes else "another content"
            raise IncompleteError(
                f"found {before.path} changed while it was searched ({sizes}), expected one that stays as it is; wait until "
                "it is complete and run again"
            )


def content_digest(path: str) -> str:
    """Return the SHA-256 of a small file that an option names, empty for none; what cannot be read is refused elsewhere."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else ""
    except OSError:
        return "unreadable"
