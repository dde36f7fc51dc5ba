"""Damage PSRFITS files at random and see that the reader answers with samples or with a sentence.

``python benchmarks/fuzz_psrfits.py [COUNT [SEED]]`` tries COUNT damaged files (10,000 unless told). Number n of a seed is
the same file in every run; where one raises anything but our errors, its number is printed and the run ends.
"""

import logging
import sys
import tempfile
import tracemalloc
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from fastpipe.data.header import Header
from fastpipe.errors import FastpipeError
from fastpipe.io.psrfits_writer import write_psrfits
from fastpipe.io.recordings import open_recording

NSBLK = 16
VALUES = (
    b"0",
    b"-1",
    b"1E300",
    b"-1E-300",
    b"NAN",
    b"'*'",
    b"T",
    b"99999999999999999999",
    b"2147483648",
    b"'x'",
    b"4",
    b"0.5",
)
LARGEST_READ = 256
LARGEST_MEMORY = 2**25
"""Bytes that opening and reading a file of some KiB may take at once."""


def plain_files(folder: Path) -> list[bytes]:
    """Return undamaged files of several depths and polarisations."""
    contents = []
    for nbits, npol in ((1, 1), (4, 4), (8, 1), (8, 2), (16, 1), (32, 2)):
        header = Header(
            nchans=8, nsamples=2 * NSBLK, tsamp=1e-3, fch1=1000.0, foff=0.5, nbits=nbits, nifs=npol, tstart=59000.0
        )
        block = np.random.default_rng(nbits).integers(0, 2 ** min(nbits, 8), (header.nsamples, npol, 8))
        (path,) = write_psrfits(folder / "plain.fits", header, [block.astype(np.uint8)], nsblk=NSBLK)
        contents.append(path.read_bytes())
    return contents


def damage(content: bytes, rng: np.random.Generator) -> bytes:
    """Overwrite values of cards, bytes of headers and rows, or cut the file."""
    damaged = bytearray(content)
    headers_end = content.rindex(b"END     ") + 80
    for _ in range(rng.integers(1, 4)):
        kind = rng.integers(4)
        if kind == 0:
            card = int(rng.integers(headers_end // 80)) * 80
            damaged[card + 10 : card + 80] = VALUES[rng.integers(len(VALUES))].rjust(20).ljust(70)
        elif kind == 1:
            damaged[rng.integers(headers_end)] = rng.integers(32, 127)
        elif kind == 2:
            start = int(rng.integers(max(headers_end, len(damaged) - 8)))
            damaged[start : start + 8] = rng.bytes(8)
        else:
            del damaged[int(rng.integers(len(damaged))) :]
            break
        if len(damaged) < headers_end:
            break
    return bytes(damaged)


def main(count: int, seed: int) -> None:
    """Try `count` damaged files and print what became of them."""
    outcomes: Counter[str] = Counter()
    warnings.simplefilter("error")
    logging.disable()
    with tempfile.TemporaryDirectory() as folder:
        plain = plain_files(Path(folder))
        path = Path(folder, "damaged.fits")
        path.write_bytes(plain[0])
        open_recording([path])  # imports and compiles
        tracemalloc.start()
        for number in range(count):
            rng = np.random.default_rng((seed, number))
            path.write_bytes(damage(plain[rng.integers(len(plain))], rng))
            tracemalloc.reset_peak()
            try:
                recording = open_recording([path])
                stop = min(recording.header.nsamples, LARGEST_READ)
                shape = recording.read(0, stop).shape
                outcomes["read" if shape == (stop, recording.header.nchans) else "wrong shape"] += 1
            except FastpipeError as error:
                outcomes[type(error).__name__] += 1
            except BaseException:
                print(f"file {number} of seed {seed}:", file=sys.stderr)
                raise
            if tracemalloc.get_traced_memory()[1] > LARGEST_MEMORY:
                outcomes["too much memory"] += 1
    print(dict(outcomes))
    if outcomes["wrong shape"] or outcomes["too much memory"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main(*(int(word) for word in [*sys.argv[1:3], *("10000", "0")[len(sys.argv[1:3]) :]]))
