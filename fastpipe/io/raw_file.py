"""A file of bytes that several threads may read at once."""

import errno
import os
import stat
import threading
import weakref
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastpipe.errors import BusyError, FileFormatError, InputMissingError, ResourceError

_LARGEST_READ = 1 << 30  # Linux cuts one read at 2 GiB
# Stretches worth asking the disk for in advance, and the most to ask for, so that little memory is lost where it is in vain.
_LEAST_READ_AHEAD = 1 << 16
_LARGEST_READ_AHEAD = 1 << 26


class _ReadCounter:
    """Counts the bytes that this process has read of recordings; threads add to it at once."""

    def __init__(self) -> None:
        self.nbytes = 0
        self._lock = threading.Lock()

    def add(self, nbytes: int) -> None:
        with self._lock:
            self.nbytes += nbytes


_counter = _ReadCounter()


def count_read(nbytes: int) -> None:
    """Count bytes of a recording that were read past this module."""
    _counter.add(nbytes)


def total_read_bytes() -> int:
    """Return how many bytes of recordings this process has read so far."""
    return _counter.nbytes


def _open(path: Path) -> int:
    # Without O_NONBLOCK the opening of a named pipe would wait for ever.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        return os.open(path, flags)
    except OSError as error:
        if error.errno != errno.EMFILE or not _allow_more_files():
            raise
        return os.open(path, flags)


def _allow_more_files() -> bool:
    """Raise the soft limit of open files, for a scan has hundreds; tell whether the system let it happen."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * soft if hard == resource.RLIM_INFINITY else min(4 * soft, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] > soft


class RawFile:
    """A regular file opened for reading by position.

    Parameters
    ----------
    path
        The file. It stays open until the object is dropped.

    Raises
    ------
    InputMissingError
        If the file does not exist, may not be read, or is not a regular file.
    FileFormatError
        If the file is empty.
    ResourceError
        If more files are open than the system allows.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            descriptor = _open(path)
        except FileNotFoundError:
            raise InputMissingError(f"found no file {path}, expected one to read; check the path") from None
        except PermissionError:
            raise InputMissingError(f"found {path} closed to reading, expected a readable file; ask its owner") from None
        except (OSError, ValueError) as error:
            if getattr(error, "errno", None) == errno.EMFILE:
                raise ResourceError(
                    f"found as many files open as one process may have, expected room for {path}; raise the limit with "
                    "ulimit -n, or give fewer files at once"
                ) from None
            raise InputMissingError(
                f"found {path} impossible to open ({error.__class__.__name__}), expected a file to read; check the path"
            ) from None
        self._descriptor = descriptor
        self._close = weakref.finalize(self, os.close, descriptor)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise InputMissingError(f"found {path} to be no regular file, expected one to read; give the path of a file")
        if status.st_size == 0:
            raise FileFormatError(f"found {path} empty, expected data; copy the file again")
        self.nbytes = status.st_size
        """Size of the file in bytes when it was opened."""

    def read(self, offset: int, nbytes: int) -> NDArray[np.uint8]:
        """Return bytes by position.

        Parameters
        ----------
        offset
            Position of the first byte.
        nbytes
            Number of bytes.

        Returns
        -------
        ndarray
            A fresh array, shape [nbytes].

        Raises
        ------
        FileFormatError
            If the file has become shorter since it was opened.
        BusyError
            If the disk fails.
        """
        out = np.empty(nbytes, np.uint8)
        if nbytes >= _LEAST_READ_AHEAD:
            self._read_ahead(offset + nbytes, nbytes)
        done = 0
        while done < nbytes:
            try:
                got = os.preadv(self._descriptor, [out[done : done + _LARGEST_READ].data], offset + done)
            except OSError as error:
                reason = errno.errorcode.get(error.errno or 0, "unknown")
                raise BusyError(
                    f"found a read error ({reason}) at byte {offset + done} of {self.path}, expected data; check the "
                    "disk or network and run again"
                ) from error
            if got == 0:
                raise FileFormatError(
                    f"found the end of {self.path} at byte {offset + done}, expected {self.nbytes} bytes as "
                    "when it was opened; wait until the file is complete and run again"
                )
            done += got
        count_read(nbytes)
        return out

    def _read_ahead(self, offset: int, nbytes: int) -> None:
        """Ask the system to fetch the stretch that comes next, so that the disk works while this one is computed on."""
        # Not every system has the call, and none has to heed it.
        if offset < self.nbytes and hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self._descriptor, offset, min(nbytes, _LARGEST_READ_AHEAD), os.POSIX_FADV_WILLNEED)
