"""From errors to one sentence and an exit code."""

from fastpipe.errors import FastpipeError, Terminated, exit_code_of

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
    return exit_code_of(error), _sentence(error, subcommand)


def _sentence(error: BaseException, subcommand: str | None) -> str:
    again = "no unfinished file was left behind; run the same command again"
    if subcommand in _RESUMED:
        again = "what was finished is kept; run the same command again to go on from there"
    match error:
        case FastpipeError():
            return str(error)
        case KeyboardInterrupt():
            return f"interrupted: {again}"
        case Terminated():
            return f"ended by the system: {again}"
        case MemoryError():
            return "found too little memory for the plan, expected more; run again with a smaller --memory or --dm-max"
        case OSError():
            return _os_sentence(error)
        case _:
            found = f"{type(error).__name__} ({error})"
            return f"stopped by an unexpected {found}; run again with --debug and report what it prints"


def _os_sentence(error: OSError) -> str:
    place = f" at {error.filename}" if error.filename else ""
    match exit_code_of(error):
        case 3:
            return f"found no usable file{place} ({error.strerror}), expected one; check the path and its permissions"
        case 6:
            return f"found no room left{place} ({error.strerror}), expected more; free some and run again"
    return f"reading or writing failed{place} ({error.strerror or error}); run the same command again later"
