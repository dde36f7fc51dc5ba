"""How far the searches of a run are, seen from outside."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal, get_args

SearchStage = Literal["done", "running", "interrupted", "failed", "waiting"]
"""Finished; at work now; ended or killed before its end, but resumable; ended by an error; not begun."""
SEARCH_STAGES: tuple[SearchStage, ...] = get_args(SearchStage)

_ALL_DONE, _NOT_YET, _SOME_FAILED = 0, 5, 10


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchReport:
    """One search."""

    name: str
    """Name of the observation."""
    catalogue: str
    """Path of its catalogue, which is there if it is done."""
    state: SearchStage
    """Where it stands."""
    stage: str = ""
    """Stage of the search that runs, or ran last."""
    nshards: int = 0
    """Shards of the search; 0 before they are known."""
    nshards_done: int = 0
    """Shards that are finished."""
    nshards_kept: int = 0
    """Those of them that an earlier attempt had finished."""
    host: str = ""
    """Machine on which it runs or ran; empty if not known."""
    start_unix_s: float = 0.0
    """When the last attempt began, in s since 1970 (UTC); 0 if not known."""
    updated_unix_s: float = 0.0
    """When it last said something, in s since 1970 (UTC); 0 if never."""
    exit_code: int | None = None
    """Exit code of the last attempt; None if it runs or is not known."""
    reason: str = ""
    """Why it is not done, in one sentence; empty if there is nothing to say."""

    @property
    def elapsed_s(self) -> float:
        """Time from the begin of the last attempt to its last sign of life, in s."""
        return max(self.updated_unix_s - self.start_unix_s, 0.0) if self.start_unix_s else 0.0

    @property
    def shards_per_s(self) -> float:
        """Shards that the last attempt finished in a second; 0 if not known."""
        return (self.nshards_done - self.nshards_kept) / self.elapsed_s if self.elapsed_s > 0 else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class RunReport:
    """All searches of a run."""

    searches: tuple[SearchReport, ...]
    """The searches in their order."""
    now_unix_s: float
    """When this was found out, in s since 1970 (UTC)."""

    @property
    def counts(self) -> dict[SearchStage, int]:
        """Searches in every state."""
        found = Counter(search.state for search in self.searches)
        return {state: found[state] for state in SEARCH_STAGES}

    @property
    def shards_per_s(self) -> float:
        """Shards that the searches at work now finish in a second together; 0 if not known."""
        done = [search.shards_per_s for search in self.searches if search.state == "done" and search.shards_per_s]
        usual = sum(done) / len(done) if done else 0.0
        # A search that has just begun is taken to be like those that ended.
        return sum(search.shards_per_s or usual for search in self.searches if search.state == "running")

    @property
    def nshards_left(self) -> int:
        """Shards of searches that are to be finished; a search that has not begun is taken to be like the others."""
        known = [search.nshards for search in self.searches if search.nshards]
        usual = round(sum(known) / len(known)) if known else 0
        return sum(
            max((search.nshards or usual) - search.nshards_done, 0)
            for search in self.searches
            if search.state in ("running", "interrupted", "waiting")
        )

    @property
    def end_unix_s(self) -> float | None:
        """When all would be done at the present rate, in s since 1970 (UTC); None if nothing runs or no rate is known."""
        return self.now_unix_s + self.nshards_left / self.shards_per_s if self.shards_per_s > 0 else None

    @property
    def exit_code(self) -> int:
        """0 if all is done, 10 if a search failed, else 5: not complete yet."""
        counts = self.counts
        if counts["failed"]:
            return _SOME_FAILED
        return _ALL_DONE if counts["done"] == len(self.searches) else _NOT_YET
