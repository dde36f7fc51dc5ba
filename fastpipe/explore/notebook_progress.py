"""Progress in a notebook: one bar for all stages, which ends as one line."""

import threading
import time
from html import escape
from typing import Any

from fastpipe.units import format_seconds

_REDRAW_S = 0.2


class NotebookProgress:
    """A bar below the cell that is drawn anew in place; when all is done it becomes a line with the time of each stage."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._lock = threading.Lock()
        self._stages: list[tuple[str, float]] = []
        self._name = ""
        self._total = self._done = 0
        self._began = self._started = self._drawn = time.monotonic()

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of `total` steps; the stage before it is over."""
        with self._lock:
            self._end_stage()
            self._name, self._total, self._done, self._started = name, total, 0, time.monotonic()
            self._draw()

    def advance(self, n: int = 1) -> None:
        """Say that `n` more steps of the stage are done."""
        with self._lock:
            self._done += n
            if time.monotonic() - self._drawn >= _REDRAW_S:
                self._draw()

    def close(self) -> None:
        """End the last stage, and with it the bar."""
        with self._lock:
            is_cut = bool(self._name) and self._done < self._total
            name = self._name
            self._end_stage()
            if self._handle is None:
                return
            end = f"stopped during {name}" if is_cut else "done"
            took = ", ".join(f"{stage} {format_seconds(seconds)}" for stage, seconds in self._stages)
            self._show(f"<small>{end} in {format_seconds(time.monotonic() - self._began)}: {escape(took)}</small>", end)

    def _end_stage(self) -> None:
        if self._name:
            self._stages.append((self._name, time.monotonic() - self._started))
        self._name = ""

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        elapsed_s = self._drawn - self._started
        left = f", {format_seconds(elapsed_s * (self._total - self._done) / self._done)} left" if self._done else ""
        text = f"{self._name}: {self._done} of {self._total}{left}"
        bar = f'<progress value="{self._done}" max="{max(self._total, 1)}"></progress>'
        self._show(f"{bar} <small>{escape(text)}</small>", text)

    def _show(self, html: str, text: str) -> None:
        # Only those who are in a notebook have IPython.
        from IPython import display

        content = {"text/html": html, "text/plain": text}
        if self._handle is None:
            show: Any = display.display
            self._handle = show(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)
