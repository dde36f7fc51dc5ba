"""What a search may use of the machine, and what the program itself takes of it."""

from dataclasses import dataclass

from fastpipe.errors import ResourceError
from fastpipe.units import enough_bytes, format_bytes

PROGRAM_BYTES = 370 * 2**20
"""Memory of Python, its libraries and the kernels in the first run on a machine, which compiles them."""
LOADED_BYTES = 220 * 2**20
"""The same where the kernels were compiled before."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a search may use of the machine."""

    memory_bytes: int
    nthreads: int
    chunk_bytes: int
    kept_bytes: int = 0
    """What is in the memory all the time, besides the program."""

    def too_small(self, least_bytes: int, purpose: str = "for this recording") -> ResourceError:
        """Return the error of a memory in which something does not fit, with the least that would do."""
        return ResourceError(
            f"found {format_bytes(self.memory_bytes)} of memory for {self.nthreads} threads, expected at least "
            f"{enough_bytes(least_bytes)} {purpose}; give more memory or fewer threads"
        )
