"""Speed of reading, unpacking and simulating, beside a plain copy of the same bytes.

``pytest benchmarks/test_bench_io.py --benchmark-enable --benchmark-columns=median`` prints the medians; the column
``GB/s`` of the saved JSON counts bytes of unpacked samples.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastpipe.io.bits import unpack
from fastpipe.io.sigproc import FilterbankFile, write_filterbank
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


@pytest.mark.parametrize("nbits", [2, 8])
def test_read_filterbank(benchmark: Any, tmp_path: Path, nbits: int) -> None:
    shape = FilterbankShape(nchans=1024, nsamples=NBYTES // 1024, nbits=nbits)
    header = shape.header()
    block = np.random.default_rng(0).integers(0, 2**nbits, (header.nsamples, header.nchans), np.uint8)
    write_filterbank(tmp_path / "x.fil", header, [block])
    recording = FilterbankFile.open(tmp_path / "x.fil")
    benchmark(recording.read, 0, header.nsamples)
    note_rate(benchmark, NBYTES)


@pytest.mark.parametrize("with_pulsar", [False, True])
def test_simulate(benchmark: Any, with_pulsar: bool) -> None:
    shape = FilterbankShape(nchans=1024, nsamples=8192)
    pulsar = SimulatedPulsar(period_s=0.0123, dm=100.0, snr=50.0) if with_pulsar else None
    benchmark(lambda: sum(len(block) for block in simulate(shape, pulsar)[1]))
    note_rate(benchmark, 1024 * 8192)
