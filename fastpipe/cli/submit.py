"""``fastpipe submit``: the observations of a manifest as a job array for Slurm or PBS."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastpipe.cli.options import FILE, debug_option

if TYPE_CHECKING:
    from fastpipe.data.array_job import ArrayJob, ArrayTask, BatchSystem


@click.command("submit", short_help="Write a job array for Slurm or PBS.")
@click.argument("manifest", type=FILE)
@click.option("--slurm", is_flag=True, help="For Slurm.")
@click.option("--pbs", is_flag=True, help="For PBS Professional or OpenPBS.")
@click.option("-o", "--output", required=True, type=FILE, help="Folder for scripts and catalogues, on a disk all nodes see.")
@click.option("-c", "--config", type=FILE, help='Configuration of the searches (TOML); "fastpipe config" prints one.')
@click.option("--memory", default="16GiB", show_default=True, help="Memory of a job; a search plans with 80 % of it.")
@click.option("--threads", default=16, show_default=True, type=click.IntRange(min=1), help="Cores of a job.")
@click.option("--time", "wall", default="4h", show_default=True, help="Time limit of a job, such as 90min.")
@click.option("--queue", default="", help="Queue, or partition of Slurm.")
@click.option("--account", default="", help="Account that pays.")
@click.option("--max-jobs", default=50, show_default=True, type=click.IntRange(min=1), help="Most jobs at the same time.")
@click.option(
    "--inbox", type=FILE, help="Folder that the manifest's patterns are relative to; left out: that of the manifest."
)
@click.option("--missing", is_flag=True, help="Only observations that have no catalogue in the folder yet.")
@debug_option
def command(manifest: Path, output: Path, inbox: Path | None, missing: bool, **options: Any) -> None:
    """Write scripts that search every observation of MANIFEST in a job of its own, and one that merges the catalogues.

    Nothing is submitted: the commands that do it are printed. A job that is ended goes on where it stopped when it runs
    again; under Slurm it requeues itself before its time is over. "fastpipe status" says how far the jobs are.
    """
    from fastpipe.errors import InputMissingError
    from fastpipe.io.manifest import read_manifest
    from fastpipe.pipeline.array_tasks import array_tasks
    from fastpipe.pipeline.job_array import catalogue_of

    system = _system(options["slurm"], options["pbs"])
    entries = read_manifest(manifest)
    folder = (inbox or manifest.parent).absolute()
    if not folder.is_dir():
        raise InputMissingError(f"found no folder {folder}, expected the recordings of the manifest; check --inbox")
    tasks = array_tasks(entries, folder)
    job = _job(system, output.absolute(), options)
    if missing:
        tasks = tuple(task for task in tasks if not catalogue_of(job.folder, task.name).exists())
        if not tasks:
            click.echo(f"All observations of {manifest} have a catalogue in {output}.")
            return
    click.echo("\n".join(_write(job, tasks)))


def _system(slurm: bool, pbs: bool) -> "BatchSystem":
    from fastpipe.errors import ConfigError

    if slurm == pbs:
        found = "both --slurm and" if slurm else "neither --slurm nor"
        raise ConfigError(f"found {found} --pbs, expected one of them; name the batch system of the site")
    return "slurm" if slurm else "pbs"


def _memory_bytes(text: str) -> int:
    """Return the memory of a job, in which Python has to fit: 64 without its GiB would be 64 bytes."""
    from fastpipe.errors import ConfigError
    from fastpipe.pipeline.budget import PROGRAM_BYTES
    from fastpipe.units import format_bytes, parse_bytes

    memory_bytes = parse_bytes(text)
    if memory_bytes < PROGRAM_BYTES:
        raise ConfigError(
            f"found --memory {text}, expected more than the {format_bytes(PROGRAM_BYTES)} that Python takes; write it like "
            "16GiB"
        )
    return memory_bytes


def _job(system: "BatchSystem", folder: Path, options: dict[str, Any]) -> "ArrayJob":
    from fastpipe.algorithms.kernel_cache import kernel_cache_folder
    from fastpipe.config import load_config
    from fastpipe.data.array_job import ArrayJob
    from fastpipe.units import parse_seconds

    config = options["config"]
    if config is not None:
        # A mistake is better found now than by every job.
        load_config(config)
    return ArrayJob(
        system=system,
        folder=folder,
        program=_program(),
        memory_bytes=_memory_bytes(options["memory"]),
        nthreads=options["threads"],
        wall_s=parse_seconds(options["wall"]),
        max_jobs=options["max_jobs"],
        queue=options["queue"],
        account=options["account"],
        kernels=kernel_cache_folder(),
        config=None if config is None else config.absolute(),
    )


def _program() -> tuple[str, ...]:
    """Return how nodes start the fastpipe that runs now: they may have another one on their path, or none."""
    beside = Path(sys.executable).with_name("fastpipe")
    return (str(beside),) if beside.is_file() else (sys.executable, "-m", "fastpipe")


def _write(job: "ArrayJob", tasks: "tuple[ArrayTask, ...]") -> list[str]:
    """Write the files, and return what is to be done with them."""
    from fastpipe.cli.options import make_output_folder
    from fastpipe.io.atomic import replacing
    from fastpipe.pipeline import job_array

    lines = job_array.task_lines(job, tasks)
    texts = {
        job_array.TASKS_FILE: lines,
        job_array.SEARCH_SCRIPT: job_array.search_script(job, lines),
        job_array.MERGE_SCRIPT: job_array.merge_script(job),
    }
    make_output_folder(job.folder / job_array.LOG_FOLDER)
    for name, text in texts.items():
        with replacing(job.folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8", errors="surrogateescape")
    return [
        f"# {len(tasks)} observations in {job.folder / job_array.TASKS_FILE}; submit them with",
        *job_array.submit_commands(job, len(tasks)),
    ]
