"""How far a search is, as it tells other programs."""

from dataclasses import dataclass
from typing import Literal

RunState = Literal["running", "done", "interrupted", "failed"]
"""What a search says of itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunProgress:
    """State of one search: what ``progress.json`` in its run folder holds."""

    state: RunState
    """A search that was killed still says that it is running, but its folder is not locked any more."""
    host: str
    """Machine on which it runs."""
    pid: int
    """Its process."""
    start_unix_s: float
    """When it began, in s since 1970 (UTC)."""
    updated_unix_s: float
    """When this was written."""
    stage: str = ""
    """Stage that runs now."""
    nshards: int = 0
    """Shards of the search; 0 before they are known."""
    nshards_done: int = 0
    """Shards whose detections are in the run folder."""
    nshards_kept: int = 0
    """Those of them that an earlier search had done."""
    exit_code: int = 0
    """Exit code of a search that ended."""
    sentence: str = ""
    """Why it ended, if not by being done."""
