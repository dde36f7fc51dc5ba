"""A whole search: on this machine, or on the workers of a cluster; kept in parts beside its catalogue."""

import dataclasses
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from fastpipe.config import CostConfig, ExecutionConfig, SearchConfig
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.run_progress import RunState
from fastpipe.data.stage_record import StageRecord
from fastpipe.errors import FileFormatError, exit_code_of
from fastpipe.execution.local_run import begin_run
from fastpipe.execution.progress import Progress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.atomic import remove_leftovers
from fastpipe.io.catalogue import write_catalogue
from fastpipe.io.file_stamps import FileStamp, check_unchanged, stamp_files
from fastpipe.io.run_folder import ProgressFile, RunFolder, owning, remove_checkpoints, run_folder_of
from fastpipe.pipeline.budget import Budget
from fastpipe.pipeline.cost_table import cost_table
from fastpipe.pipeline.search import search_recording
from fastpipe.pipeline.store import address_of


def run_search(paths: Sequence[str | Path], config: SearchConfig, *, progress: Progress | None = None) -> CatalogueTables:
    """Search one observation with the threads of this process, and keep nothing.

    Parameters
    ----------
    paths
        Files of the observation.
    config
        Options of all stages.
    progress
        Where to show progress; None shows none.

    Returns
    -------
    CatalogueTables
        Everything found. Only the host in `provenance` and the costs depend on the run; all else follows from input,
        configuration and versions.

    Raises
    ------
    FastpipeError
        If the recording cannot be read, the configuration does not fit it, or memory is too small.
    """
    run = begin_run(paths, config.execution, progress)
    tables = search_recording(run.recording, config, run.budget, run.executor)
    return _with_costs(tables, run.budget, run.ledger.records)


def search_to_catalogue(
    paths: Sequence[str | Path],
    config: SearchConfig,
    output: Path,
    *,
    cluster: str = "",
    progress: Progress | None = None,
) -> CatalogueTables:
    """Search one observation and write its catalogue; finished parts are kept in a run folder beside it.

    Parameters
    ----------
    paths, config, progress
        As for `run_search`.
    output
        The catalogue.
    cluster
        Where the parts are computed: as `open_cluster` reads it; empty for the threads of this process.

    Returns
    -------
    CatalogueTables
        What is in the catalogue.

    Raises
    ------
    FastpipeError
        As for `run_search`; besides if another search works on the same output, the cluster cannot be reached, a file of
        the recording changes, or the disk is full. What was finished until then is kept.
    """
    if config.execution.checkpoints == "off" and not cluster:
        with _unchanged_files(paths):
            tables = run_search(paths, config, progress=progress)
        write_catalogue(output, tables)
        return tables
    # A mistyped name is refused before there is a folder.
    stamp_files([Path(path) for path in paths])
    with _run_folder(output) as folder:
        with _unchanged_files(paths) as stamps:
            key = _run_key(stamps, config)
            if folder.is_empty:
                # Nothing of what earlier searches took is in this one.
                folder.forget_records()
            ledger = StageLedger(folder.add_record, key, begin=folder.tell_stage)
            run = begin_run(paths, config.execution, progress, ledger)
            folder = dataclasses.replace(folder, stamps=stamps)
            if cluster:
                from fastpipe.execution.cluster_search import search_on_cluster

                tables = search_on_cluster(run, config, folder, cluster)
            else:
                tables = search_recording(run.recording, config, run.budget, run.executor, folder)
        # Of the search that this one resumes too: all that the catalogue cost.
        records = [record for record in folder.records() if record.run == key]
        tables = _with_costs(tables, run.budget, records)
        write_catalogue(output, tables)
        # With "off", too: what workers tell one another goes through the run folder, but is not to stay there.
        if config.execution.checkpoints != "keep":
            remove_checkpoints(folder.folder)
    return tables


@contextmanager
def _unchanged_files(paths: Sequence[str | Path]) -> Iterator[tuple[FileStamp, ...]]:
    """Give the stamps of files, and refuse in the end what was made from them if they have changed since."""
    stamps = stamp_files(list(map(Path, paths)))
    try:
        yield stamps
    except FileFormatError:
        # What cannot be read may have been written to since: then it is not corrupt, but not complete yet.
        check_unchanged(stamps)
        raise
    check_unchanged(stamps)


@contextmanager
def _run_folder(output: Path) -> Iterator[RunFolder]:
    """Own the run folder of a catalogue, and say in it how the search goes."""
    folder = run_folder_of(output)
    with owning(folder):
        remove_leftovers(output.parent, output.name)
        told = ProgressFile(folder)
        try:
            yield RunFolder(folder, progress=told)
        except BaseException as error:
            is_failure = isinstance(error, Exception)
            state: RunState = "failed" if is_failure else "interrupted"
            told.end(state=state, exit_code=exit_code_of(error), sentence=str(error))
            raise
        told.end(state="done")


def _run_key(stamps: Sequence[FileStamp], config: SearchConfig) -> str:
    """Return what searches of the same files with the same options have in common, however they are executed."""
    # Without their names: the same files may be named from another folder, and names may hold bytes that are no text.
    files = [(stamp.nbytes, stamp.modified_ns, stamp.inode) for stamp in stamps]
    return address_of("run", files, msgspec.structs.replace(config, execution=ExecutionConfig(), cost=CostConfig()))


def _with_costs(tables: CatalogueTables, budget: Budget, records: Sequence[StageRecord]) -> CatalogueTables:
    """Add what depends on the run: where it ran, and what it took."""
    host = {"host": platform.node(), "cpu": platform.processor() or platform.machine(), "threads": str(budget.nthreads)}
    costs = cost_table(records, int(tables.observations["obs_id"][0]))
    return dataclasses.replace(tables, provenance={**tables.provenance, **host}, costs=costs)
