"""The loop of a night: look into the inbox, search what is complete, report, never twice."""

import logging
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Final, Protocol

from fastpipe.data.manifest import ManifestEntry
from fastpipe.data.night import NightObservation
from fastpipe.data.night_state import NightState
from fastpipe.data.night_summary import NightSummary
from fastpipe.errors import FastpipeError
from fastpipe.execution.night_book import NightBook
from fastpipe.execution.night_options import NightOptions
from fastpipe.execution.night_searches import AdoptedSearch, ChildSearch, LimitedSearch, SearchCommand, SearchEnd, SearchTask
from fastpipe.io.night_log import holding_night, last_line, read_night_state

_log = logging.getLogger(__name__)

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_UNKILLABLE_S: Final = 10.0
_TRY_LATER_CODE: Final = 75
_REPORT_SHARE: Final = 0.05
"""Part of the time that reports may take."""


class Inbox(Protocol):
    """What knows the files of a night."""

    def poll(self, now_s: float) -> Sequence[NightObservation]:
        """Return all observations whose files are there, at a time in s of a clock that does not jump."""


class Report(Protocol):
    """What tells people and machines about a night."""

    def write(self, state: NightState, observations: Sequence[NightObservation], *, is_over: bool) -> NightSummary:
        """Write all files of the report."""


@dataclass(frozen=True, slots=True)
class NightEnd:
    """How a night ended."""

    summary: NightSummary
    """What was found."""
    signal_number: int = 0
    """Signal that ended it; 0 for none."""

    @property
    def exit_code(self) -> int:
        """128 and the signal; else 10, 4 or 5 where anything failed, is bad or not complete, the worst first; else 0."""
        if self.signal_number:
            return 128 + (signal.SIGINT if self.signal_number == signal.SIGINT else signal.SIGTERM)
        serious = ((10, ("failed",)), (4, ("quarantined",)), (5, ("waiting", "pending", "running")))
        statuses = {row.status for row in self.summary.rows}
        return next((code for code, found in serious if statuses.intersection(found)), 0)


def run_night(options: NightOptions, inbox: Inbox, report: Report, command: SearchCommand) -> NightEnd:
    """Search everything that arrives in an inbox, until the night is over.

    Parameters
    ----------
    options
        Where, how long, with how much of the machine.
    inbox
        Says which observations there are, and which of them are complete.
    report
        Tells about the night.
    command
        Makes the command line of a search.

    Returns
    -------
    NightEnd
        What was found; also after SIGTERM, SIGINT or SIGHUP, which end the night and leave it resumable.

    Raises
    ------
    BusyError
        If another night works in the same folder.
    FastpipeError
        If the inbox cannot be read at first, or the folder not be written to.
    """
    with holding_night(options.folder):
        night = _Night(options, inbox, report, command)
        with night.listening():
            return night.run()


class _Night:
    """One run of a night."""

    def __init__(self, options: NightOptions, inbox: Inbox, report: Report, command: SearchCommand) -> None:
        self._options, self._inbox, self._report, self._command = options, inbox, report, command
        self._book = NightBook(options, read_night_state(options.folder))
        self._running: dict[str, LimitedSearch] = {}
        self._observations: Sequence[NightObservation] = ()
        self._signal = 0
        self._start_s = self._busy_s = time.monotonic()
        self._next_poll_s = self._next_report_s = 0.0
        self._reported: object = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Let signals end the night in order; what is ignored already (nohup) stays so."""

        def note(number: int, _frame: FrameType | None) -> None:
            self._signal = number

        before = {number: signal.getsignal(number) for number in (*_SIGNALS, signal.SIGCHLD)}
        heard = [number for number in _SIGNALS if before[number] is not signal.SIG_IGN]
        try:
            for number in heard:
                signal.signal(number, note)
            # Where whoever started the night ignores it, the system tells nobody how a search ended.
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            yield
        finally:
            for number in (*heard, signal.SIGCHLD):
                signal.signal(number, before[number])

    def run(self) -> NightEnd:
        """Work until the night is over."""
        self._adopt()
        try:
            while not self._is_over():
                self._poll_inbox()
                self._reap()
                self._start_searches()
                self._report_now_and_then()
                time.sleep(self._options.tick_s)
        finally:
            self._stop_searches()
        summary = self._report.write(self._book.state, self._observations, is_over=True)
        return NightEnd(summary, self._signal)

    def _adopt(self) -> None:
        """Take over searches that an earlier process started: what it left running works on."""
        for search in self._book.running():
            adopted = AdoptedSearch(search.pid, self._book.catalogue_of(search.name), search.start_unix_s)
            self._running[search.name] = self._limited(adopted)

    def _limited(self, search: AdoptedSearch | ChildSearch) -> LimitedSearch:
        return LimitedSearch(search, self._options.time_limit_s, self._options.grace_s)

    def _is_over(self) -> bool:
        now_s = time.monotonic()
        hours_s = self._options.hours_s
        if self._signal or (hours_s is not None and now_s > self._start_s + hours_s):
            return True
        # Nothing is known before the first look into the inbox.
        if self._options.is_watching or self._running or not self._next_poll_s:
            return False
        if self._book.is_busy(self._observations):
            return False
        is_waiting = any(found.state == "waiting" for found in self._observations)
        return not is_waiting or now_s > self._busy_s + self._options.wait_s

    def _poll_inbox(self) -> None:
        if time.monotonic() < self._next_poll_s:
            return
        is_first = not self._next_poll_s
        try:
            self._observations = self._inbox.poll(time.monotonic())
        except (FastpipeError, OSError) as error:
            # A disk of the network that goes away for a while must not end a night.
            if is_first:
                raise
            _log.warning("%s", error)
        else:
            if self._book.note_observations(self._observations):
                self._busy_s = time.monotonic()
        self._next_poll_s = time.monotonic() + self._options.poll_s

    def _reap(self) -> None:
        for name, running in list(self._running.items()):
            end = running.poll()
            if end is None:
                continue
            reason = self._last_words(name)
            del self._running[name]
            self._book.note_end(name, end, reason)
            self._busy_s = time.monotonic()

    def _last_words(self, name: str) -> str:
        search = self._running[name].search
        start = search.log_start if isinstance(search, ChildSearch) else 0
        return last_line(self._log_of(name), start).removeprefix("fastpipe search: ")

    def _log_of(self, name: str) -> Path:
        return self._book.catalogue_of(name).with_name("search.log")

    def _start_searches(self) -> None:
        while not self._signal:
            observation = self._book.next_observation(self._observations, list(self._running))
            if observation is None:
                return
            self._start(observation)

    def _start(self, observation: NightObservation) -> None:
        options, entry = self._options, observation.entry or ManifestEntry(files=())
        is_alone = self._book.state.searches[observation.name].is_alone
        nparts = 1 if is_alone else options.njobs
        task = SearchTask(
            files=tuple(file.path for file in observation.files),
            catalogue=self._book.catalogue_of(observation.name),
            memory_bytes=options.memory_bytes // nparts,
            nthreads=max(1, options.nthreads // nparts),
            position=entry.position,
            dm_min=entry.dm_min,
            dm_max=entry.dm_max,
        )
        # Noted before and after: a night that is killed in between knows that something may run.
        self._book.note_start(observation.name, 0)
        try:
            task.catalogue.parent.mkdir(exist_ok=True)
            child = ChildSearch(self._command(task), self._log_of(observation.name))
        except OSError as error:
            # Too many processes, or a full disk: one search must not end the night.
            self._book.note_end(observation.name, SearchEnd(exit_code=_TRY_LATER_CODE), f"the search did not start: {error}")
            return
        self._running[observation.name] = self._limited(child)
        self._book.note_start(observation.name, child.pid)

    def _stop_searches(self) -> None:
        """Ask all searches to end, and wait for them: they go on next time where they stopped."""
        for running in self._running.values():
            running.ask_to_end()
        # What cannot even be killed hangs in a disk; the next run of the night waits for it.
        latest_s = time.monotonic() + self._options.grace_s + _UNKILLABLE_S
        while self._running and time.monotonic() < latest_s:
            for name, running in list(self._running.items()):
                end = running.poll()
                if end is not None:
                    # Only an end of its own counts as an attempt.
                    is_own = end.exit_code in (0, 4)
                    self._book.note_end(name, end if is_own else replace(end, exit_code=None), self._last_words(name))
                    del self._running[name]
            time.sleep(self._options.tick_s)

    def _report_now_and_then(self) -> None:
        seen = (self._book.nchanges, [(found.name, found.state) for found in self._observations])
        if seen == self._reported or time.monotonic() < self._next_report_s:
            return
        begin_s = time.monotonic()
        try:
            self._report.write(self._book.state, self._observations, is_over=False)
        except (FastpipeError, OSError) as error:
            # There may be room for the next one.
            _log.warning("%s", error)
        else:
            self._reported = seen
        took_s = time.monotonic() - begin_s
        self._next_report_s = time.monotonic() + max(self._options.report_s, took_s / _REPORT_SHARE)
