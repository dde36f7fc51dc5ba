"""Small filterbank files for the tests of the readers."""

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


def make_samples(header: Header, seed: int = 0) -> NDArray[np.uint8]:
    """Return random spectra that fit the header."""
    return np.random.default_rng(seed).integers(0, 2**header.nbits, (header.nsamples, header.nchans), np.uint8)


def write_file(path: Path, seed: int = 0, **changes: Any) -> NDArray[np.uint8]:
    """Write a filterbank file and return its spectra."""
    header = make_header(**changes)
    samples = make_samples(header, seed)
    write_filterbank(path, header, [samples])
    return samples
