"""How a night works: where, how long, with how much of the machine."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class NightOptions:
    """Limits and times of a night."""

    inbox: Path
    """Folder in which files arrive."""
    folder: Path
    """Folder of the results; it is there."""
    memory_bytes: int
    """Memory of all searches together."""
    nthreads: int
    """Threads of all searches together."""
    njobs: int = 1
    """Searches that run at the same time at most."""
    is_watching: bool = False
    """Whether to go on when nothing is left to do."""
    hours_s: float | None = None
    """When to end whatever is left, in s from the start; None for never."""
    time_limit_s: float = 7200.0
    """Wall time of one search in s."""
    retries: int = 3
    """Further attempts for a search that was killed or ran out of time."""
    with_failed: bool = False
    """Whether to try again what failed for good before."""
    wait_s: float = 120.0
    """How long a night that does not watch waits for files that are not complete, in s after all other work."""
    poll_s: float = 10.0
    """Time between two looks into the inbox in s."""
    pause_s: float = 10.0
    """Unit of the pauses before a search is tried again, in s."""
    grace_s: float = 60.0
    """How long a search may take to end when it is asked to, in s."""
    report_s: float = 10.0
    """Shortest time between two reports in s."""
    tick_s: float = 0.2
    """Time between two looks at the searches that run, in s."""
