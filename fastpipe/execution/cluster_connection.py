"""An open cluster, as those who run tasks on it see it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastpipe.errors import BusyError
from fastpipe.execution.dask_settings import MEMORY
from fastpipe.units import format_bytes


def do_nothing() -> None:
    """Ask for no worker: those of a cluster that somebody else started are not ours to replace."""


@dataclass
class ClusterConnection:
    """A client of a scheduler, and what is known about its workers."""

    client: Any
    """Client of Dask."""
    name: str
    """What it is, in words."""
    worker_bytes: int
    """Memory that a task may count on, in bytes, on the largest worker."""
    threads: int
    """Threads for a task; 0 for as many as the worker that runs it has cores."""
    patience_s: float
    """Longest time without a suitable worker, in s."""
    replace_lost: Callable[[], None] = field(default=do_nothing)
    """Asks for workers in place of those that ended."""
    is_abandoned: bool = False
    """Whether to close without waiting for tasks that still run."""

    def workers(self) -> dict[str, int]:
        """Return the memory resource of every worker in bytes, by address.

        Raises
        ------
        BusyError
            If the scheduler does not answer.
        """
        try:
            found = self.client.scheduler_info()["workers"]
        except (OSError, RuntimeError, TimeoutError) as error:
            raise self.lost() from error
        return {address: int(worker["resources"].get(MEMORY, 0)) for address, worker in found.items()}

    def await_workers(self, seconds: float, nworkers: int = 1) -> dict[str, int]:
        """Wait for workers that say how much memory they have.

        Parameters
        ----------
        seconds
            Longest time to wait.
        nworkers
            How many to wait for.

        Returns
        -------
        dict of str to int
            Memory of all workers there are then, in bytes; empty if none says so.
        """
        end = time.monotonic() + seconds
        while True:
            workers = self.workers()
            nready = sum(memory > 0 for memory in workers.values())
            if nready >= nworkers or time.monotonic() > end:
                return workers if nready else {}
            time.sleep(0.1)

    def deserted(self, seconds: float, nbytes: int) -> BusyError:
        """Say that there was no worker with so many bytes for so long."""
        return BusyError(
            f"found no worker for {seconds:.0f} s in {self.name}, expected one with {format_bytes(nbytes)} for a task; run "
            "the same command again when there are workers, it resumes"
        )

    def lost(self) -> BusyError:
        """Say that the scheduler is gone."""
        return BusyError(
            f"lost the scheduler of {self.name}, expected it to run until the end; run the same command again when there is "
            "one, it resumes"
        )
