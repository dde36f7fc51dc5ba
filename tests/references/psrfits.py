"""PSRFITS search mode by its definition: slow, with astropy for the table."""

from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray


def stored_samples(path: Path) -> NDArray[Any]:
    """Return the samples of all rows as astropy gives them, bits taken apart, shape [nrows * nsblk, npol, nchans]."""
    with fits.open(path) as hdus:
        table = hdus["SUBINT"]
        nbits, npol, nchans = (table.header[name] for name in ("NBITS", "NPOL", "NCHAN"))
        rows = [np.asarray(row).reshape(-1) for row in table.data["DATA"]]
    if nbits < 8:
        rows = [highest_first(row, nbits) for row in rows]
    return np.concatenate(rows).reshape(-1, npol, nchans)


def highest_first(packed: NDArray[np.uint8], nbits: int) -> NDArray[np.uint8]:
    """Take the samples of `nbits` bits out of each byte, highest bits first."""
    shifts = range(8 - nbits, -1, -nbits)
    return np.array([(byte >> shift) & (2**nbits - 1) for byte in packed.tolist() for shift in shifts], np.uint8)


def intensities(path: Path) -> NDArray[np.float64]:
    """Return ``((raw - ZERO_OFF) * DAT_SCL + DAT_OFFS) * DAT_WTS`` of all polarisations, as `stored_samples` shapes it."""
    values = stored_samples(path).astype(np.float64)
    with fits.open(path) as hdus:
        header, table = hdus["SUBINT"].header, hdus["SUBINT"].data
        nsblk, npol, nchans = (header[name] for name in ("NSBLK", "NPOL", "NCHAN"))
        for row in range(len(table)):
            part = values[row * nsblk : (row + 1) * nsblk]
            scales, offsets = (np.resize(table[name][row], (npol, nchans)) for name in ("DAT_SCL", "DAT_OFFS"))
            weights = table["DAT_WTS"][row]
            part[:] = ((part - header.get("ZERO_OFF", 0.0)) * scales + offsets) * weights
    return values
