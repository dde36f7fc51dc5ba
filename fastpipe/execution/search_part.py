"""Parts of a search that workers of a cluster compute: names and numbers travel, results stay in the run folder."""

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from fastpipe.config import SearchConfig
from fastpipe.data.stage_record import StageRecord
from fastpipe.execution.executors import ThreadedExecutor
from fastpipe.execution.machine import available_cores
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.code_version import code_version
from fastpipe.io.file_stamps import FileStamp, check_unchanged
from fastpipe.io.recordings import open_recording
from fastpipe.io.run_folder import RunFolder
from fastpipe.pipeline.budget import Budget
from fastpipe.pipeline.clean_step import clean_step
from fastpipe.pipeline.search import search_as_planned
from fastpipe.pipeline.search_setup import SearchSetup, set_up
from fastpipe.pipeline.trial_search import plan_trial_search, search_trials


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedSearch:
    """What all parts of a search on a cluster have in common."""

    stamps: tuple[FileStamp, ...]
    """The files, with the paths that they have on every worker."""
    config: SearchConfig
    """Options of all stages, without a deadline; the files that they name have absolute paths."""
    folder: Path
    """The run folder, on a disk that all workers share."""
    run: str
    """Digest of recording and options."""
    nthreads: int
    """Threads of a part; 0 for all cores of the worker."""
    memory_bytes: int
    """Memory of a part."""
    chunk_bytes: int
    """Size of the pieces in which the recording is dedispersed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchPart:
    """One part of a search."""

    search: SharedSearch
    kind: Literal["cleaning", "shard", "folding"]
    """What to do: find interference and birdies, search one shard, or sift and fold."""
    shard: int = 0
    """Number of the shard."""
    file_digest: str = ""
    """SHA-256 over the bytes of the files; empty where it is not known yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PartReport:
    """What a worker says when a part is in the run folder."""

    code: str
    """Digest of the code that the worker runs."""
    file_digest: str
    records: tuple[StageRecord, ...]
    """The stages that it took."""


def compute_part(part: SearchPart) -> PartReport:
    """Compute a part of a search, unless the run folder has it.

    Parameters
    ----------
    part
        What to do.

    Raises
    ------
    FastpipeError
        As a search on one machine; besides if a file is not the one that the search began with.
    """
    # What there is to say, the search says that puts the parts together; workers would say it once a part.
    logging.getLogger("fastpipe").addHandler(logging.NullHandler())
    search = part.search
    check_unchanged(search.stamps)
    store = RunFolder(search.folder, search.stamps)
    nthreads = search.nthreads or available_cores()
    ledger = StageLedger(run=search.run)
    executor = ThreadedExecutor(nthreads, SilentProgress(), ledger)
    setup = _setup(search, nthreads)
    if part.kind == "folding":
        search_as_planned(setup, executor, store, part.file_digest)
        return PartReport(code=code_version(), file_digest=part.file_digest, records=tuple(ledger.records))
    cleaned = clean_step(setup, executor, store, part.file_digest)
    wanted = [part.shard] if part.kind == "shard" else []
    search_trials(plan_trial_search(setup, cleaned), executor, store, wanted)
    return PartReport(code=code_version(), file_digest=cleaned.file_digest, records=tuple(ledger.records))


@lru_cache(maxsize=1)
def _setup(search: SharedSearch, nthreads: int) -> SearchSetup:
    """Open the recording and plan its search, which the parts of a search on one worker share."""
    recording = open_recording([stamp.path for stamp in search.stamps])
    budget = Budget(search.memory_bytes, nthreads, search.chunk_bytes)
    store = RunFolder(search.folder, search.stamps)
    return set_up(recording, search.config, budget, ThreadedExecutor(nthreads, SilentProgress(), StageLedger()), store)
