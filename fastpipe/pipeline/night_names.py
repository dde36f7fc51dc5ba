"""Names of the files of a night taken apart, and names of the folders of its observations."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from fastpipe.io.fast_names import FastName, parse_fast_name
from fastpipe.io.inbox import ENDINGS, ending_of

_LONGEST: Final = 120
_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]")
_SERIAL = re.compile(r"_\d{4}(?=(?:_[124]bit)?\Z)")
_BEAM = re.compile(r"-M\d{2}")
_LAST_NUMBER = re.compile(r"[_.-]?\d+\Z")


@dataclass(frozen=True, slots=True)
class PlaceParts:
    """What the place of a file in an inbox says."""

    folder: str
    """Folder in the inbox."""
    base: str
    """Name without serial number and ending: the same for all files of one beam of a FAST observation."""
    ending: str
    """Ending of the name in small letters; that of .dat for both files of a PRESTO series."""
    fast: FastName | None
    """Parts of the name of a FAST file."""

    @property
    def family(self) -> tuple[str, str, str]:
        """The same for files that may arrive together: all beams of a pointing, or names that end in a number."""
        pattern = _BEAM if self.fast else _LAST_NUMBER
        return self.folder, pattern.sub("", self.base), self.ending

    @property
    def full_base(self) -> str:
        """The base with the folders before it, as observations of one name are apart by their folders only."""
        return "_".join([*PurePosixPath(self.folder).parts, self.base])


def take_apart(place: PurePosixPath) -> PlaceParts:
    """Take the place of a file in an inbox apart.

    Parameters
    ----------
    place
        Path of the file in the inbox.

    Returns
    -------
    PlaceParts
        Folder, base, ending, and what FAST's names say.

    Examples
    --------
    >>> take_apart(PurePosixPath("20261122/J1900-0134_tracking-M07_0001.fits")).full_base
    '20261122_J1900-0134_tracking-M07'
    """
    ending = ending_of(place.name)
    base = place.name[: len(place.name) - len(ending)]
    fast = parse_fast_name(place)
    if fast is not None and fast.serial is not None:
        base = _SERIAL.sub("", base)
    return PlaceParts(str(place.parent), base, ".dat" if ending == ".inf" else ending, fast)


def rank_of(ending: str) -> int:
    """Return the rank of an ending: of two observations with one name the one of lower rank keeps it."""
    return ENDINGS.index(ending)


def folder_name(text: str) -> str:
    """Turn any text into a name that is safe for a folder; what has to change gets a mark of its own.

    Parameters
    ----------
    text
        The wanted name.

    Returns
    -------
    str
        ASCII letters, digits and ``. _ + -``, at most 120, not beginning with a dot or a dash.

    Examples
    --------
    >>> folder_name("J1900-0134_tracking-M07"), folder_name("my star")
    ('J1900-0134_tracking-M07', 'my_star-78d4ad87')
    """
    safe = _UNSAFE.sub("_", text).lstrip(".-")
    return safe if safe == text and 0 < len(text) <= _LONGEST else _with_mark(safe, text)


def unique_names(wanted: Iterable[tuple[str, str]]) -> list[str]:
    """Give every observation a name of its own.

    Parameters
    ----------
    wanted
        Wanted name, and what tells the observation from all others, in the order in which names are given away.

    Returns
    -------
    list of str
        The names, in the same order: as wanted where that is safe and still free.

    Examples
    --------
    >>> unique_names([("x", "x.fits"), ("x", "x.fil")])
    ['x', 'x-6bb487ad']
    """
    names: dict[str, None] = {}
    for name, identity in wanted:
        safe = folder_name(name)
        while safe in names:
            safe = _with_mark(safe, identity)
            identity += "'"
        names[safe] = None
    return list(names)


def _with_mark(safe: str, text: str) -> str:
    mark = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{safe[: _LONGEST - 9] or 'observation'}-{mark}"
