"""Files that appear whole or not at all."""

import errno
import glob
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fastpipe.errors import ConfigError, FastpipeError, ResourceError

_LEFTOVER_S = 3600.0
_NAME_LENGTH = 100
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def disk_error(path: Path, error: OSError) -> FastpipeError:
    """Say in one sentence why a file could not be written.

    Parameters
    ----------
    path
        The file that was to be written.
    error
        What the operating system said.

    Returns
    -------
    FastpipeError
        `ResourceError` for a full disk, else `ConfigError`.
    """
    if error.errno in _DISK_FULL:
        return ResourceError(f"found the disk of {path} full, expected room for the output; free space or write elsewhere")
    reason = os.strerror(error.errno) if error.errno else str(error)
    return ConfigError(f"found {path} impossible to write ({reason}), expected a writable folder; choose another path")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path in the same folder, and rename it to `path` when all went well.

    The content is on the disk before the name appears, so a killed or crashed run leaves no broken file under the final
    name. On any error the temporary file is removed and `path` stays as it was.

    Parameters
    ----------
    path
        Final name of the file.

    Yields
    ------
    Path
        Existing empty file to write to.

    Raises
    ------
    ResourceError
        If the disk is full.
    ConfigError
        If the folder does not exist or may not be written.
    """
    temporary = path.parent / f".{path.name[:_NAME_LENGTH]}.{secrets.token_hex(4)}.tmp"
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        _flush_to_disk(temporary)
        os.replace(temporary, path)
    except OSError as error:
        if isinstance(error, FastpipeError):
            raise
        raise disk_error(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def remove_leftovers(folder: Path, name: str = "") -> None:
    """Remove temporary files of `replacing` that a killed process left in a folder an hour ago or longer.

    Parameters
    ----------
    folder
        The folder.
    name
        Begin of the names that the files were to get; empty for all.
    """
    for temporary in folder.glob(f".{glob.escape(name[:_NAME_LENGTH])}*.tmp"):
        with suppress(OSError):
            if time.time() - temporary.stat().st_mtime > _LEFTOVER_S:
                temporary.unlink()


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
