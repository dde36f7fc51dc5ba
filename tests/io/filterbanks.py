"""Small SIGPROC files for the tests of the readers."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.io.sigproc import write_filterbank


def make_header(**changes: Any) -> Header:
    """Return a plausible header."""
    values: dict[str, Any] = {
        "nchans": 16,
        "nsamples": 50,
        "tsamp": 1e-3,
        "fch1": 1500.0,
        "foff": -1.0,
        "nbits": 8,
        "tstart": 60000.0,
        "telescope": "FAST",
    }
    return Header(**(values | changes))


def make_samples(header: Header, seed: int = 0) -> NDArray[Any]:
    """Return random spectra that fit the header, as `write_filterbank` wants them."""
    random = np.random.default_rng(seed)
    shape = (header.nsamples, *([header.nifs] if header.nifs > 1 else []), header.nchans)
    if header.nbits == 32:
        return random.normal(100.0, 10.0, shape).astype(np.float32)
    return random.integers(0, 2**header.nbits, shape, np.uint16 if header.nbits == 16 else np.uint8)


def as_read(samples: NDArray[Any]) -> NDArray[Any]:
    """Return what a reader makes of the samples: the first of several IFs, or the sum of the first two."""
    if samples.ndim == 2:
        return samples
    wide = samples.astype(np.float32)
    if samples.shape[1] == 2:
        return wide[:, 0] + wide[:, 1]
    mean = wide.mean(axis=0, dtype=np.float64)
    to_first, to_later = (np.median(np.abs(mean[1] - other)) for other in (mean[0], mean[2:].mean(axis=0)))
    return wide[:, 0] if to_later < to_first else wide[:, 0] + wide[:, 1]


def write_file(path: Path, seed: int = 0, **changes: Any) -> NDArray[Any]:
    """Write a filterbank file and return its samples."""
    header = make_header(**changes)
    samples = make_samples(header, seed)
    write_filterbank(path, header, [samples])
    return samples
