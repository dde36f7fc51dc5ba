"""Text to numbers at the edges: sizes of memory and durations as people write them."""

import math
import re
from datetime import datetime, timedelta

from fastpipe.errors import ConfigError

_BYTES = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}

_SECONDS = {"d": 86400.0, "h": 3600.0, "min": 60.0, "m": 60.0, "s": 1.0}


def parse_bytes(text: str) -> int:
    """Turn a size such as ``16GiB`` into bytes.

    Parameters
    ----------
    text
        A number followed by nothing, kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (powers of 1024).

    Returns
    -------
    int
        Size in bytes.

    Raises
    ------
    ConfigError
        If the text is not such a size, or not positive.

    Examples
    --------
    >>> parse_bytes("1.5 GiB")
    1610612736
    """
    match = re.fullmatch(r"\s*([0-9.]+)\s*([A-Za-z]*)\s*", text)
    unit = match.group(2).lower() if match else "?"
    try:
        number = float(match.group(1)) if match else 0.0
    except ValueError:
        number = 0.0
    if unit not in _BYTES or number <= 0:
        raise ConfigError(
            f"found memory size {text!r}, expected a positive number with a unit; write it like 16GiB or 800MB"
        )
    return int(number * _BYTES[unit])


def parse_seconds(text: str) -> float:
    """Turn a duration such as ``1h30m`` into seconds.

    Parameters
    ----------
    text
        Numbers, each followed by d, h, min, m or s; blanks do not matter.

    Returns
    -------
    float
        Duration in s.

    Raises
    ------
    ConfigError
        If the text is not such a duration, or not positive.

    Examples
    --------
    >>> parse_seconds("8h"), parse_seconds("90 s"), parse_seconds("1h 30min")
    (28800.0, 90.0, 5400.0)
    """
    number_and_unit = r"\s*(\d+\.?\d*|\.\d+)\s*(d|h|min|m|s)\s*"
    seconds = 0.0
    if re.fullmatch(f"(?:{number_and_unit})+", text.lower()):
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in re.findall(number_and_unit, text.lower()))
    if not 0 < seconds < math.inf:
        raise ConfigError(
            f"found duration {text!r}, expected a positive time with units; write it like 8h, 30min, 90s or 1h30m"
        )
    return seconds


def format_bytes(nbytes: float) -> str:
    """Write a number of bytes with a binary unit and three digits.

    Examples
    --------
    >>> format_bytes(1610612736)
    '1.5 GiB'
    """
    for unit in ("B", "KiB", "MiB", "GiB"):
        # Four digits are written as a power of ten by "g".
        if nbytes < 1023.5:
            return f"{nbytes:.3g} {unit}" if nbytes < 999.5 else f"{nbytes:.0f} {unit}"
        nbytes /= 1024
    return f"{nbytes:.3g} TiB"


def enough_bytes(nbytes: int) -> str:
    """Write a number of bytes in whole MiB, rounded up: a limit that is enough for them.

    Examples
    --------
    >>> enough_bytes(2**20 + 1)
    '2MiB'
    """
    return f"{-(-nbytes // 2**20)}MiB"


def format_seconds(seconds: float) -> str:
    """Write a duration the way a person reads it.

    Examples
    --------
    >>> format_seconds(0.0163), format_seconds(75.2), format_seconds(7384)
    ('16.3 ms', '1 min 15 s', '2 h 03 min')
    """
    if seconds < 0.9995:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < 60:
        return f"{seconds:.3g} s"
    if seconds < 3600:
        return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"
    return f"{int(seconds) // 3600} h {int(seconds) % 3600 // 60:02d} min"


def format_mjd(mjd: float) -> str:
    """Write a modified Julian date as date and time to the millisecond.

    Parameters
    ----------
    mjd
        The date, UTC.

    Returns
    -------
    str
        Date and time; an empty text where the calendar has no such date.

    Examples
    --------
    >>> format_mjd(60000.5), format_mjd(1e9)
    ('2023-02-25 12:00:00.000', '')
    """
    try:
        return (datetime(1858, 11, 17) + timedelta(days=mjd)).isoformat(" ", "milliseconds")
    except (OverflowError, ValueError):
        return ""


def format_angle(degrees: float, degrees_a_unit: float, ndigits: int = 2) -> str:
    """Write an angle as degrees or hours, minutes and seconds.

    Parameters
    ----------
    degrees
        The angle in degrees.
    degrees_a_unit
        1 for degrees, 15 for hours.
    ndigits
        Digits after the seconds' point.

    Examples
    --------
    >>> format_angle(-11.5, 1.0), format_angle(359.9999999, 15.0)
    ('-11:30:00.00', '24:00:00.00')
    """
    steps = 10**ndigits
    seconds, fraction = divmod(round(abs(degrees) / degrees_a_unit * 3600 * steps), steps)
    sign = "-" if degrees < 0 else ""
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{fraction:0{ndigits}d}"


def as_unicode(text: str) -> str:
    r"""Write bytes of a file name that are no text as escapes, so that files in UTF-8 can hold it.

    Parameters
    ----------
    text
        Text that may hold such a name, as Python decodes it.

    Examples
    --------
    >>> print(as_unicode("found caf\udce9.fil"))
    found caf\xe9.fil
    """
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
