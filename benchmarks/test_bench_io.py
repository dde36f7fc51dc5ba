"""Speed of reading, unpacking and simulating, beside a plain copy of the same bytes.

``pytest benchmarks/test_bench_io.py --benchmark-enable --benchmark-columns=median`` prints the medians; the column
``GB/s`` of the saved JSON counts bytes of unpacked samples.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastpipe.io.bits import unpack
from fastpipe.io.raw_file import RawFile
from fastpipe.io.sigproc import SigprocFile, write_filterbank
from fastpipe.pipeline.clean_recording import READ_BYTES
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape
from fastpipe_kernels.unpack import spread_bits

NBYTES = 2**24
"""Bytes of samples: 16 MiB, twice a usual second-level cache and more."""


def note_rate(benchmark: Any, nbytes: int) -> None:
    """Store GB/s of samples beside the times, where times were taken."""
    if benchmark.stats is not None:
        benchmark.extra_info["GB/s"] = round(nbytes / benchmark.stats.stats.median / 1e9, 2)


def test_copy(benchmark: Any) -> None:
    source, target = np.ones(NBYTES, np.uint8), np.ones(NBYTES, np.uint8)
    benchmark(np.copyto, target, source)
    note_rate(benchmark, NBYTES)


@pytest.mark.parametrize("nbits", [1, 2, 4])
def test_spread_bits(benchmark: Any, nbits: int) -> None:
    words = np.ones(NBYTES // 8, f"<u{nbits}")
    out = np.ones(NBYTES // 8, np.uint64)
    masks = np.full(3, 2**64 - 1, np.uint64)
    benchmark(spread_bits, words, np.uint64(32 - 4 * nbits), masks, out)
    note_rate(benchmark, NBYTES)


@pytest.mark.parametrize("nbits", [1, 2, 4])
def test_unpack(benchmark: Any, nbits: int) -> None:
    packed = np.ones(NBYTES * nbits // 8, np.uint8)
    benchmark(unpack, packed, nbits)
    note_rate(benchmark, NBYTES)


def write(folder: Path, nbits: int, nifs: int = 1, nvalues: int = NBYTES) -> SigprocFile:
    """Write a file of a number of samples and open it."""
    nchans = 1024
    header = replace(FilterbankShape(nchans=nchans, nsamples=nvalues // nchans // nifs, nbits=nbits).header(), nifs=nifs)
    shape = (header.nsamples, *([nifs] if nifs > 1 else []), nchans)
    random = np.random.default_rng(0)
    if nbits == 32:
        block = random.standard_normal(shape, np.float32)
    else:
        block = random.integers(0, 2**nbits, shape, np.uint16 if nbits == 16 else np.uint8)
    write_filterbank(folder / "x.fil", header, [block])
    return SigprocFile.open(folder / "x.fil")


@pytest.mark.parametrize(("nbits", "nifs"), [(1, 1), (2, 1), (4, 1), (8, 1), (16, 1), (32, 1), (4, 2), (8, 2)])
def test_read(benchmark: Any, tmp_path: Path, nbits: int, nifs: int) -> None:
    """From the cache of the system to samples; GB/s counts samples at one byte each."""
    recording = write(tmp_path, nbits, nifs)
    benchmark(recording.read, 0, recording.header.nsamples)
    note_rate(benchmark, NBYTES)


@pytest.mark.parametrize("is_ahead", [False, True])
def test_read_from_disk(benchmark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_ahead: bool) -> None:
    """Read in pieces and compute on each, with nothing in the cache of the system, with and without reading ahead."""
    recording = write(tmp_path, 8, nvalues=4 * NBYTES)
    piece_samples = READ_BYTES // 1024
    if not is_ahead:
        monkeypatch.setattr(RawFile, "_read_ahead", lambda *_: None)

    def forget() -> None:
        with recording.paths[0].open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def read_and_compute() -> None:
        for start in range(0, recording.header.nsamples, piece_samples):
            np.square(recording.read(start, start + piece_samples), dtype=np.float32).sum(axis=0)

    benchmark.pedantic(read_and_compute, setup=forget, rounds=12)
    note_rate(benchmark, 4 * NBYTES)


@pytest.mark.parametrize("with_pulsar", [False, True])
def test_simulate(benchmark: Any, with_pulsar: bool) -> None:
    shape = FilterbankShape(nchans=1024, nsamples=8192)
    pulsar = SimulatedPulsar(period_s=0.0123, dm=100.0, snr=50.0) if with_pulsar else None
    benchmark(lambda: sum(len(block) for block in simulate(shape, pulsar)[1]))
    note_rate(benchmark, 1024 * 8192)
