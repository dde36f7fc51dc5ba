"""From errors to one sentence and an exit code."""

import errno

from fastpipe.errors import FastpipeError, Terminated

INTERRUPTED = 130
TERMINATED = Terminated.exit_code
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_MISSING = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, *_FORBIDDEN}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOMEM}
_RESUMED = {"search", "night"}


def describe_failure(error: BaseException, subcommand: str | None = None) -> tuple[int, str]:
    """Choose exit code and sentence for an error.

    Parameters
    ----------
    error
        What was raised.
    subcommand
        What was running.

    Returns
    -------
    tuple of int and str
        Exit code as in the documentation of the command line, and the sentence for standard error.
    """
    again = "no unfinished file was left behind; run the same command again"
    if subcommand in _RESUMED:
        again = "what was finished is kept; run the same command again to go on from there"
    match error:
        case FastpipeError():
            return error.exit_code, str(error)
        case KeyboardInterrupt():
            return INTERRUPTED, f"interrupted: {again}"
        case Terminated():
            return TERMINATED, f"ended by the system: {again}"
        case MemoryError():
            return 6, "found too little memory for the plan, expected more; run again with a smaller --memory or --dm-max"
        case OSError():
            return _describe_os_error(error)
        case _:
            found = f"{type(error).__name__} ({error})"
            return 10, f"stopped by an unexpected {found}; run again with --debug and report what it prints"


def _describe_os_error(error: OSError) -> tuple[int, str]:
    place = f" at {error.filename}" if error.filename else ""
    if error.errno in _MISSING:
        return 3, f"found no usable file{place} ({error.strerror}), expected one; check the path and its permissions"
    if error.errno in _FULL:
        return 6, f"found no room left{place} ({error.strerror}), expected more; free some and run again"
    return 75, f"reading or writing failed{place} ({error.strerror or error}); run the same command again later"
