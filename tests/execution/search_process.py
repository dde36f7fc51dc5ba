"""The command ``fastpipe search`` as a process to which something happens."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from fastpipe.io.catalogue import read_catalogue
from fastpipe.io.run_folder import read_progress, run_folder_of
from fastpipe.io.sigproc import write_filterbank
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape
from tests.execution.spied_search import LOG
from tests.result_bytes import result_bytes

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 60.0
"""Longest wait for anything."""

_CONFIG = """
[dedispersion]
dm_max = 300.0
dm_step = {dm_step}

[folding]
nsubints = 8

[execution]
memory = "440MiB"
shard_trials = {shard_trials}
"""


@dataclass(frozen=True)
class Scene:
    """A recording and a configuration, and where searches of it leave what."""

    folder: Path
    dm_step: float = 0.2
    shard_trials: int = 48
    nsamples: int = 2**16

    @property
    def recording(self) -> Path:
        """The recording."""
        return self.folder / "x.fil"

    @property
    def output(self) -> Path:
        """The catalogue, in a folder of its own."""
        return self.folder / "out" / "x.h5"

    @property
    def run_folder(self) -> Path:
        """The run folder of the catalogue."""
        return run_folder_of(self.output)

    @property
    def log(self) -> Path:
        """Where processes note the lane blocks that they begin."""
        return self.folder / "begun.txt"

    def make(self) -> "Scene":
        """Write the files."""
        self.output.parent.mkdir(parents=True, exist_ok=True)
        shape = FilterbankShape(nchans=32, nsamples=self.nsamples, tsamp=5e-4, top_mhz=500.0, bandwidth_mhz=100.0)
        write_filterbank(self.recording, *simulate(shape, SimulatedPulsar(period_s=0.1, dm=60.0, snr=25.0), seed=1))
        text = _CONFIG.format(dm_step=self.dm_step, shard_trials=self.shard_trials)
        (self.folder / "config.toml").write_text(text)
        return self

    def command(self, *arguments: str) -> list[str]:
        """Return the command of a search."""
        module = [sys.executable, "-m", "tests.execution.spied_search", "search", str(self.recording)]
        return [*module, "-o", str(self.output), "-c", str(self.folder / "config.toml"), "--quiet", *arguments]

    @contextmanager
    def started(self, *arguments: str, **options: Any) -> Iterator["SearchProcess"]:
        """Start a search, and end it with the block."""
        # A driver that is killed leaves a folder of its workers, which later ones remove after an hour.
        environment = os.environ | {LOG: str(self.log), "TMPDIR": str(self.folder)}
        options = {"cwd": ROOT, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
        with subprocess.Popen(self.command(*arguments), env=environment, **options) as popen:
            try:
                yield SearchProcess(self, popen)
            finally:
                popen.kill()
                popen.communicate()

    def run(self, *arguments: str, **options: Any) -> "End":
        """Search to the end."""
        with self.started(*arguments, **options) as process:
            return process.wait()

    def kept(self) -> dict[str, tuple[int, int]]:
        """Return the addresses of the checkpoints, with what changes if one is written again."""
        stats = {path.stem: path.stat() for path in self.run_folder.glob("*.checkpoint")}
        return {address: (stat.st_ino, stat.st_mtime_ns) for address, stat in stats.items()}

    def kept_shards(self) -> set[str]:
        """Return the addresses of the shards that are kept."""
        return {address for address in self.kept() if address.startswith("shard")}

    def begun(self) -> list[str]:
        """Return the address of the shard of every lane block whose search began, in the order of time."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.partition(" ")[2] for line in lines]

    def result(self) -> bytes:
        """Return the catalogue without what may differ from run to run."""
        return result_bytes(read_catalogue(self.output), self.folder)

    def leftovers(self) -> list[str]:
        """Return the names of unfinished files."""
        return [path.name for path in self.output.parent.rglob("*.tmp")]

    def clear(self) -> None:
        """Remove all that searches made."""
        for path in (*self.run_folder.glob("*"), *self.run_folder.glob(".*.tmp"), *self.output.parent.glob("*.h5")):
            path.unlink(missing_ok=True)
        self.log.unlink(missing_ok=True)


@dataclass(frozen=True)
class End:
    """How a process ended."""

    code: int
    errors: str


def _is_worker(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return "spawn_main" in " ".join(process.cmdline())
    return False


@dataclass(frozen=True)
class SearchProcess:
    """A search that runs."""

    scene: Scene
    popen: "subprocess.Popen[str]"

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self.popen.pid

    def workers(self) -> list[psutil.Process]:
        """Return the worker processes that it has started, in the order of their numbers."""
        with suppress(psutil.NoSuchProcess):
            children = psutil.Process(self.pid).children(recursive=True)
            return sorted((child for child in children if _is_worker(child)), key=lambda child: child.pid)
        return []

    def kill(self) -> None:
        """Kill it, as a batch system does that has waited long enough; its workers must end by themselves."""
        workers = self.workers()
        self.popen.kill()
        _, alive = psutil.wait_procs(workers, timeout=WAIT_S)
        assert not alive, "workers outlive the search"

    def until(self, condition: Callable[[], bool]) -> bool:
        """Wait until something is the case, or the process has ended; tell whether it still runs."""
        end = time.monotonic() + WAIT_S
        while not condition():
            if self.popen.poll() is not None:
                return False
            assert time.monotonic() < end, "waited too long"
            time.sleep(0.002)
        return self.popen.poll() is None

    def until_it_works(self) -> bool:
        """Wait until the search owns its run folder."""

        def works() -> bool:
            told = read_progress(self.scene.run_folder)
            return told is not None and told.pid == self.pid

        return self.until(works)

    def until_shards(self, count: int) -> bool:
        """Wait until so many shards are kept."""
        return self.until(lambda: len(self.scene.kept_shards()) >= count)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let the process do nothing within the block."""
        self.popen.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.popen.send_signal(signal.SIGCONT)

    def wait(self) -> End:
        """Wait for the end."""
        _, errors = self.popen.communicate(timeout=WAIT_S)
        return End(self.popen.returncode, errors)
