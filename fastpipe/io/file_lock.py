"""Locks on files: the system gives them back when the process ends, however that happens."""

import fcntl
import logging
from pathlib import Path

_log = logging.getLogger("fastpipe")


def try_lock(descriptor: int, path: Path) -> bool:
    """Lock an open file for this process alone; on a disk that knows no locks, warn and go on.

    Some disks of clusters know none (Lustre that is mounted without ``flock``), and nothing would ever run there.

    Parameters
    ----------
    descriptor
        Of the open file.
    path
        Its name, for the warning.

    Returns
    -------
    bool
        False if another process holds it.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        _log.warning("%s cannot be locked (%s): see to it that nothing else writes the same output", path, error.strerror)
    return True


def is_locked(descriptor: int) -> bool:
    """Tell whether another process has locked an open file; on a disk that knows no locks nobody has."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False
