"""The inbox of a night, polled: what came, what changed, what went, and the observations that this makes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from fastpipe.data.manifest import ManifestEntry
from fastpipe.data.night import InboxFile, NightObservation, NightRules, SeenFile
from fastpipe.io.file_look import look_at
from fastpipe.io.inbox import list_inbox
from fastpipe.pipeline.night_observations import find_observations

Seen = Mapping[PurePosixPath, SeenFile]
"""Files by their path in the inbox."""

_MOST_LOOKS: Final = 1000
"""Files opened in one poll, so that the first poll of a full inbox takes seconds."""


class InboxWatch:
    """Memory of an inbox from poll to poll.

    Whether a file is still being written is told by polls alone, for the clock of the machine that holds the disk may be
    wrong. A file is opened when it has settled, and again only if that failed or it changed.

    Parameters
    ----------
    folder
        The inbox.
    rules
        How long to wait for files.
    entries
        The manifest.
    """

    def __init__(self, folder: Path, rules: NightRules | None = None, entries: Sequence[ManifestEntry] = ()) -> None:
        self._folder = folder
        self._rules = rules or NightRules()
        self._entries = tuple(entries)
        self._seen: Seen = {}
        self._looked_s: dict[PurePosixPath, float] = {}

    def poll(self, now_s: float) -> list[NightObservation]:
        """List the inbox and say which observations it holds now.

        Parameters
        ----------
        now_s
            Time in s of a clock that does not jump, such as `time.monotonic`.

        Returns
        -------
        list of NightObservation
            All observations, sorted by name. If nothing changes any more and every file can be opened or refused, none waits
            longer than `settle_s` and `patience_s` together.

        Raises
        ------
        InputMissingError
            If the inbox is no folder, or may not be read.
        BusyError
            If its disk does not answer. What was known is kept.
        """
        files = list_inbox(self._folder)
        self._seen = self._look(update_seen(self._seen, files, self._folder, now_s, self._rules), now_s)
        return find_observations(self._seen.values(), now_s, self._rules, self._entries)

    def _look(self, seen: Seen, now_s: float) -> Seen:
        """Open the files that have settled and were not opened yet, or could not be read a while ago."""
        looked = dict(seen)
        waiting = [place for place, one in seen.items() if self._needs_look(one, now_s)]
        # Those that were never opened come first.
        for place in sorted(waiting, key=lambda place: self._looked_s.get(place, -1.0))[:_MOST_LOOKS]:
            looked[place] = replace(seen[place], look=look_at(seen[place].file.path))
            self._looked_s[place] = now_s
        return looked

    def _needs_look(self, one: SeenFile, now_s: float) -> bool:
        if one.is_gone or now_s - one.since_s < self._rules.settle_s:
            return False
        if one.look is None:
            return True
        return bool(one.look.error) and now_s - self._looked_s[one.place] >= self._rules.settle_s


def update_seen(
    previous: Seen, files: Iterable[InboxFile], folder: Path, now_s: float, rules: NightRules
) -> dict[PurePosixPath, SeenFile]:
    """Compare a listing with what is known.

    Parameters
    ----------
    previous
        What was known.
    files
        The new listing.
    folder
        The inbox.
    now_s
        Time of the listing in s, by the clock of the earlier ones.
    rules
        How long files that have gone are remembered.

    Returns
    -------
    dict of SeenFile
        Files of the listing, and those that have gone from it lately. Files that changed have lost their look.
    """
    seen: dict[PurePosixPath, SeenFile] = {}
    for file in files:
        place = PurePosixPath(file.path.relative_to(folder))
        known = previous.get(place)
        is_same = known is not None and not known.is_gone and known.file == file
        seen[place] = known if known is not None and is_same else SeenFile(file=file, place=place, since_s=now_s)
    for place, known in previous.items():
        if place not in seen and not known.is_gone:
            seen[place] = replace(known, is_gone=True, since_s=now_s)
        elif place not in seen and now_s - known.since_s < rules.give_up_s:
            seen[place] = known
    return seen
