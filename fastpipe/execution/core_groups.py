"""Which cores of this machine share a cache, so that each worker process can have a group of its own."""

import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from fastpipe.execution.machine import available_cores

_CPUS = Path("/sys/devices/system/cpu")


def core_groups(cpus: Path = _CPUS) -> list[tuple[int, ...]]:
    """Group the cores that this process may use by the last-level cache they share.

    Parameters
    ----------
    cpus
        Folder in which Linux describes the cores.

    Returns
    -------
    list of tuple of int
        Numbers of the cores, group by group; one group of all where the system does not say what they share.
    """
    if not hasattr(os, "sched_getaffinity"):
        return [tuple(range(available_cores()))]
    cores = sorted(os.sched_getaffinity(0))
    groups: dict[str, list[int]] = {}
    for core in cores:
        try:
            shared = (cpus / f"cpu{core}" / "cache" / "index3" / "shared_cpu_list").read_text().strip()
        except OSError:
            return [tuple(cores)]
        groups.setdefault(shared, []).append(core)
    return [tuple(group) for group in groups.values()]


def share_cores(groups: Sequence[Sequence[int]], nworkers: int) -> list[tuple[int, ...]]:
    """Deal cores out to workers: neighbours stay together, and shares differ by one core at most.

    Parameters
    ----------
    groups
        Cores that share a cache.
    nworkers
        Number of workers; where there are more of them than cores, some share one.

    Returns
    -------
    list of tuple of int
        Cores of each worker.

    Examples
    --------
    >>> share_cores([(0, 1, 2), (3, 4, 5)], 2), share_cores([(0, 1, 2)], 2), share_cores([(0,)], 2)
    ([(0, 1, 2), (3, 4, 5)], [(0,), (1, 2)], [(0,), (0,)])
    """
    if nworkers == len(groups):
        return [tuple(group) for group in groups]
    cores = [core for group in groups for core in group]
    if nworkers > len(cores):
        return [(cores[worker % len(cores)],) for worker in range(nworkers)]
    edges = [worker * len(cores) // nworkers for worker in range(nworkers + 1)]
    return [tuple(cores[begin:end]) for begin, end in pairwise(edges)]
