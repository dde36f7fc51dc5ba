"""What this machine has, and what a run may use of it."""

import os
from pathlib import Path

from fastpipe.config import ExecutionConfig
from fastpipe.pipeline.budget import Budget
from fastpipe.units import parse_bytes

_MEMORY_SHARE = 0.6
_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def available_cores() -> int:
    """Count the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def available_bytes() -> int:
    """Return the memory of the machine, or what a container or batch job may use of it, in bytes."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [path.read_text().strip() for path in map(Path, _CGROUP_LIMITS) if path.is_file()]
    # A group without a limit says "max", or a number larger than any machine.
    return min([physical, *(int(limit) for limit in limits if limit.isdigit())])


def make_budget(config: ExecutionConfig) -> Budget:
    """Turn the options into bytes and threads of this machine."""
    memory_bytes = parse_bytes(config.memory) if config.memory else int(_MEMORY_SHARE * available_bytes())
    nthreads = 1 if config.scheduler == "serial" else config.threads or available_cores()
    return Budget(memory_bytes, nthreads, parse_bytes(config.chunk_bytes))
