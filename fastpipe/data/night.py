"""Files of an inbox, what is known of them, and the observations that they make up."""

import hashlib
from dataclasses import dataclass
from math import isfinite
from pathlib import Path, PurePosixPath
from typing import Literal

from fastpipe.data.manifest import ManifestEntry
from fastpipe.errors import ConfigError

ObservationState = Literal["complete", "waiting", "bad"]
"""Whether an observation may be searched: all of it is there, more of it may come, or it cannot be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NightRules:
    """How long to wait for files."""

    settle_s: float = 60.0
    """A file whose size and time stayed the same for this long in s counts as written. It should be longer than the time
    between the arrivals of two files of an observation."""
    patience_s: float = 900.0
    """What is missing or cannot be read is waited for this much longer in s, from the last arrival that has to do with
    it."""

    def __post_init__(self) -> None:
        for name, value in (("settle_s", self.settle_s), ("patience_s", self.patience_s)):
            if not (isfinite(value) and value >= 0.0):
                raise ConfigError(f"found {name} = {value}, expected a number of seconds, 0 or more; correct it")

    @property
    def give_up_s(self) -> float:
        """Rest in s after which nothing is waited for."""
        return self.settle_s + self.patience_s


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxFile:
    """One file of an inbox, as one listing saw it."""

    path: Path
    """Where it is: the path of the inbox and what follows."""
    nbytes: int
    """Size in bytes."""
    modified_unix_s: float
    """Time of the last change in s since 1970, by the clock of the disk that holds it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileLook:
    """What the reader of a file says of it; all fields but `error` are empty where it cannot be read."""

    source: str = ""
    """Name of the source."""
    beam: int = 0
    """Number of the beam; 0 if unknown."""
    tstart: float = 0.0
    """Time of the first sample as MJD; 0 if unknown."""
    tobs_s: float = 0.0
    """Length in s."""
    tsamp: float = 0.0
    """Sampling time in s."""
    shape: tuple[float | int | None, ...] = ()
    """Channels, band, depth and the like: what files of one observation share."""
    doubt: str = ""
    """One sentence: why more of the file may come, though it can be read; empty for most files."""
    error: str = ""
    """One sentence: why it cannot be read; empty if it can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenFile:
    """One file of an inbox with its history."""

    file: InboxFile
    """The file as the last listing saw it."""
    place: PurePosixPath
    """Its path in the inbox."""
    since_s: float
    """When it was first seen like this, or first missed, by the clock of the one who polls."""
    look: FileLook | None = None
    """What its reader says; None while it changes."""
    is_gone: bool = False
    """True for a file that was there before and is not any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NightObservation:
    """Files of a night that are searched together."""

    name: str
    """Name of its folder: safe, unique in the night, the same while its files arrive."""
    files: tuple[InboxFile, ...]
    """The files in the order of their samples."""
    source: str
    """Name of the source; empty where neither file name nor header says it."""
    beam: int
    """Number of the beam from 1; 0 if unknown."""
    pointing: int | None
    """Pointing of a snapshot, 1 to 4; None for other observations."""
    serials: tuple[int, ...]
    """Serial numbers of the files, in their order; empty where names have none."""
    state: ObservationState
    """Whether it may be searched."""
    reason: str
    """One sentence: why it waits or is bad, or what a complete one lacks; empty if there is nothing to say."""
    entry: ManifestEntry | None
    """What the manifest says of it, if it does."""

    @property
    def key(self) -> str:
        """SHA-256 of paths, sizes and times of the files: what was searched once under a key need not be again."""
        digest = hashlib.sha256()
        for file in self.files:
            digest.update(f"{file.path}\0{file.nbytes}\0{file.modified_unix_s!r}\0".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()
