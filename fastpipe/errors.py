"""The errors fastpipe raises on purpose, and the exit code each one means.

Every message is one sentence: what was found, what was expected, what to do.
"""

import errno
from typing import ClassVar, Final

INTERRUPTED: Final = 130
"""Exit code of what a person ended (SIGINT)."""
_FORBIDDEN: Final = {errno.EACCES, errno.EPERM, errno.EROFS}
_MISSING: Final = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, *_FORBIDDEN}
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOMEM}


class FastpipeError(Exception):
    """Base of all errors that a user of fastpipe can cause and cure."""

    exit_code: ClassVar[int] = 10


class ConfigError(FastpipeError, ValueError):
    """A configuration or an option that makes no sense, alone or for this recording."""

    exit_code: ClassVar[int] = 2


class InputMissingError(FastpipeError, FileNotFoundError):
    """An input file that does not exist or may not be read."""

    exit_code: ClassVar[int] = 3


class FileFormatError(FastpipeError, ValueError):
    """A file whose bytes are not what its format says they must be."""

    exit_code: ClassVar[int] = 4


class HeaderError(FastpipeError, ValueError):
    """A header whose values are missing, impossible or contradict one another."""

    exit_code: ClassVar[int] = 4


class ResourceError(FastpipeError, RuntimeError):
    """Memory or disk that is not enough for the plan."""

    exit_code: ClassVar[int] = 6


class IncompleteError(FastpipeError):
    """A recording that is still being written, or was changed while it was read."""

    exit_code: ClassVar[int] = 5


class BusyError(FastpipeError):
    """Something that another program holds now, or that went away for now: trying again later may help."""

    exit_code: ClassVar[int] = 75


class Terminated(BaseException):
    """The process was asked to end (SIGTERM), or its terminal closed (SIGHUP)."""

    exit_code: ClassVar[int] = 143


def exit_code_of(error: BaseException) -> int:
    """Return the exit code of a command that ends with an error, whoever raised it.

    Examples
    --------
    >>> exit_code_of(BusyError()), exit_code_of(MemoryError()), exit_code_of(OSError(errno.ENOSPC, "full"))
    (75, 6, 6)
    """
    match error:
        case FastpipeError() | Terminated():
            return error.exit_code
        case KeyboardInterrupt():
            return INTERRUPTED
        case MemoryError():
            return ResourceError.exit_code
        case OSError():
            if error.errno in _MISSING:
                return InputMissingError.exit_code
            return ResourceError.exit_code if error.errno in _FULL else BusyError.exit_code
    return FastpipeError.exit_code
