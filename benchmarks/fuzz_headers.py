"""Damaged SIGPROC files by the hundred thousand: every one opens or is refused by a sentence.

``python -m benchmarks.fuzz_headers 100000 1`` damages that many files, with random numbers that start from seed 1, and
prints how they ended. It stops at the first one that ends otherwise, and says its number: the same seed makes it again.
"""

import logging
import sys
import tempfile
import tracemalloc
from collections import Counter
from pathlib import Path

import numpy as np

from fastpipe.errors import FileFormatError, HeaderError
from fastpipe.io.recordings import open_recording
from fastpipe.io.sigproc_fields import SIGPROC_NBITS
from fastpipe.io.sigproc_header import format_header

HEADER = {
    **{
        "source_name": "B0329+54",
        "telescope_id": 21,
        "machine_id": 0,
        "data_type": 1,
        "src_raj": 33259.4,
        "src_dej": 543443.3,
    },
    **{"fch1": 1500.0, "foff": -1.0, "nchans": 8, "nbits": 8, "tstart": 60000.0, "tsamp": 1e-3, "nifs": 1, "nsamples": 4},
}
EDGES = (0, 1, 2, 3, 4, 8, 12, 16, 32, 64, 80, 127, 128, 255)
LARGEST_BYTES = 8 << 20


def damage(random: np.random.Generator) -> bytes:
    """Make the bytes of a file: keywords changed, left out and doubled, then bytes changed, put in and cut off."""
    values = {}
    for keyword in random.permutation(list(HEADER)).tolist():
        value = HEADER[keyword]
        if random.random() < 0.02:
            continue
        if isinstance(value, int) and random.random() < 0.05:
            value = int(random.choice([*EDGES, -1, 2**31 - 1, -(2**31), int(random.integers(-(2**31), 2**31))]))
        elif isinstance(value, float) and random.random() < 0.05:
            value = float(np.frombuffer(random.bytes(8), np.float64)[0]) if random.random() < 0.5 else random.normal() * 1e3
        values[keyword] = value
    content = bytearray(format_header(values) + random.bytes(int(random.integers(0, 200))))
    for _ in range(int(random.integers(0, 4))):
        position = int(random.integers(0, len(content)))
        content[position] = int(random.choice(EDGES)) if random.random() < 0.5 else int(random.integers(0, 256))
    if random.random() < 0.2:
        position = int(random.integers(0, len(content)))
        content[position:position] = random.bytes(int(random.integers(1, 12)))
    if random.random() < 0.2:
        del content[int(random.integers(1, len(content))) :]
    return bytes(content)


def outcome(path: Path) -> str:
    """Open a file and read all of it, and say how that ended; anything but samples or a sentence is an error."""
    try:
        recording = open_recording([path])
    except (FileFormatError, HeaderError) as error:
        if ", expected " not in str(error):
            raise AssertionError(f"{error} is no sentence of the house") from error
        return type(error).__name__
    header = recording.header
    if recording.read(0, header.nsamples).shape != (header.nsamples, header.nchans):
        raise AssertionError("wrong shape")
    return "opened"


def main(nfiles: int, seed: int) -> None:
    """Damage files and print the counts of their ends and the most memory that one of them took."""
    logging.getLogger("fastpipe").setLevel(logging.ERROR)
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.fil")
        # The first files bring in what is loaded late, which is not the memory that is asked about.
        for nbits in SIGPROC_NBITS:
            path.write_bytes(format_header(HEADER | {"nbits": nbits}) + bytes(32))
            outcome(path)
        tracemalloc.start()
        for number in range(nfiles):
            path.write_bytes(damage(np.random.default_rng([seed, number])))
            try:
                counts[outcome(path)] += 1
            except Exception:
                print(f"file {number} of seed {seed} ended in an error")
                raise
    peak_bytes = tracemalloc.get_traced_memory()[1]
    print(f"{nfiles} files of seed {seed}: {dict(counts)}, at most {peak_bytes / 2**20:.1f} MiB")
    if peak_bytes > LARGEST_BYTES:
        raise SystemExit("found more memory than a damaged header may take")


if __name__ == "__main__":
    main(*(map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (10_000, 1)))
