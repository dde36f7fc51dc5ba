"""What ``fastpipe plan`` predicts beside what ``fastpipe search`` takes: seconds of every stage, and the peak memory.

``python -m benchmarks.predicted_cost`` takes about ten minutes and 2 GB of the temporary folder. It measures the rates of
this machine, simulates recordings of several shapes with a pulsar each, and searches each in a process of its own with one
and with two threads, after a search that compiles the kernels. The first ratio is predicted over wall time, which holds
where nothing else runs; the second is predicted over CPU time a thread, which neighbours disturb less. Nothing in these
recordings is masked for a part of the time, so that candidates are folded once and not, as predicted, twice.

``python -m benchmarks.predicted_cost RECORDING DM_MAX MEMORY`` does the same for one recording.
"""

import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from fastpipe.config import SearchConfig, override
from fastpipe.data.kernel_rates import KernelRates
from fastpipe.data.recording import Recording
from fastpipe.data.search_cost import SearchCost, StageCost
from fastpipe.execution.executors import SerialExecutor, ThreadedExecutor
from fastpipe.execution.machine import make_budget
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.catalogue import read_catalogue
from fastpipe.io.recordings import open_recording
from fastpipe.io.sigproc import write_filterbank
from fastpipe.pipeline.cost import predict_cost
from fastpipe.pipeline.cost_summary import cost_summary
from fastpipe.pipeline.machine_rates import measure_rates, reading_rate
from fastpipe.pipeline.memory import reserve
from fastpipe.pipeline.preflight import check_and_plan
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape

# The peak is not that of getrusage(), which a process inherits from the one that started it.
_RUN = """
import atexit, re
from pathlib import Path
from fastpipe.cli.main import main
atexit.register(lambda: print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]))
main()
"""
_TOGETHER = {"search for drifts": "Fourier search"}
"""Stages of a prediction that a search does within another."""
_STAGES = {
    "digest and channel statistics": ("channel statistics", "digest of the files"),
    "folding": ("folding", "folding without the mask", "refinement", "impact of the mask"),
}
"""Stages of a search that a prediction has under another name."""


class Case(NamedTuple):
    """A recording and how it is searched."""

    name: str
    shape: FilterbankShape
    dm_max: float
    memory: str = "8GiB"
    accel_max: float | None = None


CASES = (
    Case("4096 channels, 8 s", FilterbankShape(nchans=4096, nsamples=163840), 500.0),
    Case("1024 channels, 30 s", FilterbankShape(nchans=1024, nsamples=610352), 300.0),
    Case(
        "256 channels, 5 min, to 50 m/s^2", FilterbankShape(nchans=256, nsamples=2**21, tsamp=143e-6), 30.0, accel_max=50.0
    ),
    Case("96 channels, 10 min", FilterbankShape(nchans=96, nsamples=2**22, tsamp=143e-6), 100.0),
    Case("256 channels of float32, 26 s", FilterbankShape(nchans=256, nsamples=2**17, tsamp=2e-4, nbits=32), 1000.0, "1GiB"),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a search took."""

    wall_s: float
    """Of the process, from its start to its end."""
    stages: dict[str, tuple[float, float]]
    """Wall and CPU seconds."""
    peak_bytes: int
    ncandidates: int


def search(path: Path, options: dict[str, str], nthreads: int) -> Measured:
    """Search a recording in a process of its own."""
    output, config = path.with_suffix(f".{nthreads}.h5"), path.with_suffix(".toml")
    # What an earlier search left would not be measured.
    config.write_text('[execution]\ncheckpoints = "off"\n')
    given = [text for name, value in options.items() for text in (f"--{name.replace('_', '-')}", value)]
    start = time.perf_counter()
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            _RUN,
            "search",
            str(path),
            "-o",
            str(output),
            "-c",
            str(config),
            "--quiet",
            *given,
            "--threads",
            str(nthreads),
            *(["--serial"] * (nthreads == 1)),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    wall_s = time.perf_counter() - start
    tables = read_catalogue(output)
    stages = {stage: (cost.wall_s, cost.cpu_s) for stage, cost in cost_summary(tables).stages.items()}
    return Measured(wall_s, stages, 1024 * int(run.stdout.split()[-1]), len(tables.candidates))


def predict(recording: Recording, config: SearchConfig, rates: KernelRates, ncandidates: int) -> SearchCost:
    """Predict the same search."""
    header, plan = recording.header, check_and_plan(recording.header, config)
    budget = reserve(header, plan.dispersion, config, make_budget(config.execution))
    return predict_cost(header, config, plan, budget, rates, reading_rate(recording), ncandidates)


def _row(name: str, predicted: float, wall: float, cpu: float, nthreads: int) -> str:
    ratio = (
        f"{predicted / wall:6.2f} {predicted * nthreads / cpu:6.2f}" if wall > 0.05 and cpu > 0.05 else f"{'-':>6} {'-':>6}"
    )
    return f"    {name:34}{predicted:9.2f}{wall:9.2f}{cpu / nthreads:11.2f}   {ratio}"


def compare(cost: SearchCost, measured: Measured) -> None:
    """Print predicted and measured seconds and bytes."""
    nthreads = cost.nthreads
    # Its CPU time is not known apart.
    start = measured.wall_s - sum(wall for wall, _ in measured.stages.values())
    left = measured.stages | {"start of the program": (start, start * nthreads)}
    wall, cpu = (sum(seconds[i] for seconds in left.values()) for i in range(2))
    print(f"    {'':34}predicted   wall s  CPU/thread   ratios to both")
    for stage in _joined(cost):
        names = _STAGES.get(re.sub(r" of \d+ candidates", "", stage.stage), (stage.stage,))
        found = [left.pop(name) for name in names if name in left]
        print(_row(stage.stage, stage.wall_s, *(sum(seconds[i] for seconds in found) for i in range(2)), nthreads))
    for name, seconds in left.items():
        print(_row(f"{name} (not predicted)", 0.0, *seconds, nthreads))
    print(_row("all", cost.wall_s, wall, cpu, nthreads))
    mib = cost.peak_bytes / 2**20, measured.peak_bytes / 2**20
    print(f"    {'peak memory, MiB':34}{mib[0]:9.0f}{mib[1]:9.0f}{'':11}   {mib[0] / mib[1]:6.2f}", flush=True)


def _joined(cost: SearchCost) -> list[StageCost]:
    """Return the stages of a prediction as a search has them."""
    seconds: dict[str, float] = {}
    for stage in cost.stages:
        name = _TOGETHER.get(stage.stage, stage.stage)
        seconds[name] = seconds.get(name, 0.0) + stage.wall_s
    return [StageCost(name, wall_s) for name, wall_s in seconds.items()]


def measure_recording(path: Path, options: dict[str, str], rates: dict[tuple[int, bool], KernelRates]) -> None:
    """Search a recording with one and two threads and print the comparison."""
    recording = open_recording([path])
    for nthreads in (1, 2):
        values = {name: value if name == "memory" else float(value) for name, value in options.items()}
        config = override(SearchConfig(), **values, threads=nthreads, scheduler="serial" if nthreads == 1 else "threads")
        measured = search(path, options, nthreads)
        print(f"  {nthreads} threads, {measured.ncandidates} candidates")
        is_bytes = recording.header.nbits <= 8
        compare(predict(recording, config, rates[nthreads, is_bytes], measured.ncandidates), measured)


def all_rates() -> dict[tuple[int, bool], KernelRates]:
    """Measure the rates of this machine for one and two threads, bytes and floats."""
    rates = {}
    for is_bytes in (True, False):
        for executor in (
            SerialExecutor(SilentProgress(), StageLedger()),
            ThreadedExecutor(2, SilentProgress(), StageLedger()),
        ):
            rates[executor.nthreads, is_bytes] = measure_rates(executor, is_bytes=is_bytes, with_drifts=True)
    return rates


def main(arguments: Sequence[str]) -> None:
    """Print all."""
    rates = all_rates()
    if arguments:
        path, dm_max, memory = arguments
        return measure_recording(Path(path), {"dm_max": dm_max, "memory": memory}, rates)
    with TemporaryDirectory() as folder:
        for number, case in enumerate(CASES):
            path = Path(folder) / f"{number}.fil"
            pulsar = SimulatedPulsar(period_s=0.0713, dm=12.0, snr=25.0)
            write_filterbank(path, *simulate(case.shape, pulsar, seed=1))
            options = {"dm_max": f"{case.dm_max:g}", "memory": case.memory}
            if case.accel_max is not None:
                options["accel_max"] = f"{case.accel_max:g}"
            # Compiles the kernels for the type of its samples.
            search(path, options | {"dm_max": "1"}, 1)
            print(f"{case.name}, DM 0 to {case.dm_max:g}, {case.memory}", flush=True)
            measure_recording(path, options, rates)
            path.unlink()
    return None


if __name__ == "__main__":
    main(sys.argv[1:])
