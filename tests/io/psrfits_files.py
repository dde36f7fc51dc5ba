"""Small PSRFITS files for the tests of the reader, and ways to spoil them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.io.psrfits_writer import write_psrfits

NSBLK = 16


def make_header(**changes: Any) -> Header:
    """Return a plausible header of six rows."""
    values: dict[str, Any] = {
        "nchans": 8,
        "nsamples": 6 * NSBLK,
        "tsamp": 1e-3,
        "fch1": 1000.0,
        "foff": 0.5,
        "nbits": 8,
        "tstart": 59000.0,
        "telescope": "Parkes",
        "machine": "MB4K",
        "source_name": "J0534+2200",
        "ra_deg": 83.5,
        "dec_deg": -0.25,
        "ibeam": 2,
    }
    return Header(**(values | changes))


def make_samples(header: Header, seed: int = 0) -> NDArray[Any]:
    """Return random samples that fit the header, shape [nsamples, nifs, nchans]."""
    dtype = {16: np.uint16, 32: np.float32}.get(header.nbits, np.uint8)
    shape = (header.nsamples, header.nifs, header.nchans)
    return np.random.default_rng(seed).integers(0, 2 ** min(header.nbits, 16), shape).astype(dtype)


def write_scan(
    folder: Path, *, name: str = "x.fits", nsblk: int = NSBLK, rows_per_file: int | None = None, **changes: Any
) -> tuple[list[Path], NDArray[Any]]:
    """Write a recording; return its files and its samples."""
    header = make_header(**changes)
    samples = make_samples(header)
    paths = write_psrfits(folder / name, header, [samples], nsblk=nsblk, rows_per_file=rows_per_file)
    return list(paths), samples


def edit(
    path: Path,
    primary: Mapping[str, Any] | None = None,
    subint: Mapping[str, Any] | None = None,
    columns: Mapping[str, Any] | None = None,
) -> None:
    """Change keywords and columns of a file; None removes a keyword."""
    with fits.open(path, mode="update") as hdus:
        for header, changes in ((hdus[0].header, primary), (hdus["SUBINT"].header, subint)):
            for keyword, value in (changes or {}).items():
                if value is None:
                    header.remove(keyword)
                else:
                    header[keyword] = value
        for name, values in (columns or {}).items():
            hdus["SUBINT"].data[name] = values


def patch_card(path: Path, keyword: str, value: str) -> None:
    """Overwrite the value of the last card with this keyword, as bytes."""
    content = bytearray(path.read_bytes())
    start = content.rindex(f"{keyword:<8}= ".encode())
    content[start : start + 80] = f"{keyword:<8}= {value:>20}".ljust(80).encode()
    path.write_bytes(content)
