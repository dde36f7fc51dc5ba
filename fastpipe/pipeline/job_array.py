"""Job arrays for Slurm and PBS: one job an observation, and one that merges the catalogues. Text only; nothing is run.

Directives are those of the manuals of sbatch (Slurm 22.05) and qsub (OpenPBS 23, PBS Professional 2020).
"""

import re
import shlex
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from fastpipe.data.array_job import ArrayJob, ArrayTask
from fastpipe.data.night_state import CATALOGUE_NAME
from fastpipe.errors import ConfigError
from fastpipe.pipeline.job_scripts import MERGE_BODY, PBS_SEARCH, SEARCH_BODY, SLURM_SEARCH, THREAD_VARIABLES

TASKS_FILE: Final = "tasks.txt"
"""One line a task: the whole command, quoted for the shell; its last word is the catalogue."""
SEARCH_SCRIPT: Final = "search.sh"
MERGE_SCRIPT: Final = "merge.sh"
LOG_FOLDER: Final = "logs"
LOG_FILE: Final = "search.log"
"""What a search prints, in the folder of its observation."""
EXIT_CODE_FILE: Final = "exit_code"
"""Exit code of the last attempt, in the folder of its observation."""
LARGEST_ARRAY: Final = 1000
"""Jobs of an array: Slurm takes indices up to 1000 if a site changes nothing."""
_SEARCH_SHARE: Final = 0.8
"""Of the memory of a job, for what a search plans: the rest is for Python, and for what the plan does not know."""
_NOTICE_S: Final = 120
_MERGE_S: Final = 3600.0
_MERGE_BYTES: Final = 4 << 30
_PLAIN = re.compile(r"[A-Za-z0-9_./+@=-]+")


def task_lines(job: ArrayJob, tasks: Sequence[ArrayTask]) -> str:
    """Write the commands of all tasks, one a line.

    Parameters
    ----------
    job
        What every task is given.
    tasks
        The observations.

    Returns
    -------
    str
        The text of ``tasks.txt``.
    """
    shared = [f"--memory={int(_SEARCH_SHARE * job.memory_bytes) >> 20}MiB", f"--threads={job.nthreads}", "--quiet"]
    if job.config is not None:
        shared.append(f"--config={job.config}")
    return "".join(
        shlex.join(
            [
                *job.program,
                "search",
                *shared,
                *task.options,
                *map(str, task.files),
                "-o",
                str(catalogue_of(job.folder, task.name)),
            ]
        )
        + "\n"
        for task in tasks
    )


def catalogue_of(folder: Path, name: str) -> Path:
    """Return the path of the catalogue of an observation."""
    return folder / name / CATALOGUE_NAME


def search_script(job: ArrayJob, lines: str) -> str:
    """Write the script that every job of the array runs.

    Parameters
    ----------
    job
        What every task is given.
    lines
        What `task_lines` wrote. The script refuses to work with another list: its numbers would mean other observations.

    Returns
    -------
    str
        A script for bash with directives.

    Raises
    ------
    ConfigError
        If the folder, queue or account holds what a directive cannot.
    """
    notice_s = min(_NOTICE_S, int(job.wall_s / 4))
    directives = [
        *_array_directives(job, lines.count("\n"), notice_s),
        *_shared_directives(job, job.memory_bytes, job.nthreads, job.wall_s),
    ]
    words = {
        "out": str(job.folder),
        "tasks_digest": sha256(lines.encode("utf-8", "surrogateescape")).hexdigest(),
        "search_s": str(int(job.wall_s) - notice_s),
        # A name of its own where none is known: what is compiled there is not left behind for others.
        "kernels": str(job.kernels or "/none"),
    }
    system = SLURM_SEARCH if job.system == "slurm" else PBS_SEARCH
    return _script("Searches one observation.", directives, words, THREAD_VARIABLES + system + SEARCH_BODY)


def merge_script(job: ArrayJob) -> str:
    """Write the script that runs after the array: it merges the catalogues that there are and says what is missing.

    Parameters
    ----------
    job
        What every task is given.

    Returns
    -------
    str
        A script for bash with directives.
    """
    directives = _shared_directives(job, min(job.memory_bytes, _MERGE_BYTES), 1, min(job.wall_s, _MERGE_S))
    name = "--job-name=fastpipe-merge" if job.system == "slurm" else "-N fastpipe-merge"
    log = "--output=" if job.system == "slurm" else "-j oe\n#PBS -o "
    directives = [
        _directive(job, name),
        _directive(job, f"{log}{_plain('folder', str(job.folder))}/{LOG_FOLDER}/merge.log"),
        *directives,
    ]
    # An array: the program may be an interpreter with a module.
    words = {"out": str(job.folder)}
    program = f"fastpipe=({shlex.join(job.program)})\n"
    return _script("Merges the catalogues of all observations.", directives, words, program + THREAD_VARIABLES + MERGE_BODY)


def submit_commands(job: ArrayJob, ntasks: int) -> list[str]:
    """Return the commands that hand the scripts over to the batch system, for a POSIX shell.

    Parameters
    ----------
    job
        What every task is given.
    ntasks
        Number of tasks; more than `LARGEST_ARRAY` are handed over as several arrays.
    """
    search, merge = (shlex.quote(str(job.folder / name)) for name in (SEARCH_SCRIPT, MERGE_SCRIPT))
    parts = [(first, min(LARGEST_ARRAY, ntasks - first)) for first in range(0, ntasks, LARGEST_ARRAY)]
    commands = []
    for number, (first, count) in enumerate(parts, start=1):
        # What the command line says goes before what the script says.
        if job.system == "slurm":
            more = "" if first == 0 else f" --array={_indices(job, count)} --export=ALL,FASTPIPE_OFFSET={first}"
            commands.append(f"job{number}=$(sbatch --parsable{more} {search})")
        else:
            more = "" if first == 0 else f" {_pbs_array(job, count)} -v FASTPIPE_OFFSET={first}"
            commands.append(f"job{number}=$(qsub{more.rstrip()} {search})")
    after = ":".join(f"$job{number}" for number in range(1, len(parts) + 1))
    last = f"sbatch --dependency=afterany:{after}" if job.system == "slurm" else f'qsub -W "depend=afterany:{after}"'
    return [*commands, f"{last} {merge}"]


def _indices(job: ArrayJob, count: int) -> str:
    # A limit that limits nothing is left out: older PBS does not know how to write one.
    return f"1-{count}%{job.max_jobs}" if count > job.max_jobs else f"1-{count}"


def _pbs_array(job: ArrayJob, count: int) -> str:
    """Return the option that makes an array; PBS takes none of one job."""
    return f"-J {_indices(job, count)}" if count > 1 else ""


def _array_directives(job: ArrayJob, ntasks: int, notice_s: int) -> list[str]:
    count = min(ntasks, LARGEST_ARRAY)
    logs = f"{_plain('folder', str(job.folder))}/{LOG_FOLDER}"
    if job.system == "slurm":
        words = ["--job-name=fastpipe", f"--array={_indices(job, count)}", "--requeue", f"--signal=B:USR1@{notice_s}"]
        words += [f"--output={logs}/%A_%a.log", "--open-mode=append"]
    else:
        words = ["-N fastpipe", *filter(None, [_pbs_array(job, count)]), "-r y", "-j oe", f"-o {logs}/"]
    return [_directive(job, word) for word in words]


def _shared_directives(job: ArrayJob, memory_bytes: int, nthreads: int, wall_s: float) -> list[str]:
    memory_mib = -(-memory_bytes // (1 << 20))
    minutes, seconds = divmod(int(wall_s), 60)
    limit = f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    if job.system == "slurm":
        words = ["--nodes=1", "--ntasks=1", f"--cpus-per-task={nthreads}", f"--mem={memory_mib}M", f"--time={limit}"]
        names = {"--partition=": job.queue, "--account=": job.account}
    else:
        # "mb" of PBS are 2^20 bytes.
        words = [f"-l select=1:ncpus={nthreads}:mem={memory_mib}mb", f"-l walltime={limit}"]
        names = {"-q ": job.queue, "-A ": job.account}
    words += [option + _plain(option.strip(" =-"), text) for option, text in names.items() if text]
    return [_directive(job, word) for word in words]


def _directive(job: ArrayJob, words: str) -> str:
    return f"#{'SBATCH' if job.system == 'slurm' else 'PBS'} {words}"


def _plain(what: str, text: str) -> str:
    """Refuse what Slurm or PBS would not take as it is: they know quotes in directives in different ways, or not at all."""
    if not _PLAIN.fullmatch(text):
        raise ConfigError(
            f"found {text!r} as {what}, expected letters, digits and _ . / + @ = - only, since directives of batch systems "
            "hold nothing else for sure; choose another one"
        )
    return text


def _script(what: str, directives: Sequence[str], words: dict[str, str], body: str) -> str:
    values = "".join(f"{name}={shlex.quote(text)}\n" for name, text in words.items())
    head = "\n".join(["#!/bin/bash", f'# {what} Written by "fastpipe submit".', *directives])
    return f"{head}\n\n{values}{body}"
