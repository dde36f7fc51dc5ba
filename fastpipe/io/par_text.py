"""The lines of a .par file: names with values as TEMPO, TEMPO2 and PINT write them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastpipe.errors import FileFormatError
from fastpipe.io.raw_file import RawFile

_MOST_BYTES: Final = 2**22
_HIGHEST_ORDER: Final = 30
"""Derivatives above this order are no ephemeris; those of TEMPO2 and PINT end below."""
_ALIASES: Final = {
    "PSRJ": "PSR",
    "PSRB": "PSR",
    "RA": "RAJ",
    "DEC": "DECJ",
    "LAMBDA": "ELONG",
    "BETA": "ELAT",
    "PMLAMBDA": "PMELONG",
    "PMBETA": "PMELAT",
    "F": "F0",
    "P": "P0",
    "PDOT": "P1",
    "DM0": "DM",
    "E": "ECC",
    "A1DOT": "XDOT",
    "ECCDOT": "EDOT",
    "FB": "FB0",
    "STIG": "STIGMA",
    "VARSIGMA": "STIGMA",
}
_TINY_RATES: Final = ("PBDOT", "XPBDOT", "XDOT", "EDOT", "EPS1DOT", "EPS2DOT")
"""Rates that may be given in units of 1e-12; what is above 1e-7 cannot be meant otherwise (TEMPO, TEMPO2)."""


@dataclass(frozen=True, slots=True)
class ParText:
    """Names, as written in capitals, with their values; fit flags and errors are left out."""

    path: Path
    """The file."""
    values: Mapping[str, str]
    """The first value of each name; names with aliases under one of them."""

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def number(self, name: str, default: float | None = None) -> float:
        """Return a number.

        Parameters
        ----------
        name
            Its name.
        default
            What it is where the file does not say; None where the file must say.

        Returns
        -------
        float
            The number, finite; rates in units of 1e-12 are turned into plain ones.

        Raises
        ------
        FileFormatError
            If it is needed and absent, or no number.
        """
        text = self.values.get(name)
        if text is None:
            if default is None:
                raise FileFormatError(f"found no {name} in {self.path}, expected it for this pulsar; complete the file")
            return default
        value = number_of(text)
        if value is None:
            raise FileFormatError(f"found {name} {text} in {self.path}, expected a number; correct the line")
        return value * 1e-12 if name in _TINY_RATES and abs(value) > 1e-7 else value

    def series(self, stem: str) -> tuple[float, ...]:
        """Return the numbers `stem`0, `stem`1 and so on up to the last there is, 0 for those left out between.

        Raises
        ------
        FileFormatError
            If there is one beyond all orders in use, or one that is no number.
        """
        numbered = [name for name in self.values if name.startswith(stem) and name[len(stem) :].isdecimal()]
        # So long a number cannot even be turned into one.
        highest = max((int(name[len(stem) :][:9]) for name in numbered), default=-1)
        if highest > _HIGHEST_ORDER:
            raise FileFormatError(
                f"found {stem}{highest} in {self.path}, expected derivatives up to order {_HIGHEST_ORDER}; correct the line"
            )
        return tuple(self.number(f"{stem}{order}", 0.0) for order in range(highest + 1))


def number_of(text: str) -> float | None:
    """Turn a number, which may have a Fortran exponent, into a float; None if it is no finite number.

    Examples
    --------
    >>> number_of("-4.33D-16"), number_of("guess")
    (-4.33e-16, None)
    """
    try:
        value = float(text.upper().replace("D", "E"))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def read_par_text(path: str | Path) -> ParText:
    """Read the lines of a .par file.

    Parameters
    ----------
    path
        The file. A line is a name and a value; fit flag and error after them, and what follows ``#``, are left out, and so
        are lines that begin with ``C`` and a blank.

    Returns
    -------
    ParText
        Names and values.

    Raises
    ------
    InputMissingError
        If the file cannot be read.
    FileFormatError
        If it is no text of such lines.
    """
    raw = RawFile(Path(path))
    if raw.nbytes > _MOST_BYTES:
        raise FileFormatError(f"found {raw.nbytes} bytes in {path}, expected a .par file of some lines; check the path")
    content = raw.read(0, raw.nbytes).tobytes()
    values: dict[str, str] = {}
    for line in content.decode("utf-8", "replace").splitlines():
        words = line.partition("#")[0].split()
        if len(words) >= 2 and not (words[0] in ("C", "c") and line.startswith(words[0])):
            name = words[0].upper()
            values.setdefault(_ALIASES.get(name, name), words[1])
    if b"\0" in content or not {"F0", "P0"} & values.keys():
        raise FileFormatError(
            f"found no line with F0 or P0 in {path}, expected a .par file with the spin of a pulsar; give another one"
        )
    return ParText(Path(path), values)
