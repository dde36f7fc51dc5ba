"""What one stage of a search took, on one machine."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["done", "interrupted", "failed"]
"""How a stage, or a whole search, ended."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StageRecord:
    """One stage of one search in one process: a line of the log of stages."""

    stage: str
    """Name of the stage, as the display of progress shows it."""
    host: str
    """Machine on which it ran."""
    pid: int
    """Process in which it ran."""
    nthreads: int
    """Threads that shared it."""
    start_unix_s: float
    """Begin, in s since 1970 (UTC)."""
    wall_s: float
    """Wall time in s."""
    cpu_s: float
    """CPU time of all threads in s."""
    ntasks: int
    """Tasks that the stage consists of: chunks, lane blocks or candidates."""
    read_bytes: int
    """Bytes of the recording that were read."""
    peak_bytes: int
    """Most memory that the process had until the end of the stage."""
    outcome: Outcome = "done"
    """How it ended."""
    run: str = ""
    """Digest of recording and options: searches that resume one another have the same; empty where nothing is kept."""
