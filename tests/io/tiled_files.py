"""A small compressor of FITS tables, so that tests need no other program."""

import gzip
import re
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from tests.references import rice

WIDTHS = {"B": 1, "A": 1, "I": 2, "J": 4, "E": 4, "K": 8, "D": 8}


def compress(packed: NDArray[np.uint8], method: str, width: int) -> bytes:
    """Compress bytes of big-endian values of `width` bytes."""
    if method == "RICE_1":
        return rice.encode(packed.view(f">u{width}").tolist(), width)
    if method == "NOCOMPRESS":
        return packed.tobytes()
    if method == "GZIP_2":
        packed = np.concatenate([packed[byte::width] for byte in range(width)])
    return gzip.compress(packed.tobytes(), mtime=0) if width > 1 else zlib.compress(packed.tobytes())


def compress_file(
    path: Path,
    *,
    tile_rows: int,
    methods: Mapping[str, str],
    descriptor: str = "Q",
    changes: Mapping[str, str | int] | None = None,
) -> Path:
    """Compress the last table of a file.

    Parameters
    ----------
    path
        The plain file.
    tile_rows
        Rows of a tile.
    methods
        How each type of column is compressed; GZIP_2 if it is not said.
    descriptor
        P or Q.
    changes
        Keywords that get other values at the end.

    Returns
    -------
    Path
        The compressed file beside the plain one.
    """
    with fits.open(path) as hdus:
        header, places = hdus[-1].header.copy(), hdus[-1].fileinfo()
    content = path.read_bytes()
    nrows, row_bytes = header["NAXIS2"], header["NAXIS1"]
    rows = np.frombuffer(content, np.uint8, nrows * row_bytes, places["datLoc"]).reshape(nrows, row_bytes)
    header.update({"ZTABLE": True, "ZTILELEN": tile_rows, "ZNAXIS1": row_bytes, "ZNAXIS2": nrows, "ZPCOUNT": 0})
    descriptors, heap, offset = [], b"", 0
    for number in range(1, header["TFIELDS"] + 1):
        form = header[f"TFORM{number}"]
        match = re.fullmatch(r"(\d*)([A-Z])", form)
        assert match
        width = WIDTHS[match[2]]
        nbytes = int(match[1] or 1) * width
        method = methods.get(match[2], "GZIP_2")
        header.update({f"ZFORM{number}": form, f"ZCTYP{number}": method, f"TFORM{number}": f"1{descriptor}B"})
        for start in range(0, nrows, tile_rows):
            tile = np.ascontiguousarray(rows[start : start + tile_rows, offset : offset + nbytes]).reshape(-1)
            packed = compress(tile, method, width)
            descriptors.append((len(packed), len(heap)))
            heap += packed
        offset += nbytes
    table = np.array(descriptors).reshape(header["TFIELDS"], -1, 2).transpose(1, 0, 2)
    table_bytes = table.astype(">i8" if descriptor == "Q" else ">i4").tobytes()
    header.update({"NAXIS1": len(table_bytes) // len(table), "NAXIS2": len(table), "PCOUNT": len(heap)})
    header.update(changes or {})
    data = table_bytes + heap
    out = path.with_name(path.name + ".fz")
    text = header.tostring().encode()
    out.write_bytes(content[: places["hdrLoc"]] + text + data + bytes(-len(data) % 2880))
    return out
