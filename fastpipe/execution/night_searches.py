"""Searches of a night as processes of their own: a crash, or a lack of memory, ends one of them and nothing else."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fastpipe.io.night_log import iso_time
from fastpipe.pipeline.night_retries import TIME_LIMIT_CODE


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchTask:
    """One search that is to run, and what it may use."""

    files: tuple[Path, ...]
    """Files of the observation, in the order of time."""
    catalogue: Path
    """Catalogue to write."""
    memory_bytes: int
    """Largest memory in bytes."""
    nthreads: int
    """Number of threads."""
    position: str = ""
    """Position instead of that in the header; empty for none."""
    dm_min: float | None = None
    """Lowest DM instead of that of the configuration."""
    dm_max: float | None = None
    """Highest DM instead of that of the configuration."""


SearchCommand = Callable[[SearchTask], Sequence[str]]
"""Makes the command line of a search."""


def search_command(config_path: Path | None = None, catalogue: str = "") -> SearchCommand:
    """Return what makes the command lines of searches by this very Python.

    Parameters
    ----------
    config_path
        Configuration of all searches; None for the defaults.
    catalogue
        Table of known pulsars; empty for that of the configuration.

    Returns
    -------
    callable
        Takes a task, gives ``python -m fastpipe search ...``.
    """

    def make(task: SearchTask) -> list[str]:
        options = {
            "--config": str(config_path) if config_path else "",
            "--catalogue": catalogue,
            "--memory": str(task.memory_bytes),
            "--threads": str(task.nthreads),
            "--position": task.position,
            "--dm-min": "" if task.dm_min is None else repr(task.dm_min),
            "--dm-max": "" if task.dm_max is None else repr(task.dm_max),
        }
        given = [f"{name}={value}" for name, value in options.items() if value]
        files = map(str, task.files)
        return [sys.executable, "-m", "fastpipe", "search", "--quiet", *given, "-o", str(task.catalogue), "--", *files]

    return make


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchEnd:
    """How an attempt ended."""

    exit_code: int | None
    """Exit code; 124 for the time limit, 128 and the signal if killed, None if only the end is known."""
    cpu_s: float = 0.0
    """CPU time in s."""
    peak_bytes: int = 0
    """Most memory that it had."""


class RunningSearch(Protocol):
    """An attempt that runs."""

    pid: int
    start_unix_s: float

    def poll(self) -> SearchEnd | None:
        """Return how it ended; None while it runs."""

    def ask_to_end(self) -> None:
        """Send SIGTERM once; after it has passed, `kill` may be due."""

    def kill(self) -> None:
        """Send SIGKILL."""


class ChildSearch:
    """A search that this process started.

    Parameters
    ----------
    command
        Command line.
    log
        File to which its output is added.
    """

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self.start_unix_s = time.time()
        with log.open("ab") as file:
            file.write(f"--- {iso_time(self.start_unix_s)} {' '.join(command)}\n".encode("utf-8", "surrogateescape"))
            file.flush()
            self.log_start = file.tell()
            # In a session of its own: Ctrl-C in a terminal is for the night, which passes it on.
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
            )
        self.pid = self._process.pid

    def poll(self) -> SearchEnd | None:
        """Return how it ended, with what it used; None while it runs."""
        pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        if pid == 0:
            return None
        code = os.waitstatus_to_exitcode(status)
        self._process.returncode = code
        # The unit is KiB, but bytes on macOS.
        unit = 1 if sys.platform == "darwin" else 1024
        return SearchEnd(
            exit_code=code if code >= 0 else 128 - code,
            cpu_s=usage.ru_utime + usage.ru_stime,
            peak_bytes=usage.ru_maxrss * unit,
        )

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        self._process.terminate()

    def kill(self) -> None:
        """Send SIGKILL to it and to all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


class AdoptedSearch:
    """A search that an earlier process of this night started, and that outlived it.

    Where the system does not show the commands of processes (macOS), there seems to be none: then the run folder of the
    search, which it locks, keeps a second one away.

    Parameters
    ----------
    pid
        Its process, as the state of the night has it.
    catalogue
        Catalogue that it writes, by which it is told from others that got the same number later.
    start_unix_s
        When it began, in s since 1970.
    """

    def __init__(self, pid: int, catalogue: Path, start_unix_s: float) -> None:
        self.pid, self.start_unix_s = pid, start_unix_s
        self._catalogue = os.fsencode(catalogue)

    def poll(self) -> SearchEnd | None:
        """Return that it ended; None while it runs. Nobody but its parent learns its exit code."""
        return None if self._runs() else SearchEnd(exit_code=None)

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self._send(signal.SIGKILL)

    def _runs(self) -> bool:
        # One that ended and waits for its parent has no command any more.
        try:
            return self.pid > 0 and self._catalogue in Path(f"/proc/{self.pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False

    def _send(self, number: signal.Signals) -> None:
        if self._runs():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, number)


class LimitedSearch:
    """A search with a time limit: asked to end when its time is over, and killed when it does not.

    Parameters
    ----------
    search
        The attempt.
    time_limit_s
        Wall time it may take in s.
    grace_s
        How long it may take to end when it is asked to, in s.
    """

    def __init__(self, search: RunningSearch, time_limit_s: float, grace_s: float) -> None:
        # From here on a clock that does not jump: one that is set at night must not end searches.
        left_s = min(search.start_unix_s + time_limit_s - time.time(), time_limit_s)
        self.search = search
        self._end_s, self._grace_s = time.monotonic() + left_s, grace_s
        self._asked_s: float | None = None
        self._is_over_time = False

    def poll(self) -> SearchEnd | None:
        """Return how it ended; None while it runs."""
        end = self.search.poll()
        now_s = time.monotonic()
        if end is None:
            if self._asked_s is None and now_s > self._end_s:
                self._is_over_time = True
                self.ask_to_end()
            elif self._asked_s is not None and now_s > self._asked_s + self._grace_s:
                self.search.kill()
            return None
        if self._is_over_time and end.exit_code:
            return SearchEnd(exit_code=TIME_LIMIT_CODE, cpu_s=end.cpu_s, peak_bytes=end.peak_bytes)
        return end

    def ask_to_end(self) -> None:
        """Ask it to end, once."""
        if self._asked_s is None:
            self._asked_s = time.monotonic()
            self.search.ask_to_end()
