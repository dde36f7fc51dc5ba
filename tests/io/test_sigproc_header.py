"""The SIGPROC header as bytes."""

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe.errors import FileFormatError
from fastpipe.io.sigproc_header import TELESCOPES, format_header, id_of_name, name_of_id, parse_header

PATH = Path("night.fil")
INTEGERS = st.integers(-(2**31), 2**31 - 1)
DOUBLES = st.floats(allow_nan=False)
TEXTS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60)
HEADERS = st.fixed_dictionaries(
    {"nchans": INTEGERS},
    optional={"source_name": TEXTS, "tstart": DOUBLES, "fch1": DOUBLES, "signed": st.integers(0, 1), "rawdatafile": TEXTS},
)


@given(values=HEADERS)
def test_header_written_and_read_back(values: dict[str, int | float | str]) -> None:
    data = format_header(values)
    assert parse_header(data + b"samples", PATH) == (values, len(data))


@settings(max_examples=300)
@given(data=st.data())
def test_damage_never_raises_anything_but_our_errors(data: st.DataObject) -> None:
    header = bytearray(format_header({"nchans": 4, "source_name": "B0329+54", "tstart": 6e4, "nbits": 8}))
    for _ in range(data.draw(st.integers(1, 4))):
        header[data.draw(st.integers(0, len(header) - 1))] = data.draw(st.integers(0, 255))
    del header[data.draw(st.integers(0, len(header))) :]
    with suppress(FileFormatError):
        parse_header(bytes(header), PATH)


def test_frequency_tables_are_skipped() -> None:
    table = b"".join(struct.pack("<i", len(word)) + word for word in (b"FREQUENCY_START",))
    table += (struct.pack("<i", 8) + b"fchannel" + struct.pack("<d", 1400.0)) * 3
    table += struct.pack("<i", 13) + b"FREQUENCY_END"
    plain = format_header({"nchans": 3})
    split = len(plain) - 14
    assert parse_header(plain[:split] + table + plain[split:], PATH).values["nchans"] == 3


def test_unknown_keyword_is_named() -> None:
    data = format_header({"nchans": 3}).replace(b"nchans", b"nchinz")
    with pytest.raises(FileFormatError, match="found the keyword 'nchinz'"):
        parse_header(data, PATH)


def test_no_end_is_said() -> None:
    with pytest.raises(FileFormatError, match="found no HEADER_END"):
        parse_header(format_header({"nchans": 3})[:-14], PATH)


@pytest.mark.parametrize("number", [0, 4, 21, 64, 77, -3])
def test_telescope_ids_return(number: int) -> None:
    assert id_of_name(TELESCOPES, name_of_id(TELESCOPES, number)) == number
