"""The SIGPROC header as bytes."""

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe.errors import FileFormatError
from fastpipe.io.sigproc_header import MACHINES, format_header, id_of_name, name_of_id, parse_header

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
    parsed = parse_header(data + b"samples", PATH)
    assert (parsed.values, parsed.nbytes, parsed.unknown) == (values, len(data), ())


@settings(max_examples=300)
@given(data=st.data())
def test_damage_never_raises_anything_but_our_errors(data: st.DataObject) -> None:
    header = bytearray(format_header({"nchans": 4, "source_name": "B0329+54", "tstart": 6e4, "nbits": 8}))
    for _ in range(data.draw(st.integers(1, 4))):
        header[data.draw(st.integers(0, len(header) - 1))] = data.draw(st.integers(0, 255))
    del header[data.draw(st.integers(0, len(header))) :]
    with suppress(FileFormatError):
        parse_header(bytes(header), PATH)


def insert(header: bytes, *parts: bytes) -> bytes:
    """Put bytes before HEADER_END."""
    return header[:-14] + b"".join(parts) + header[-14:]


def word(text: str) -> bytes:
    return struct.pack("<i", len(text)) + text.encode()


def test_frequency_table() -> None:
    freqs = [struct.pack("<i8sd", 8, b"fchannel", freq) for freq in (1400.0, 1399.0, 1398.0)]
    data = insert(format_header({"nchans": 3}), word("FREQUENCY_START"), *freqs, word("FREQUENCY_END"))
    parsed = parse_header(data, PATH)
    assert parsed.freqs_mhz == (1400.0, 1399.0, 1398.0)
    assert parsed.values == {"nchans": 3}


def test_long_texts(tmp_path: Path) -> None:
    name = "x" * 100_000
    data = insert(format_header({"nchans": 3}), word("rawdatafile"), word(name))
    assert parse_header(data, tmp_path).values["rawdatafile"] == name


NUMBERS = st.integers(-(2**31), 2**31 - 1).map(lambda n: (n, struct.pack("<i", n)))
FLOATS = st.floats(allow_nan=False).map(lambda x: (x, struct.pack("<d", x)))
WORDS = TEXTS.filter(bool).map(lambda text: (text, word(text)))


@given(entries=st.lists(st.tuples(st.sampled_from(["x", "telescope", "my_gain"]), NUMBERS | FLOATS | WORDS), max_size=4))
def test_unknown_keywords_are_kept(entries: list[tuple[str, tuple[int | float | str, bytes]]]) -> None:
    parts = [word(keyword) + packed for keyword, (_, packed) in entries]
    data = insert(format_header({"nchans": 3}), *parts) + bytes(range(200))
    parsed = parse_header(data, PATH)
    assert parsed.values == {"nchans": 3} | {keyword: value for keyword, (value, _) in entries}
    assert parsed.unknown == tuple(dict.fromkeys(keyword for keyword, _ in entries))
    assert parsed.nbytes == len(data) - 200


def test_value_that_cannot_be_told_is_refused() -> None:
    data = insert(format_header({"nchans": 3}), word("flags"), b"xyz")
    with pytest.raises(FileFormatError, match="found the keyword 'flags'"):
        parse_header(data, PATH)


def test_no_end_is_said() -> None:
    with pytest.raises(FileFormatError, match="found no HEADER_END"):
        parse_header(format_header({"nchans": 3})[:-14], PATH)


@pytest.mark.parametrize("number", [0, 6, 64, 77, -3])
def test_ids_return(number: int) -> None:
    assert id_of_name(MACHINES, name_of_id(MACHINES, number)) == number
