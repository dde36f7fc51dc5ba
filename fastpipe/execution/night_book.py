"""What a night knows of its searches, on the disk after every change."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastpipe.data.night import NightObservation
from fastpipe.data.night_state import CATALOGUE_NAME, NightSearch, NightState
from fastpipe.execution.night_options import NightOptions
from fastpipe.execution.night_searches import SearchEnd
from fastpipe.io.night_log import note_quarantine, write_night_state
from fastpipe.pipeline.night_retries import TIME_LIMIT_CODE, judge_exits
from fastpipe.units import as_unicode

_MISSING_CODE = 3
_LONGEST_REASON = 1000
_PLAIN_REASONS = {
    TIME_LIMIT_CODE: "the time limit of the search was over",
    137: "the search was killed, probably because memory ran out",
}


class NightBook:
    """The searches of a night and their states.

    Parameters
    ----------
    options
        How the night works.
    state
        What an earlier run left; None for a new night.
    """

    def __init__(self, options: NightOptions, state: NightState | None) -> None:
        self._options = options
        self.nchanges = 0
        """How often anything changed."""
        self.state = state or NightState(inbox=as_unicode(str(options.inbox)), start_unix_s=time.time())
        """All searches."""
        write_night_state(options.folder, self.state)
        if options.with_failed:
            failed = [search for search in self.state.searches.values() if search.status == "failed"]
            self._change(*(replace(search, status="pending", exits=(), not_before_unix_s=0.0) for search in failed))

    def catalogue_of(self, name: str) -> Path:
        """Return the path of the catalogue of an observation."""
        return self._options.folder / name / CATALOGUE_NAME

    def running(self) -> list[NightSearch]:
        """Return the searches that run, or ran when an earlier run of the night was killed."""
        return [search for search in self.state.searches.values() if search.status == "running"]

    def note_observations(self, observations: Sequence[NightObservation]) -> bool:
        """Take in what the inbox holds: new observations, changed ones, bad ones.

        Parameters
        ----------
        observations
            All of the inbox.

        Returns
        -------
        bool
            Whether anything changed.
        """
        changed: list[NightSearch] = []
        for observation in observations:
            search = self.state.searches.get(observation.name)
            is_new = search is None or (search.key != observation.key and search.status != "running")
            if is_new and observation.state != "waiting":
                changed.append(_new_search(observation))
        there = {observation.name for observation in observations}
        gone = [search for search in self.state.searches.values() if search.name not in there and _has_lost_files(search)]
        # If the files come back, it is a new search.
        changed += [replace(search, key="") for search in gone]
        for search in changed:
            if search.status == "quarantined":
                note_quarantine(self._options.folder, search)
        self._change(*changed)
        return bool(changed)

    def next_observation(self, observations: Sequence[NightObservation], running: Sequence[str]) -> NightObservation | None:
        """Choose the observation that is searched next.

        Parameters
        ----------
        observations
            All of the inbox, in the order in which they are to be searched.
        running
            Names of those that are searched now.

        Returns
        -------
        NightObservation or None
            None if nothing is due, or nothing may run beside what runs.
        """
        searches = self.state.searches
        if len(running) >= self._options.njobs or any(searches[name].is_alone for name in running):
            return None
        due = [found for found in observations if self._is_pending(found)]
        due = [found for found in due if _is_due(searches[found.name], time.time())]
        alone = [found for found in due if searches[found.name].is_alone]
        if alone:
            # What needs the whole machine waits for the end of all that runs, and nothing new begins before it.
            return None if running else alone[0]
        return due[0] if due else None

    def is_busy(self, observations: Sequence[NightObservation]) -> bool:
        """Tell whether an observation of the inbox is still to be searched."""
        return any(self._is_pending(observation) for observation in observations)

    def _is_pending(self, observation: NightObservation) -> bool:
        search = self.state.searches.get(observation.name)
        return (
            observation.state == "complete"
            and search is not None
            and search.status == "pending"
            and search.key == observation.key
        )

    def note_start(self, name: str, pid: int) -> None:
        """Note that an attempt begins; `pid` is 0 before its process is known."""
        search = self.state.searches[name]
        self._change(replace(search, status="running", pid=pid, start_unix_s=time.time(), end_unix_s=0.0, reason=""))

    def note_end(self, name: str, end: SearchEnd, reason: str) -> None:
        """Note how an attempt ended, and decide what becomes of the observation.

        Parameters
        ----------
        name
            Name of the observation.
        end
            How it ended; without an exit code it counts as none.
        reason
            Last sentence of its output.
        """
        search, now = self.state.searches[name], time.time()
        changes: dict[str, Any] = {
            "pid": 0,
            "end_unix_s": now,
            "wall_s": search.wall_s + max(now - search.start_unix_s, 0.0),
            "cpu_s": search.cpu_s + end.cpu_s,
            "peak_bytes": max(search.peak_bytes, end.peak_bytes),
        }
        if end.exit_code is None:
            self._change(replace(search, status="pending", **changes))
            return
        exits = (*search.exits, end.exit_code)
        verdict = judge_exits(exits, self._options.retries, self._options.pause_s)
        sentence = _PLAIN_REASONS.get(end.exit_code) or reason or f"the search ended with exit code {end.exit_code}"
        search = replace(
            search,
            status=verdict.status,
            exits=exits,
            reason="" if verdict.status == "done" else sentence[:_LONGEST_REASON],
            not_before_unix_s=now + verdict.pause_s,
            is_alone=verdict.is_alone,
            **changes,
        )
        if verdict.status == "quarantined":
            note_quarantine(self._options.folder, search)
        self._change(search)

    def _change(self, *searches: NightSearch) -> None:
        """Replace searches, in memory and on the disk."""
        if not searches:
            return
        self.nchanges += 1
        changed = self.state.searches | {search.name: search for search in searches}
        self.state = replace(self.state, searches=changed)
        write_night_state(self._options.folder, self.state)


def _is_due(search: NightSearch, now_unix_s: float) -> bool:
    """Tell whether the pause of a search is over; where the clock was set back behind its begin, it is."""
    return not search.end_unix_s <= now_unix_s < search.not_before_unix_s


def _has_lost_files(search: NightSearch) -> bool:
    return search.status == "failed" and search.exits[-1:] == (_MISSING_CODE,) and bool(search.key)


def _new_search(observation: NightObservation) -> NightSearch:
    is_bad = observation.state == "bad"
    return NightSearch(
        name=observation.name,
        key=observation.key,
        files=tuple(as_unicode(str(file.path)) for file in observation.files),
        nbytes=sum(file.nbytes for file in observation.files),
        source=observation.source,
        beam=observation.beam,
        status="quarantined" if is_bad else "pending",
        reason=observation.reason if is_bad else "",
        note="" if is_bad else observation.reason,
        end_unix_s=time.time() if is_bad else 0.0,
    )
