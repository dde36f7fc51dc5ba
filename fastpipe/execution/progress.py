"""Progress of the stages of a search, as text on a terminal or in the log of a batch queue."""

import sys
import threading
import time
from typing import Protocol, TextIO

from fastpipe.units import format_seconds

_BAR_CELLS = 30
_REDRAW_S = 0.1
_LOG_S = 60.0


class Progress(Protocol):
    """What a search tells about its progress. Tasks advance it from several threads at once."""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of `total` steps; the stage before it is over."""
        ...

    def advance(self, n: int = 1) -> None:
        """Say that `n` more steps of the stage are done."""
        ...

    def close(self) -> None:
        """End the last stage."""
        ...


class SilentProgress:
    """Progress that nobody wants to see."""

    def stage(self, name: str, total: int) -> None:
        """Do nothing."""

    def advance(self, n: int = 1) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class TerminalProgress:
    """One line with stage, percentage, rate and remaining time, redrawn in place.

    Where the stream is no terminal (a log file), a line at most once a minute and one at the end of every stage.

    Parameters
    ----------
    stream
        Where to write; standard error by default.
    in_place
        Whether the line may be redrawn; by default whether the stream is a terminal.

    Examples
    --------
    >>> progress = TerminalProgress(sys.stdout, in_place=False)
    >>> progress.stage("cleaning", 2)
    >>> progress.advance(2)
    >>> progress.close()  # doctest: +ELLIPSIS
    cleaning: done in ...
    """

    def __init__(self, stream: TextIO | None = None, *, in_place: bool | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._in_place = self._stream.isatty() if in_place is None else in_place
        self._lock = threading.Lock()
        self._name = ""
        self._total = 0
        self._done = 0
        self._started = 0.0
        self._written = 0.0

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of `total` steps; the stage before it is over."""
        with self._lock:
            self._end()
            self._name, self._total, self._done = name, total, 0
            self._started = self._written = time.monotonic()
            if self._in_place:
                self._write(self._line(0.0))

    def advance(self, n: int = 1) -> None:
        """Say that `n` more steps of the stage are done."""
        with self._lock:
            self._done += n
            now = time.monotonic()
            if now - self._written >= (_REDRAW_S if self._in_place else _LOG_S):
                self._written = now
                self._write(self._line(now - self._started))

    def close(self) -> None:
        """End the last stage."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._name:
            elapsed = time.monotonic() - self._started
            # A stage that was cut short must not read as if it had been finished.
            state = "done in" if self._done >= self._total else f"stopped at {self._done} of {self._total} after"
            self._write(f"{self._name}: {state} {format_seconds(elapsed)}", last=True)
        self._name = ""

    def _line(self, elapsed_s: float) -> str:
        fraction = min(self._done / self._total, 1.0) if self._total else 1.0
        text = f"{self._name}: {100 * fraction:3.0f} % "
        if self._in_place:
            cells = int(_BAR_CELLS * fraction)
            text += "[" + "#" * cells + "." * (_BAR_CELLS - cells) + "] "
        if self._done and elapsed_s > 0:
            rate = self._done / elapsed_s
            text += f"{rate:.3g}/s, {format_seconds(max(self._total - self._done, 0) / rate)} left"
        return text

    def _write(self, text: str, *, last: bool = False) -> None:
        if not self._in_place:
            self._stream.write(text + "\n")
        else:
            # 79 columns: longer lines would wrap in a terminal and not be redrawn in place.
            self._stream.write("\r" + text[:79].ljust(79) + ("\n" if last else ""))
        self._stream.flush()
