"""Description of a cluster: who runs the tasks of a search that one machine is too small for."""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import msgspec

from fastpipe.config.stage import StageConfig
from fastpipe.config.toml_file import parse_toml, read_toml_text
from fastpipe.errors import ConfigError
from fastpipe.units import parse_bytes, parse_seconds

_EXPECTED = {
    "kind": "one of 'local', 'slurm', 'pbs'",
    "workers": "a whole number",
    "threads": "a whole number",
    "job_extra_directives": "a list of texts",
    "job_script_prologue": "a list of texts",
    "directives_skip": "a list of texts",
}
_OF_JOBS = (
    "walltime",
    "queue",
    "account",
    "interface",
    "job_extra_directives",
    "job_script_prologue",
    "directives_skip",
)
"""What only jobs of a batch queue have."""
_LEAST_WALLTIME_S = 300.0


class ClusterConfig(StageConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Worker processes and where they come from. Changes time and memory, never results."""

    kind: Literal["local", "slurm", "pbs"]
    """Workers on this machine, or as jobs of a batch queue."""
    workers: int = 0
    """Worker processes, each a job of its own in a batch queue; 0 for one a group of cores with a common cache here, and
    for one job."""
    threads: int = 0
    """Cores of each worker; on this machine 0 for its share of the cores."""
    memory: str = ""
    """Memory of each worker, as in "16GiB"; on this machine empty for its share of three quarters of the memory."""
    walltime: str = ""
    """Time after which the batch queue ends a job, as in "8h"."""
    queue: str = ""
    """Partition of Slurm, or queue of PBS; empty for that of the site."""
    account: str = ""
    """Account that pays for the jobs; empty for that of the user."""
    interface: str = ""
    """Network over which jobs and this process reach one another, as in "ib0"; empty to let Dask choose."""
    local_directory: str = ""
    """Fast folder of the node that is not shared, which the shell of a job may expand; empty for ``$TMPDIR`` or /tmp."""
    job_extra_directives: tuple[str, ...] = ()
    """Further options of the queue for every job, as in "--exclusive"."""
    job_script_prologue: tuple[str, ...] = ()
    """Lines of shell that every job begins with, as in "module load python"."""
    directives_skip: tuple[str, ...] = ()
    """Options to leave out of the job script because the site refuses them, as in "--mem"."""
    wait_for_workers: str = ""
    """Longest time without any worker before the search gives up; empty for one minute here and 12 h in a batch queue."""

    def __post_init__(self) -> None:
        self.require(self.workers >= 0, "workers", "a number of workers, or 0 to leave it to fastpipe")
        self.require(self.threads >= 0, "threads", "a number of cores, or 0 to leave it to fastpipe")
        for text in filter(None, (self.walltime, self.wait_for_workers)):
            parse_seconds(text)
        if self.memory:
            parse_bytes(self.memory)
        if self.kind == "local":
            for name in _OF_JOBS:
                self.require(not getattr(self, name), name, "nothing, for a local cluster has no jobs")
        else:
            self._require_job()

    def _require_job(self) -> None:
        self.require(self.threads > 0, "threads", "the number of cores of a job")
        # Slurm and PBS read GB as 2**30, Dask as 10**9: a worker would believe in less memory than its job has.
        self.require(re.search("i", self.memory) is not None, "memory", "the memory of a job in GiB, as in 16GiB")
        has_time = bool(self.walltime) and parse_seconds(self.walltime) >= _LEAST_WALLTIME_S
        self.require(has_time, "walltime", "the wall time of a job from 5min on, as in 8h")

    @property
    def patience_s(self) -> float:
        """Longest time without any worker, in s."""
        return parse_seconds(self.wait_for_workers or ("1min" if self.kind == "local" else "12h"))


def load_cluster_config(path: str | Path) -> ClusterConfig:
    """Read a cluster file.

    Parameters
    ----------
    path
        TOML file with the options of `ClusterConfig`, without tables.

    Returns
    -------
    ClusterConfig
        The checked description.

    Raises
    ------
    InputMissingError
        If the file cannot be read.
    ConfigError
        If the file is no TOML, or has an unknown option, or a value of the wrong type or out of range.
    """
    text = read_toml_text(path, "local, local:N, tcp://HOST:PORT or a cluster file")
    try:
        return parse_cluster_config(text)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def parse_cluster_config(text: str) -> ClusterConfig:
    r"""Turn the text of a cluster file into a description.

    Parameters
    ----------
    text
        TOML text.

    Raises
    ------
    ConfigError
        As for `load_cluster_config`.

    Examples
    --------
    >>> parse_cluster_config('kind = "local"\nworkers = 2').workers
    2
    """
    options = parse_toml(text, 'kind = "slurm"')
    known = ClusterConfig.__struct_fields__
    for name in options:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            advice = f"did you mean {close[0]}?" if close else "leave it out"
            raise ConfigError(f"found unknown option {name}, expected one of {', '.join(known)}; {advice}")
    if "kind" not in options:
        raise ConfigError(f'found no kind, expected {_EXPECTED["kind"]}; add a line such as kind = "slurm"')
    try:
        return msgspec.convert(options, ClusterConfig)
    except msgspec.ValidationError as error:
        # A sentence of ours that msgspec has wrapped is the better message.
        if isinstance(error.__cause__, ConfigError):
            raise error.__cause__ from None
        name = str(error).rpartition(" - at `$.")[2].rstrip("`").partition("[")[0]
        expected = _EXPECTED.get(name, "a text in quotes")
        raise ConfigError(f"found {name} = {options[name]!r}, expected {expected}; correct it") from error
