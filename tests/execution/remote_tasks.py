"""What workers run in tests: functions that they can import."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np

from fastpipe.errors import IncompleteError


def square(number: int) -> int:
    return number * number


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def sleep_and_mark(argument: tuple[float, str]) -> int:
    seconds, marker = argument
    Path(f"{marker}.begun").write_text(str(os.getpid()))
    time.sleep(seconds)
    Path(f"{marker}.done").touch()
    return os.getpid()


def die_once(argument: tuple[int, str]) -> int:
    """Kill the worker in the first call that finds no marker."""
    number, marker = argument
    if marker and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def die_if_negative(number: int) -> int:
    if number < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def hold(nbytes: int) -> int:
    """Allocate memory in steps, slowly enough for those who watch the worker."""
    held = []
    while sum(part.nbytes for part in held) < nbytes:
        held.append(np.ones(2**25, dtype=np.uint8))
        time.sleep(0.02)
    return nbytes


def run_out_of_memory(number: int) -> int:
    if number < 0:
        raise MemoryError
    return number


def raise_incomplete(number: int) -> int:
    if number == 3:
        raise IncompleteError("found 3 files, expected 4; wait for the last one")
    return number


def raise_disk_error(_number: int) -> int:
    raise OSError(28, "No space left on device", "/nowhere/file")


def describe_process(_argument: Any) -> dict[str, Any]:
    return {"pid": os.getpid(), "environment": dict(os.environ), "cores": os.sched_getaffinity(0)}


class Unreadable:
    """A result that only workers can read."""

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (os, "no such name")


def unreadable(_number: int) -> Unreadable:
    return Unreadable()
