"""Speed of reading PSRFITS, beside astropy's access to the table and a plain copy of the same samples.

``pytest benchmarks/test_bench_psrfits.py --benchmark-enable --benchmark-columns=median`` prints the medians; the column
``GB/s`` of the saved JSON counts bytes of stored samples at one byte each. The files lie in the cache of the system.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from fastpipe.data.header import Header
from fastpipe.io.bits import unpack
from fastpipe.io.psrfits import PsrfitsRecording
from fastpipe.io.psrfits_writer import write_psrfits
from fastpipe_kernels.scaling import scale_samples

NSAMPLES = 8192
NCHANS = 2048


def note_rate(benchmark: Any, nvalues: int) -> None:
    """Store GB/s of samples beside the times, where times were taken."""
    if benchmark.stats is not None:
        benchmark.extra_info["GB/s"] = round(nvalues / benchmark.stats.stats.median / 1e9, 2)


def write(folder: Path, nbits: int, npol: int) -> Path:
    header = Header(nchans=NCHANS, nsamples=NSAMPLES, tsamp=1e-4, fch1=1050.0, foff=0.2, nbits=nbits, nifs=npol, tstart=6e4)
    block = np.random.default_rng(0).integers(0, 2**nbits, (NSAMPLES, npol, NCHANS), np.uint8)
    return write_psrfits(folder / "x.fits", header, [block])[0]


def read_by_astropy(path: Path, nbits: int, npol: int) -> np.ndarray[Any, Any]:
    """Return total intensities from the table that astropy gives."""
    with fits.open(path, memmap=False) as hdus:
        data = np.concatenate(list(hdus["SUBINT"].data["DATA"]))
    if nbits < 8:
        data = unpack(data, nbits, is_high_first=True)
    data = data.reshape(-1, npol, NCHANS)
    if npol == 1:
        return data[:, 0]
    out = np.empty((len(data), NCHANS), np.float32)
    scale_samples(data, np.ones((2, NCHANS), np.float32), np.zeros(NCHANS, np.float32), out)
    return out


CASES = pytest.mark.parametrize(("nbits", "npol"), [(8, 1), (8, 2), (4, 1)])


def test_copy(benchmark: Any) -> None:
    source, target = np.ones(NSAMPLES * NCHANS, np.uint8), np.ones(NSAMPLES * NCHANS, np.uint8)
    benchmark(np.copyto, target, source)
    note_rate(benchmark, NSAMPLES * NCHANS)


@CASES
def test_read(benchmark: Any, tmp_path: Path, nbits: int, npol: int) -> None:
    recording = PsrfitsRecording.open([write(tmp_path, nbits, npol)])
    recording.read(0, 1)
    benchmark(recording.read, 0, NSAMPLES)
    note_rate(benchmark, NSAMPLES * NCHANS * npol)


@CASES
def test_read_by_astropy(benchmark: Any, tmp_path: Path, nbits: int, npol: int) -> None:
    path = write(tmp_path, nbits, npol)
    benchmark(read_by_astropy, path, nbits, npol)
    note_rate(benchmark, NSAMPLES * NCHANS * npol)


def test_open(benchmark: Any, tmp_path: Path) -> None:
    path = write(tmp_path, 8, 2)
    benchmark(PsrfitsRecording.open, [path])


@pytest.mark.parametrize("nbits", [1, 2, 4])
def test_unpack_high_bits_first(benchmark: Any, nbits: int) -> None:
    packed = np.ones(NSAMPLES * NCHANS * nbits // 8, np.uint8)
    benchmark(unpack, packed, nbits, is_high_first=True)
    note_rate(benchmark, NSAMPLES * NCHANS)
