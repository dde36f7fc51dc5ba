"""The errors fastpipe raises on purpose, and the exit code each one means.

Every message is one sentence: what was found, what was expected, what to do.
"""

from typing import ClassVar


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
