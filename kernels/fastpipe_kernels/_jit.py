"""The one place where Numba options are chosen.

Kernels are serial and release the GIL: parallelism belongs to the executor. The on-disk cache lives in a folder of the
user, keyed by a hash over all kernel sources and the version of Numba, because Numba does not notice that a function
called by a cached kernel has changed. Where no folder can be written the kernels compile anew in each process.
"""

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba import config

F = TypeVar("F", bound=Callable[..., Any])

# Neither nnan nor ninf: with them the compiler takes isnan() for False. Reassociation lets sums use several registers.
_FASTMATH = {"reassoc", "contract", "arcp", "nsz"}


def _source_digest() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@cache
def cache_folder() -> Path | None:
    """Folder of the compiled kernels, or None where nothing can be written.

    The first that can be written of ``$FASTPIPE_CACHE``, ``$XDG_CACHE_HOME/fastpipe`` and ``~/.cache/fastpipe``.
    """
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    for base in (os.environ.get("FASTPIPE_CACHE"), os.path.join(home, "fastpipe")):
        if base:
            folder = Path(base) / "kernels" / _source_digest()
            if _is_writable(folder):
                return folder
    return None


def _compile(function: F, **options: Any) -> F:
    if config.DISABLE_JIT:
        return function
    folder = cache_folder()
    found = config.CACHE_DIR
    # Numba reads CACHE_DIR while it decorates; it is put back so that the user's own functions keep their folder.
    config.CACHE_DIR = str(folder or "")
    try:
        jit = numba.njit(nogil=True, fastmath=_FASTMATH, error_model="numpy", cache=folder is not None, **options)
        dispatcher = jit(function)
    finally:
        config.CACHE_DIR = found
    if folder is not None:
        _save_with_care(dispatcher, folder)
    return dispatcher  # type: ignore[no-any-return]


def _save_with_care(dispatcher: Any, folder: Path) -> None:
    """Let one process at a time save what it has compiled, and use what cannot be saved all the same.

    Numba counts the files of a kernel before it writes the next: two processes at once would give theirs the same name.
    """
    save = dispatcher._cache.save_overload

    def save_if_possible(*args: Any) -> None:
        with contextlib.suppress(OSError), open(folder / "lock", "ab") as lock:
            # Given back with the file; disks without locks are used without.
            with contextlib.suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX)
            save(*args)

    dispatcher._cache.save_overload = save_if_possible


def kernel(function: F) -> F:
    """Compile a function that algorithms call: serial, without the GIL, cached on disk."""
    return _compile(function)


def inlined(function: F) -> F:
    """Compile a small function that kernels call, and paste it into them so that its values stay in registers."""
    if config.DISABLE_JIT:
        return function
    jit = numba.njit(nogil=True, fastmath=_FASTMATH, error_model="numpy", inline="always")
    return jit(function)  # type: ignore[no-any-return]
