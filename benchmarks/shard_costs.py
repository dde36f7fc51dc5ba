"""What cutting a search into shards costs: every part of it computed in this process, as a worker of a cluster does.

``python -m benchmarks.shard_costs RECORDING --dm-max 100 --memory 8GiB --shard-trials 256 512`` searches the recording on
one machine, then its parts one after the other: cleaning, each shard, folding. Prints wall and CPU time, bytes read, peak
memory and bytes kept of each, what `predict_parts` predicts, and the sum over the search on one machine. The recording is
read once before, so that what fits in the cache of the system is there. Wall times hold where nothing else runs.
"""

import argparse
import math
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec
import numpy as np

from benchmarks.predicted_shards import CutSearch, PartCost, predict_parts
from fastpipe.config import SearchConfig, override
from fastpipe.data.stage_record import StageRecord
from fastpipe.execution.executors import ThreadedExecutor
from fastpipe.execution.machine import make_budget
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.search import run_search
from fastpipe.execution.search_part import SearchPart, SharedSearch, compute_part
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.file_stamps import stamp_files
from fastpipe.io.raw_file import total_read_bytes
from fastpipe.io.recordings import open_recording
from fastpipe.io.sigproc import write_filterbank
from fastpipe.pipeline.machine_rates import recording_rates
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.shape import FilterbankShape

_READ_BYTES = 2**24
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one part took."""

    name: str
    wall_s: float
    cpu_s: float
    read_bytes: int
    peak_bytes: int
    kept_bytes: int
    """Bytes that it added to the run folder."""
    records: tuple[StageRecord, ...]
    file_digest: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """All parts for one size of shards."""

    shard_trials: int
    cleaning: Measured
    shards: tuple[Measured, ...]
    folding: Measured
    predicted: CutSearch

    @property
    def parts(self) -> tuple[Measured, ...]:
        return (self.cleaning, *self.shards, self.folding)


def peak_bytes() -> int:
    """Return the most memory since `forget_peak`."""
    found = _PEAK.search(Path("/proc/self/status").read_text())
    return 1024 * int(found[1]) if found else 0


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def measure(name: str, part: SearchPart) -> Measured:
    """Compute a part."""
    folder = part.search.folder
    forget_peak()
    kept, read, cpu, wall = folder_bytes(folder), total_read_bytes(), time.process_time(), time.perf_counter()
    report = compute_part(part)
    return Measured(
        name,
        time.perf_counter() - wall,
        time.process_time() - cpu,
        total_read_bytes() - read,
        peak_bytes(),
        folder_bytes(folder) - kept,
        report.records,
        report.file_digest,
    )


def folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def warm_up(path: Path, folder: Path) -> None:
    """Load the kernels, and bring the recording into the cache of the system."""
    small = folder / "small.fil"
    write_filterbank(small, *simulate(FilterbankShape(nchans=64, nsamples=2**16), seed=1))
    run_search([small], override(SearchConfig(), dm_max=20.0, threads=2))
    with path.open("rb") as file:
        while file.read(_READ_BYTES):
            pass


class Bench:
    """Searches one recording again and again."""

    def __init__(self, path: Path, config: SearchConfig, folder: Path) -> None:
        self.path, self.config, self.folder = path, config, folder
        self.budget = make_budget(config.execution)
        self.recording = open_recording([path])
        executor = ThreadedExecutor(self.budget.nthreads, SilentProgress(), StageLedger())
        self.rates = recording_rates(self.recording, executor, with_drifts=config.acceleration.drifts is not None)

    def part(self, kind: Literal["cleaning", "shard", "folding"], shard_trials: int, folder: str) -> SearchPart:
        """Describe a part whose results go to a run folder, which is made if there is none."""
        run_folder = self.folder / folder
        run_folder.mkdir(exist_ok=True)
        search = SharedSearch(
            stamps=stamp_files([self.path]),
            config=self._config(shard_trials),
            folder=run_folder,
            run="",
            nthreads=self.budget.nthreads,
            memory_bytes=self.budget.memory_bytes,
            chunk_bytes=self.budget.chunk_bytes,
        )
        return SearchPart(search=search, kind=kind)

    def _config(self, shard_trials: int) -> SearchConfig:
        execution = msgspec.structs.replace(self.config.execution, shard_trials=shard_trials)
        return msgspec.structs.replace(self.config, execution=execution)

    def whole(self) -> Measured:
        """Search on one machine: folding begins with all that the run folder lacks."""
        part = self.part("folding", self.config.execution.shard_trials, "whole")
        return measure("on one machine", part)

    def cut(self, shard_trials: int, cleaning: Measured | None, ncandidates: int) -> Measurement:
        """Compute all parts for one size of shards; cleaning does not depend on it."""
        name = f"cut-{shard_trials}"
        part = self.part("cleaning", shard_trials, name)
        if cleaning is None:
            cleaning = measure("cleaning", part)
            shutil.copytree(part.search.folder, self.folder / "cleaned")
        else:
            shutil.copytree(self.folder / "cleaned", part.search.folder, dirs_exist_ok=True)
        predicted = predict_parts(self.recording.header, self._config(shard_trials), self.budget, *self.rates, ncandidates)
        known = replace(part, file_digest=cleaning.file_digest)
        shards = [
            measure(f"shard {number}", replace(known, kind="shard", shard=number)) for number in range(len(predicted.shards))
        ]
        folding = measure("folding", replace(known, kind="folding"))
        return Measurement(shard_trials, cleaning, tuple(shards), folding, predicted)


def stage_seconds(measured: Measured) -> str:
    """Return the wall time of the stages that take time, in words."""
    stages = [f"{record.stage} {record.wall_s:.1f}" for record in measured.records if record.wall_s >= 0.05]
    return ", ".join(stages)


def print_head() -> None:
    print(f"{'part':16}{'trials':>7}{'wall s':>8}{'predicted':>11}{'CPU s':>8}{'GB read':>9}{'GiB':>9}{'kB kept':>10}")


def print_row(measured: Measured, ntrials: int, predicted_s: float) -> None:
    print(
        f"{measured.name:16}{ntrials or '':>7}{measured.wall_s:8.1f}{predicted_s:11.1f}{measured.cpu_s:8.1f}"
        f"{measured.read_bytes / 1e9:9.1f}{measured.peak_bytes / 2**30:9.2f}{measured.kept_bytes / 1e3:10.0f}"
        f"   {stage_seconds(measured)}",
        flush=True,
    )


def print_cut(cut: Measurement, whole: Measured) -> None:
    """Print all parts, and their sum over the search on one machine."""
    print(f"\n{len(cut.shards)} shards of about {cut.shard_trials} trials")
    print_head()
    predicted: Sequence[PartCost] = cut.predicted.parts
    for measured, part in zip(cut.parts, predicted, strict=True):
        print_row(measured, part.ntrials, part.wall_s)
    wall, cpu, read = (math.fsum(getattr(part, name) for part in cut.parts) for name in ("wall_s", "cpu_s", "read_bytes"))
    print(f"{'all':23}{wall:8.1f}{cut.predicted.parts_s:11.1f}{cpu:8.1f}{read / 1e9:9.1f}")
    predicted_ratio = cut.predicted.parts_s / _whole_s(cut.predicted)
    print(
        f"over one machine: wall {wall / whole.wall_s:.2f} (predicted {predicted_ratio:.2f}), CPU {cpu / whole.cpu_s:.2f}, "
        f"read {read / whole.read_bytes:.2f}"
    )


def print_line(cuts: Sequence[Measurement]) -> None:
    """Print what a shard takes whatever its size, and for each trial: a straight line through all shards."""
    ntrials = [part.ntrials for cut in cuts for part in cut.predicted.shards]
    if len(set(ntrials)) > 1:
        slope, start = np.polyfit(ntrials, [part.cpu_s for cut in cuts for part in cut.shards], 1)
        print(f"\na shard takes {start:.1f} CPU s and {1e3 * slope:.0f} CPU ms a trial")


def ncandidates(whole: Measured) -> int:
    """Return how many candidates a search folded."""
    return max((record.ntasks for record in whole.records if record.stage == "refinement"), default=0)


def _whole_s(predicted: CutSearch) -> float:
    """Return the wall time of the search on one machine, without the start of the program."""
    return predicted.whole.wall_s - predicted.whole.stages[0].wall_s


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shard_costs", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("recording", type=Path)
    parser.add_argument("--shard-trials", type=int, nargs="+", default=[256, 512, 1024], metavar="N")
    parser.add_argument("--dm-max", type=float, default=100.0, metavar="DM")
    parser.add_argument("--memory", default="8GiB")
    given = parser.parse_args()
    config = override(SearchConfig(), dm_max=given.dm_max, memory=given.memory)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        bench = Bench(given.recording.absolute(), config, folder)
        warm_up(given.recording, folder)
        whole = bench.whole()
        print(f"{given.recording}, DM 0 to {given.dm_max:g}, {bench.budget.nthreads} threads, {given.memory}")
        cuts: list[Measurement] = []
        for shard_trials in given.shard_trials:
            cleaning = cuts[0].cleaning if cuts else None
            cuts.append(bench.cut(shard_trials, cleaning, ncandidates(whole)))
            if len(cuts) == 1:
                print_head()
                print_row(whole, 0, _whole_s(cuts[0].predicted))
            print_cut(cuts[-1], whole)
        print_line(cuts)


if __name__ == "__main__":
    main()
