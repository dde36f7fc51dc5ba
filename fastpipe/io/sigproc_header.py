"""The header of SIGPROC files: keywords and values between HEADER_START and HEADER_END.

Every text is stored as its length (int32) and its characters; a keyword is followed by a value of the type that the
keyword implies, in the byte order of Intel machines. Reference: Lorimer 2001, SIGPROC user's manual, section 4.
"""

import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from fastpipe.errors import FileFormatError

MAGIC: Final = b"\x0c\x00\x00\x00HEADER_START"
"""First bytes of every SIGPROC file."""

LARGEST_HEADER: Final = 1 << 20
"""No header is longer than this many bytes; real ones have a few hundred."""

_LONGEST_KEYWORD = 80
_LONGEST_WRITTEN_TEXT = 4096
_MOST_UNKNOWN_IN_A_ROW = 4
# Where two of these end at the same byte the later one counts: four letters are no float64, and an int32 of 0 no text.
_UNKNOWN_KINDS = "dsib"
_PRINTABLE = re.compile(rb"[ -~]*\0*")
_KEYWORD_FORM = re.compile(rb"[A-Za-z][A-Za-z0-9_.:+-]*")

Value = int | float | str

# Type of the value of each keyword as the struct module writes it: s = text, an empty text = no value.
_TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("source_name", "rawdatafile"), "s"),
    **dict.fromkeys(("telescope_id", "machine_id", "data_type", "nchans", "nbits", "nifs", "nsamples"), "i"),
    **dict.fromkeys(("nbeams", "ibeam", "barycentric", "pulsarcentric", "nbins"), "i"),
    **dict.fromkeys(("az_start", "za_start", "src_raj", "src_dej", "tstart", "tsamp", "fch1", "foff"), "d"),
    **dict.fromkeys(("refdm", "period", "fchannel"), "d"),
    "npuls": "q",
    "signed": "b",
    "FREQUENCY_START": "",
    "FREQUENCY_END": "",
}

MACHINES: Final[Mapping[int, str]] = {
    0: "FAKE",
    1: "PSPM",
    2: "WAPP",
    3: "AOFTM",
    4: "BPP",
    5: "OOTY",
    6: "SCAMP",
    7: "SPIGOT",
    11: "BG/P",
    12: "PDEV",
    20: "CHIME+PSR",
    64: "KAT",
    65: "KAT-DC2",
}
"""Names of `machine_id`."""


class ParsedHeader(NamedTuple):
    """Keywords of a header as they stand in the file."""

    values: dict[str, Value]
    """Value of each keyword; of a keyword that occurs twice the last one."""
    nbytes: int
    """Length of the header, so the position of the first sample."""
    freqs_mhz: tuple[float, ...] = ()
    """Centres of the channels in MHz, where the header has a table of them."""
    unknown: tuple[str, ...] = ()
    """Keywords that SIGPROC does not know; their values are in `values` too."""


class _Cursor:
    """Position in the bytes of a header, with checks on everything that is taken."""

    def __init__(self, data: bytes, path: Path) -> None:
        self.data = data
        self.path = path
        self.position = 0

    def take(self, nbytes: int) -> bytes:
        taken = self.data[self.position : self.position + nbytes]
        if len(taken) < nbytes:
            raise FileFormatError(
                f"found no HEADER_END in the first {len(self.data)} bytes of {self.path}, expected a whole header; "
                "copy the file again"
            )
        self.position += nbytes
        return taken

    def take_text(self, longest: int) -> str:
        start = self.position
        (length,) = struct.unpack("<i", self.take(4))
        if not 0 <= length <= longest:
            raise FileFormatError(
                f"found a text of {length} characters at byte {start} of the header of {self.path}, expected 0 to "
                f"{longest}; the header is damaged: copy the file again"
            )
        return self.take(length).decode("ascii", "replace").rstrip("\0 ")

    def take_value(self, kind: str) -> Value:
        if kind == "s":
            return self.take_text(LARGEST_HEADER)
        value: Value = struct.unpack("<" + kind, self.take(struct.calcsize(kind)))[0] if kind else ""
        return value

    def take_unknown_value(self, keyword: str) -> Value:
        """Take a value whose type is not known: the one type after which the header goes on with a known keyword."""
        ends = {self._end(kind, self.position): kind for kind in _UNKNOWN_KINDS if self._goes_on_after(kind, self.position)}
        if len(ends) != 1:
            raise FileFormatError(
                f"found the keyword {keyword!r} before byte {self.position} of the header of {self.path}, expected one that "
                "SIGPROC knows; rewrite the header without it, or copy the file again if it is damaged"
            )
        return self.take_value(*ends.values())

    def _goes_on_after(self, kind: str, position: int, nunknown: int = _MOST_UNKNOWN_IN_A_ROW) -> bool:
        start = self._end(kind, position)
        if kind == "s" and not _PRINTABLE.fullmatch(self.data, position + 4, start):
            return False
        keyword = self.data[start + 4 : start + 4 + min(self._text_length(start), _LONGEST_KEYWORD)]
        if len(keyword) != self._text_length(start) or not _KEYWORD_FORM.fullmatch(keyword):
            return False
        if keyword.decode("ascii") in (*_TYPES, "HEADER_END"):
            return True
        end = start + 4 + len(keyword)
        return nunknown > 1 and any(self._goes_on_after(other, end, nunknown - 1) for other in _UNKNOWN_KINDS)

    def _end(self, kind: str, position: int) -> int:
        return position + (4 + self._text_length(position) if kind == "s" else struct.calcsize(kind))

    def _text_length(self, position: int) -> int:
        # Lengths of no text lie beyond the data, so that nothing fits them.
        length = int.from_bytes(self.data[position : position + 4], "little")
        return length if position + 4 + length <= len(self.data) else LARGEST_HEADER


def parse_header(data: bytes, path: Path) -> ParsedHeader:
    """Parse the header at the start of a SIGPROC file.

    The type of a value is not stored, so a keyword that SIGPROC does not know can be skipped only where exactly one type
    (text, int32, float64, byte) leads to a keyword that it does know; then its value is kept.

    Parameters
    ----------
    data
        First bytes of the file, at least the whole header.
    path
        Name of the file, for messages.

    Returns
    -------
    ParsedHeader
        Keywords with their values, and the length of the header.

    Raises
    ------
    FileFormatError
        If the bytes are no SIGPROC header, are damaged, or hold a keyword whose value cannot be told from what follows.
    """
    if not data.startswith(MAGIC):
        raise FileFormatError(f"found no HEADER_START at the start of {path}, expected a SIGPROC file; give a recording")
    cursor = _Cursor(data, path)
    cursor.take_text(_LONGEST_KEYWORD)
    values: dict[str, Value] = {}
    freqs_mhz: list[float] = []
    unknown: list[str] = []
    for keyword in _keywords(cursor):
        kind = _TYPES.get(keyword)
        if kind is None:
            unknown.append(keyword)
            values[keyword] = cursor.take_unknown_value(keyword)
        elif keyword == "fchannel":
            freqs_mhz.append(float(cursor.take_value(kind)))
        elif kind:
            values[keyword] = cursor.take_value(kind)
    return ParsedHeader(values, cursor.position, tuple(freqs_mhz), tuple(dict.fromkeys(unknown)))


def _keywords(cursor: _Cursor) -> Iterator[str]:
    while (keyword := cursor.take_text(_LONGEST_KEYWORD)) != "HEADER_END":
        yield keyword


def _text_bytes(text: str) -> bytes:
    encoded = text.encode("ascii", "replace")
    return struct.pack("<i", len(encoded)) + encoded


def format_header(values: Mapping[str, Value]) -> bytes:
    """Write keywords as a SIGPROC header: the inverse of `parse_header`.

    Parameters
    ----------
    values
        Value of each keyword, in the order in which they are written. Characters beyond ASCII become question marks.

    Returns
    -------
    bytes
        The header from HEADER_START to HEADER_END.

    Examples
    --------
    >>> parse_header(format_header({"nchans": 64, "source_name": "B0329+54"}), Path("x.fil")).values
    {'nchans': 64, 'source_name': 'B0329+54'}
    """
    parts = [MAGIC]
    for keyword, value in values.items():
        kind = _TYPES[keyword]
        packed = _text_bytes(str(value)[:_LONGEST_WRITTEN_TEXT]) if kind == "s" else struct.pack("<" + kind, value)
        parts += [_text_bytes(keyword), packed]
    return b"".join([*parts, _text_bytes("HEADER_END")])


def name_of_id(names: Mapping[int, str], number: int | None) -> str:
    """Return the name that belongs to an id, or the id in words.

    Examples
    --------
    >>> name_of_id(MACHINES, 6), name_of_id(MACHINES, 77), name_of_id(MACHINES, None)
    ('SCAMP', 'unknown (77)', 'unknown')
    """
    if number is None:
        return "unknown"
    return names.get(number, f"unknown ({number})")


def id_of_name(names: Mapping[int, str], name: str) -> int | None:
    """Return the id that belongs to a name: the inverse of `name_of_id`.

    Examples
    --------
    >>> id_of_name(MACHINES, "scamp"), id_of_name(MACHINES, "unknown (77)"), id_of_name(MACHINES, "ROACH")
    (6, 77, None)
    """
    for number, known in names.items():
        if known.lower() == name.lower():
            return number
    digits = name.removeprefix("unknown (").removesuffix(")")
    is_id = digits != name and digits.lstrip("-").isdecimal() and abs(int(digits)) < 2**31
    return int(digits) if is_id else None
