"""Memory of this process, as the system has it."""

import re
import resource
from pathlib import Path

_PEAK = re.compile(rb"VmHWM:\s+(\d+) kB")


def peak_bytes() -> int:
    """Return the most memory that this process had, in bytes."""
    try:
        # What getrusage says, a process takes over from the one that started it.
        found = _PEAK.search(Path("/proc/self/status").read_bytes())
    except OSError:
        found = None
    if found is not None:
        return int(found[1]) * 1024
    # Only macOS has no such file, and counts in bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
