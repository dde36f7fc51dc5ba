"""The detections of shards: kept as soon as all lane blocks of a shard are searched."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from fastpipe.data.harmonic_powers import FoundDetections
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.shards import BlockId, ShardRange
from fastpipe.pipeline.store import Store

Item = TypeVar("Item")
Result = TypeVar("Result")


class ShardResults:
    """Detections of the shards of one search, from the store or from tasks that end in any order.

    Parameters
    ----------
    shards
        The shards, in the order of DM.
    addresses
        Content address of each.
    store
        Where they are kept.
    """

    def __init__(self, shards: Sequence[ShardRange], addresses: Sequence[str], store: Store) -> None:
        self._shards, self._addresses, self._store = shards, addresses, store
        self._shard_of = {block: number for number, shard in enumerate(shards) for block in shard.blocks}
        self._blocks: dict[BlockId, FoundDetections] = {}
        self._missing = {number: len(shard.blocks) for number, shard in enumerate(shards)}
        self._done: dict[int, FoundDetections] = {}
        self._nkept = 0
        self._lock = threading.Lock()

    def load(self, number: int) -> bool:
        """Take a shard from the store; tell whether it was there."""
        found = self._store.load(self._addresses[number], FoundDetections)
        if found is None:
            return False
        self._nkept += 1
        self._keep(number, found)
        return True

    def add(self, block: BlockId, found: FoundDetections) -> None:
        """Take the detections of one lane block; with the last of a shard, keep the shard."""
        with self._lock:
            self._blocks[block] = found
            number = self._shard_of[block]
            self._missing[number] -= 1
            if self._missing[number]:
                return
            parts = [self._blocks.pop(part) for part in self._shards[number].blocks]
        joined = FoundDetections.joined(parts)
        self._store.save(self._addresses[number], joined)
        self._keep(number, joined)

    def _keep(self, number: int, found: FoundDetections) -> None:
        with self._lock:
            self._done[number] = found
            self._store.tell(len(self._shards), len(self._done), self._nkept)

    def joined(self) -> FoundDetections:
        """Return the detections of all shards that are done, in the order of DM."""
        return FoundDetections.joined([FoundDetections.none(), *(self._done[number] for number in sorted(self._done))])


class EachResult:
    """An executor that hands on every result with the number of its item, as soon as it is there.

    Parameters
    ----------
    executor
        Runs the tasks.
    receive
        Is called by the task that has the result, before the task ends; several may call it at once.
    """

    def __init__(self, executor: Executor, receive: Callable[[int, FoundDetections], None]) -> None:
        self._executor = executor
        self._receive = receive

    @property
    def nthreads(self) -> int:
        """Number of functions that may run at the same time."""
        return self._executor.nthreads

    def map(self, function: Callable[[Item], Result], items: Sequence[Item], stage: str) -> list[Result]:
        """Run `function` on every item, and show the progress of the stage under this name."""

        def run(number: int) -> Result:
            result = function(items[number])
            self._receive(number, result)  # type: ignore[arg-type]
            return result

        return self._executor.map(run, range(len(items)), stage)
