"""Damaged SIGPROC files: a sentence or samples, never anything else."""

import tempfile
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fastpipe.errors import FileFormatError, HeaderError
from fastpipe.io.recordings import open_recording
from fastpipe.io.sigproc_header import format_header

HEADER: dict[str, Any] = {
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
LARGEST_BYTES = 8 << 20

# What a header may hold: valid values, borders of the types, and what is close to valid.
INTEGERS = st.sampled_from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 32, 64, -1, 2**15, 2**31 - 1, -(2**31)])
NUMBERS = st.floats() | st.sampled_from([0.0, -0.0, 1e-300, 1e300, 1400.0, -1.0, 1e-3])
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(
            ("nchans", "nbits", "nifs", "nsamples", "data_type", "telescope_id", "barycentric", "ibeam"), INTEGERS
        ),
        **dict.fromkeys(("fch1", "foff", "tsamp", "tstart", "src_raj", "src_dej", "refdm"), NUMBERS),
        "signed": st.integers(-128, 127),
        "rawdatafile": st.text(max_size=100),
    },
)
FLIPS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6)


def check(content: bytes) -> None:
    """Open a file of these bytes and read it whole."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.fil")
        path.write_bytes(content)
        try:
            recording = open_recording([path])
        except (FileFormatError, HeaderError) as error:
            sentence = str(error)
            is_whole = ", expected " in sentence and "x.fil" in sentence
            assert is_whole
            return
        header = recording.header
        assert 0 < header.nsamples * header.nchans * header.nifs * header.nbits <= 8 * len(content)
        assert np.isfinite([header.tobs_s, header.mid_mjd, header.bandwidth_mhz, *header.chan_freqs_mhz]).all()
        for start, stop in ((0, header.nsamples), (0, 1), (header.nsamples - 1, header.nsamples), (0, 0)):
            found = recording.read(start, stop)
            assert found.shape == (stop - start, header.nchans)
            assert found.dtype in (np.uint8, np.float32)


@settings(max_examples=1000)
@given(changes=CHANGES, left_out=st.sets(st.sampled_from(sorted(HEADER)), max_size=2), ndata=st.integers(0, 70))
@example(changes={"nchans": 2**31 - 1, "nbits": 1}, left_out=set(), ndata=32)
@example(changes={"tsamp": 5e-324}, left_out=set(), ndata=32)
def test_any_values_of_keywords(changes: dict[str, Any], left_out: set[str], ndata: int) -> None:
    values = {keyword: value for keyword, value in (HEADER | changes).items() if keyword not in left_out}
    check(format_header(values) + bytes(range(ndata)))


@settings(max_examples=1000)
@given(flips=FLIPS, cut=st.integers(0, 400) | st.none(), extra=st.binary(max_size=20), at=st.integers(0, 300))
def test_any_bytes_changed(flips: list[tuple[int, int]], cut: int | None, extra: bytes, at: int) -> None:
    content = bytearray(format_header(HEADER) + bytes(range(32)))
    for position, value in flips:
        content[position % len(content)] = value
    content[at:at] = extra
    check(bytes(content[:cut]) or b"x")


@pytest.mark.parametrize(
    "content",
    [
        format_header(HEADER | {"nchans": 2**31 - 1, "nsamples": 2**31 - 1, "nifs": 4}) + bytes(64),
        b"\x0c\x00\x00\x00HEADER_START\xff\xff\xff\x7f",
        b"\x0c\x00\x00\x00HEADER_START\x0b\x00\x00\x00rawdatafile\x00\x00\x10\x00abc",
        b"\x0c\x00\x00\x00HEADER_START" + (b"\x01\x00\x00\x00x" * 100_000),
        format_header({"nchans": 1})[:-14] + b"\x08\x00\x00\x00fchannel\x00\x00\x00\x00\x00\x00\x94\x40" * 50_000,
    ],
)
def test_little_memory_is_asked_for(content: bytes) -> None:
    check(format_header(HEADER) + bytes(32))
    tracemalloc.start()
    try:
        check(content)
        assert tracemalloc.get_traced_memory()[1] < LARGEST_BYTES + 4 * len(content)
    finally:
        tracemalloc.stop()
