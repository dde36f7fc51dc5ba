"""SIGPROC files read by the definition of the format, sample by sample."""

import struct

import numpy as np
from numpy.typing import NDArray

TEXTS = ("source_name", "rawdatafile")
DOUBLES = ("az_start", "za_start", "src_raj", "src_dej", "tstart", "tsamp", "fch1", "foff", "refdm", "period")


def read_header(content: bytes) -> tuple[dict[str, int | float | str], int]:
    """Return the keywords of a file and the position of its first sample."""
    values: dict[str, int | float | str] = {}
    position = 0
    while True:
        (length,) = struct.unpack_from("<i", content, position)
        keyword = content[position + 4 : position + 4 + length].decode()
        position += 4 + length
        if keyword == "HEADER_END":
            return values, position
        if keyword in TEXTS:
            (length,) = struct.unpack_from("<i", content, position)
            values[keyword] = content[position + 4 : position + 4 + length].decode()
            position += 4 + length
        elif keyword in DOUBLES:
            (values[keyword],) = struct.unpack_from("<d", content, position)
            position += 8
        elif keyword == "signed":
            values[keyword] = content[position]
            position += 1
        elif keyword != "HEADER_START":
            (values[keyword],) = struct.unpack_from("<i", content, position)
            position += 4


def read_samples(content: bytes) -> NDArray[np.float64]:
    """Return all samples as they are stored, shape [nsamples, nifs, nchans]."""
    values, position = read_header(content)
    nbits, nchans, nifs = (int(values.get(keyword, 1)) for keyword in ("nbits", "nchans", "nifs"))
    data = content[position:]
    if nbits < 8:
        numbers = [(byte >> (nbits * i)) & (2**nbits - 1) for byte in data for i in range(8 // nbits)]
    else:
        code = {8: "B", 16: "H", 32: "f"}[nbits]
        numbers = list(struct.unpack(f"<{len(data) * 8 // nbits}{code}", data))
    nsamples = len(data) * 8 // (nbits * nchans * nifs)
    return np.array(numbers[: nsamples * nifs * nchans], np.float64).reshape(nsamples, nifs, nchans)
