"""A hundred candidates folded and refined from one recording, next to what it costs to read it.

``python -m benchmarks.fold_hundred [FILE] [NCANDIDATES]`` prints CPU and wall seconds of reading, reading and cleaning,
folding and refinement; without a file a recording like one of FAST is made up, of which the same samples come again and
again. Periods are log-uniform from 1.5 ms to 5 s, DMs uniform from 0 to 500.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.peers import ratio_on_one_machine
from benchmarks.recordings import RepeatedRecording
from fastpipe.config import FoldingConfig, SearchConfig
from fastpipe.data.recording import Chunk, Recording, cut_into_chunks
from fastpipe.execution.executors import ThreadedExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.recordings import open_recording
from fastpipe.pipeline.clean_recording import CleanRecording, CleanStretch, SampleKind
from fastpipe.pipeline.fold_candidates import FoldTarget, fold_candidates, fold_chunk_spectra, fold_source
from fastpipe.pipeline.preparation import prepare
from fastpipe.pipeline.rfi import find_rfi

PERIODS_S = (1.5e-3, 5.0)
DM_MAX = 500.0
PSRFOLD_SECONDS = 129.0
"""psrfold_fil of PulsarX: 100 candidates of 512 channels and 2^20 samples, folded and optimised, CPU."""
PREPFOLD_SECONDS = 124.0
"""prepfold of PRESTO for one of them."""
_PEER_VALUES = 512 * 2**20
_NTHREADS = 2


def targets(ncandidates: int) -> list[FoldTarget]:
    """Make up candidates."""
    rng = np.random.default_rng(7)
    periods_s = np.exp(rng.uniform(*np.log(PERIODS_S), ncandidates))
    dms = rng.uniform(0.0, DM_MAX, ncandidates)
    return [FoldTarget(1.0 / float(period), float(dm)) for period, dm in zip(periods_s, dms, strict=True)]


def read_all(recording: Recording, executor: ThreadedExecutor) -> None:
    """Read a recording and do nothing with it."""
    header = recording.header
    executor.map(
        lambda chunk: recording.read(chunk.start, chunk.stop).shape, _pieces(header.nsamples, header.nchans), "read"
    )


def clean_all(clean: CleanRecording, executor: ThreadedExecutor) -> None:
    """Read a recording and clean it, into memory that was used before."""
    header = clean.recording.header
    memory: list[Any] = []

    def clean_chunk(chunk: Chunk) -> None:
        channels = memory.pop() if memory else np.empty(header.nchans * fold_chunk_spectra(header), np.uint8)
        rows = channels[: header.nchans * len(chunk)].reshape(header.nchans, -1)
        clean.fill([CleanStretch(SampleKind(1, is_filtered=False), chunk, rows)])
        memory.append(channels)

    executor.map(clean_chunk, cut_into_chunks(header.nsamples, fold_chunk_spectra(header)), "clean")


def _pieces(nsamples: int, nchans: int) -> tuple[Chunk, ...]:
    return cut_into_chunks(nsamples, max(2**22 // nchans, 1))


def timed(function: Callable[..., object], *args: Any) -> tuple[float, float]:
    """Return the CPU and wall seconds of a call, the less of two."""
    seconds = []
    for _ in range(2):
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        function(*args)
        seconds.append((time.process_time() - cpu_s, time.perf_counter() - wall_s))
    return min(seconds)


def main(path: str | None = None, ncandidates: int = 100) -> None:
    """Print what each part costs."""
    recording = RepeatedRecording(4096, 2**18) if path is None else open_recording([path])
    times = StageLedger()
    executor = ThreadedExecutor(_NTHREADS, SilentProgress(), times)
    config = SearchConfig().cleaning
    clean = prepare(recording, find_rfi(recording, config, executor), config, executor)
    source, candidates = fold_source(recording.header, clean), targets(ncandidates)
    fold_candidates(source, candidates[:1], FoldingConfig(), executor)
    reading, cleaning = timed(read_all, recording, executor), timed(clean_all, clean, executor)
    times.seconds.clear()
    fold_candidates(source, candidates, FoldingConfig(), executor)
    found = {name: (cpu_s, wall_s) for name, (wall_s, cpu_s) in times.seconds.items()}
    rows = {"reading": reading, "reading and cleaning": cleaning, **found}
    for name, (cpu_s, wall_s) in rows.items():
        print(f"{name:22s} {cpu_s:7.2f} s CPU {wall_s:7.2f} s wall  {1e3 * cpu_s / ncandidates:7.2f} ms CPU a candidate")
    cpu_s, wall_s = (sum(seconds[kind] for seconds in found.values()) for kind in (0, 1))
    for name, floor in (("reading", reading), ("reading and cleaning", cleaning)):
        print(
            f"folding and refinement over {name}: {cpu_s / floor[0]:.2f} in CPU time, {wall_s / floor[1]:.2f} in wall time"
        )
    values = recording.header.nsamples * recording.header.nchans / _PEER_VALUES
    for name, seconds in (("psrfold_fil", PSRFOLD_SECONDS), ("prepfold", 100 * PREPFOLD_SECONDS)):
        ratio = values * seconds * ncandidates / 100 / cpu_s
        print(f"{name} on another machine over this, CPU: {ratio:.0f}; on one: about {ratio_on_one_machine(ratio):.0f}")


if __name__ == "__main__":
    main(*sys.argv[1:2], *(int(count) for count in sys.argv[2:3]))
