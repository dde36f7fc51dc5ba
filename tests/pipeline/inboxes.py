"""Inboxes without a disk for the tests of the night."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from fastpipe.data.manifest import ManifestEntry
from fastpipe.data.night import FileLook, InboxFile, NightObservation, NightRules, SeenFile
from fastpipe.pipeline.night_inbox import update_seen
from fastpipe.pipeline.night_observations import find_observations

INBOX = Path("/inbox")
RULES = NightRules(settle_s=60.0, patience_s=900.0)
WHOLE = FileLook(source="header", tsamp=1e-3, tobs_s=10.0)


@dataclass
class FakeInbox:
    """Files by name with their sizes, and a clock; looks say what they are told to."""

    rules: NightRules = RULES
    entries: tuple[ManifestEntry, ...] = ()
    looks: Mapping[str, FileLook] = field(default_factory=dict)
    now_s: float = 0.0
    sizes: dict[str, int] = field(default_factory=dict)
    seen: dict[PurePosixPath, SeenFile] = field(default_factory=dict)

    def put(self, *names: str, nbytes: int = 1000) -> None:
        self.sizes |= dict.fromkeys(names, nbytes)

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def poll(self) -> list[NightObservation]:
        files = [
            InboxFile(path=INBOX / name, nbytes=nbytes, modified_unix_s=1e9) for name, nbytes in sorted(self.sizes.items())
        ]
        seen = update_seen(self.seen, files, INBOX, self.now_s, self.rules)
        self.seen = {place: self._look(one) for place, one in seen.items()}
        return find_observations(self.seen.values(), self.now_s, self.rules, self.entries)

    def _look(self, one: SeenFile) -> SeenFile:
        has_settled = not one.is_gone and self.now_s - one.since_s >= self.rules.settle_s
        return replace(one, look=self.looks.get(str(one.place), WHOLE)) if has_settled else one

    def settle(self) -> list[NightObservation]:
        """Poll, wait until all has settled, poll again."""
        self.poll()
        self.wait(self.rules.settle_s)
        return self.poll()

    def give_up(self) -> list[NightObservation]:
        """Poll, wait until nothing is waited for, poll again."""
        self.settle()
        self.wait(self.rules.give_up_s)
        return self.poll()


def states(observations: Iterable[NightObservation]) -> dict[str, str]:
    """State of every observation by name."""
    return {observation.name: observation.state for observation in observations}


def contents(observations: Iterable[NightObservation]) -> dict[str, list[str]]:
    """Files of every observation by name."""
    return {
        observation.name: [file.path.relative_to(INBOX).as_posix() for file in observation.files]
        for observation in observations
    }


def beam_file(beam: int, serial: int, ending: str = ".fits") -> str:
    """Name of a file as FAST writes it."""
    return f"J1900-0134_tracking-M{beam:02d}_{serial:04d}{ending}"
