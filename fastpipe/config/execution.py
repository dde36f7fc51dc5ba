"""Options of the execution."""

from typing import Literal

from fastpipe.config.stage import StageConfig
from fastpipe.units import parse_bytes


class ExecutionConfig(StageConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of the machine a search may use: changes time and memory, never results."""

    memory: str = ""
    """Largest memory, as in "16GiB"; empty for 60 % of the machine's memory."""
    threads: int = 0
    """Number of threads; 0 for all cores this process may use."""
    scheduler: Literal["threads", "serial"] = "threads"
    """Run tasks in "threads", or one after the other ("serial"): the results are the same."""
    chunk_bytes: str = "32MiB"
    """Size of the pieces in which the recording is dedispersed; they grow to four sweeps of the band where memory allows."""
    shard_trials: int = 512
    """DM trials of a shard: what is kept in the run folder at once, and what a worker of a cluster takes on at a time."""
    checkpoints: Literal["keep", "remove", "off"] = "keep"
    """Keep finished parts of a search beside its catalogue, so that the next search with the same or similar options is
    short; "remove" them when the catalogue is written; "off": an interrupted search begins anew."""

    def __post_init__(self) -> None:
        if self.memory:
            parse_bytes(self.memory)
        parse_bytes(self.chunk_bytes)
        self.require(self.shard_trials >= 1, "shard_trials", "a number of DM trials")
        self.require(self.threads >= 0, "threads", "a number of threads, or 0 for all cores")
