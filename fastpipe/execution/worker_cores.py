"""Binding of worker processes to their cores. Imported where a cluster is opened only, for it loads Dask."""

import os
from collections.abc import Sequence
from typing import Any

from distributed import WorkerPlugin


class PinnedCores(WorkerPlugin):
    """Binds each worker to its share of the cores, so that it finds its data in its own cache.

    Parameters
    ----------
    shares
        Cores of each worker, by its number.
    """

    name = "fastpipe-cores"

    def __init__(self, shares: Sequence[tuple[int, ...]]) -> None:
        self._shares = shares

    def setup(self, worker: Any) -> None:
        """Bind the thread that starts all others of the worker."""
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, self._shares[worker.name])
