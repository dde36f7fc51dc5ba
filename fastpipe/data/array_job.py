"""What a job array asks of a batch system, and what each of its tasks does."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

BatchSystem = Literal["slurm", "pbs"]
"""Slurm, or PBS Professional and OpenPBS."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrayTask:
    """One observation: one job of the array."""

    name: str
    """Name of its folder."""
    files: tuple[Path, ...]
    """Its files, absolute."""
    options: tuple[str, ...] = ()
    """What the manifest says of it, as options of ``fastpipe search``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrayJob:
    """What every job of an array is given."""

    system: BatchSystem
    """Batch system that is to run it."""
    folder: Path
    """Absolute folder that holds the scripts, and one folder an observation."""
    program: tuple[str, ...]
    """Words that start fastpipe on a node, such as the absolute path of the command."""
    memory_bytes: int
    """Memory of a job in bytes."""
    nthreads: int
    """Cores of a job."""
    wall_s: float
    """Time limit of a job in s."""
    max_jobs: int
    """Largest number of jobs that may run at the same time."""
    queue: str = ""
    """Queue (partition); empty for that of the site."""
    account: str = ""
    """Account that pays; empty for that of the site."""
    kernels: Path | None = None
    """Folder of the kernels that are compiled already, for jobs to copy; None if there is none."""
    config: Path | None = None
    """Absolute path of the configuration; None for the default."""
