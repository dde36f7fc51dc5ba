"""Searches of a small recording on disk that keep their parts, and what of them is read and made."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from fastpipe.config import SearchConfig, override
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.stage_record import StageRecord
from fastpipe.execution.executors import SerialExecutor, ThreadedExecutor
from fastpipe.execution.machine import make_budget
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.recordings import open_recording
from fastpipe.io.run_folder import RunFolder
from fastpipe.io.sigproc import write_filterbank
from fastpipe.pipeline.search import search_recording
from fastpipe.pipeline.store import NoStore, Store
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape

T = TypeVar("T")

CONFIG = override(
    SearchConfig(), dm_max=120.0, shard_trials=16, scheduler="serial", memory="2GiB", chunk_bytes="256KiB", catalogue=""
)
PARTS = ("clean", "birdies", "shard", "folds")
"""Kinds of parts, in the order in which they depend on one another."""


def write_recording(path: Path) -> Path:
    """Write a recording with a pulsar."""
    shape = FilterbankShape(nchans=48, nsamples=2**14, tsamp=5e-4)
    write_filterbank(path, *simulate(shape, SimulatedPulsar(period_s=0.0893, dm=62.4, snr=25.0), seed=1))
    return path


@dataclass
class SpyingStore:
    """A store that notes what is found in another one, and what is made anew."""

    inner: Store
    found: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    told: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """As that of the other."""
        return self.inner.is_empty

    def has(self, address: str) -> bool:
        """As that of the other."""
        return self.inner.has(address)

    def load(self, address: str, kind: type[T]) -> T | None:
        """Note what was there."""
        value = self.inner.load(address, kind)
        if value is not None:
            self.found.append(address)
        return value

    def save(self, address: str, value: Any) -> None:
        """Note what was made."""
        self.saved.append(address)
        self.inner.save(address, value)

    def tell(self, nshards: int, ndone: int, nkept: int) -> None:
        """Note how far the search is."""
        self.told.append((nshards, ndone, nkept))

    @property
    def saved_parts(self) -> Counter[str]:
        """How many parts of each kind were made."""
        return Counter(part_of(address) for address in self.saved)


@dataclass(frozen=True)
class Done:
    """What a search gave, and how."""

    tables: CatalogueTables
    store: SpyingStore
    records: list[StageRecord]

    def ntasks(self, stage: str) -> int:
        """Return the number of tasks of all stages of a name."""
        return sum(record.ntasks for record in self.records if record.stage == stage)


def part_of(address: str) -> str:
    """Return the kind of a part."""
    return address.partition("-")[0]


def search(path: Path, folder: Path | None, config: SearchConfig = CONFIG) -> Done:
    """Search a recording, with a run folder or without."""
    ledger, store = StageLedger(), SpyingStore(NoStore() if folder is None else RunFolder(folder))
    budget = make_budget(config.execution)
    is_serial = config.execution.scheduler == "serial"
    progress = SilentProgress()
    executor = SerialExecutor(progress, ledger) if is_serial else ThreadedExecutor(budget.nthreads, progress, ledger)
    return Done(search_recording(open_recording([path]), config, budget, executor, store), store, ledger.records)
