"""The command ``fastpipe``, which notes in a file of every lane block to which shard it belongs when its search begins.

Run as ``python -m tests.execution.spied_search`` with the name of the file in the environment. Worker processes that
import the module of the command anew note what they begin in the same file.
"""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fastpipe.pipeline import trial_search
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.passes import Pass
from fastpipe.pipeline.shard_results import ShardResults

LOG = "FASTPIPE_TEST_BEGUN"
"""Variable of the environment: the file to which a line is added for every lane block."""


class _Noting:
    """An executor that notes every item before it is worked on."""

    def __init__(self, executor: Executor, addresses: Sequence[str], log: Path) -> None:
        self.nthreads = executor.nthreads
        self._executor, self._addresses = executor, addresses
        # One write a line, at the end of the file, is whole whoever else writes and whoever is killed.
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC)

    def map(self, function: Callable[[Any], Any], items: Sequence[Any], stage: str) -> list[Any]:
        def run(number: int) -> Any:
            os.write(self._log, f"{os.getpid()} {self._addresses[number]}\n".encode())
            return function(items[number])

        return self._executor.map(run, range(len(items)), stage)


def _spy(log: Path) -> None:
    keeping = trial_search._keeping

    def noting(reading: Pass, results: ShardResults, executor: Executor) -> Any:
        blocks = [block for shard in reading.shards for block in shard.blocks]
        addresses = [results._addresses[results._shard_of[block]] for block in blocks]
        return _Noting(keeping(reading, results, executor), addresses, log)

    setattr(trial_search, "_keeping", noting)  # noqa: B010


if LOG in os.environ:
    _spy(Path(os.environ[LOG]))

if __name__ == "__main__":
    from fastpipe.cli.main import main

    # Tests that run in the background inherit an ignored Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
