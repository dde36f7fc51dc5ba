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

    def __post_init__(self) -> None:
        if self.memory:
            parse_bytes(self.memory)
        parse_bytes(self.chunk_bytes)
        self.require(self.threads >= 0, "threads", "a number of threads, or 0 for all cores")
