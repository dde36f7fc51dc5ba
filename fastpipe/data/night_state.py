"""What a night remembers of its searches, so that nothing is searched twice and nothing is forgotten."""

from dataclasses import dataclass, field
from typing import Literal

SearchStatus = Literal["pending", "running", "done", "failed", "quarantined"]
"""Waits for its turn, runs, or ended: with a catalogue, without one for good, or because its files are bad."""

CATALOGUE_NAME = "catalogue.h5"
"""Name of the catalogue in the folder of its observation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NightSearch:
    """The search of one observation of a night, with all its attempts."""

    name: str
    """Name of the observation and of its folder."""
    key: str
    """What its files were: a new key is a new search."""
    files: tuple[str, ...]
    """Paths of the files."""
    nbytes: int
    """Size of the files in bytes."""
    source: str = ""
    """Name of the source."""
    beam: int = 0
    """Number of the beam from 1; 0 if unknown."""
    status: SearchStatus = "pending"
    """Where it stands."""
    exits: tuple[int, ...] = ()
    """Exit codes of all attempts that ended by themselves; 124 for the time limit, 128 and the signal if killed."""
    reason: str = ""
    """Last sentence of the last attempt, or why the files are bad; empty for a search that is done."""
    note: str = ""
    """What is odd about complete files, such as missing ones between them."""
    pid: int = 0
    """Process of an attempt that runs."""
    start_unix_s: float = 0.0
    """Begin of the last attempt, in s since 1970 (UTC); 0 before the first one."""
    end_unix_s: float = 0.0
    """End of the last attempt, in s since 1970 (UTC); 0 before the first end."""
    wall_s: float = 0.0
    """Wall time of all attempts in s."""
    cpu_s: float = 0.0
    """CPU time of all attempts in s."""
    peak_bytes: int = 0
    """Most memory that an attempt had."""
    not_before_unix_s: float = 0.0
    """When the next attempt may begin, in s since 1970 (UTC)."""
    is_alone: bool = False
    """Whether nothing may run beside the next attempt."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NightState:
    """Content of ``night.json``."""

    inbox: str
    """Folder in which files arrive."""
    start_unix_s: float
    """Begin of the first run of this night, in s since 1970 (UTC)."""
    searches: dict[str, NightSearch] = field(default_factory=dict)
    """The searches by the name of their observation."""
    format_version: int = 1
    """Version of the file."""
