"""Whole catalogues of pulsars as text: the ATNF catalogue's own file psrcat.db, and the table that PRESTO ships."""

import math
import re
from collections.abc import Callable, Iterator
from typing import Final

from fastpipe.constants import OBLIQUITY_ARCSEC, SECONDS_PER_DAY
from fastpipe.data.known_pulsars import KNOWN_PULSAR_COLUMNS
from fastpipe.data.tables import Table, empty_table
from fastpipe.io.angles import degrees_of_text, position_or_none

Entry = dict[str, tuple[str, float]]
"""One pulsar: for each keyword of the ATNF catalogue its value as text, and its uncertainty, NaN where not given."""

LOWEST_FREQ_HZ: Final = 1e-6
"""Spin frequencies in Hz at or below this are mistakes."""
HIGHEST_FREQ_HZ: Final = 1e6
"""Spin frequencies in Hz at or above this are mistakes."""

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?(\d*)|\.(\d+))([eEdD]([+-]?\d+))?")
_RECORD_END: Final = "@"
# Of the flux at 1400 MHz where only that at 400 MHz is known: mean spectral index of pulsars, Jankowski et al. 2018.
_FLUX_400_TO_1400: Final = (1400.0 / 400.0) ** -1.6


def _is_psrcat(text: str) -> bool:
    """Tell whether a text looks like psrcat.db: lines ``KEYWORD value``, and records that end in a line of ``@---``."""
    return re.search(r"^PSRJ[ \t]+[JB]?\d{4}", text, re.MULTILINE) is not None


def _is_semicolon_table(text: str) -> bool:
    """Tell whether a text looks like a table with semicolons: a heading with PSRJ and F0."""
    heading = text.partition("\n")[0].split(";")
    return "PSRJ" in heading and "F0" in heading


def psrcat_entries(text: str) -> Iterator[Entry]:
    """Read the long form of the ATNF catalogue.

    A line is ``KEYWORD value [uncertainty [reference]]`` with the uncertainty in units of the last digit of the value; a
    line that begins with ``@`` ends a pulsar, and one with ``#`` is a comment.

    Parameters
    ----------
    text
        Content of psrcat.db.

    Yields
    ------
    dict
        The pulsars in their order; of a keyword that comes twice the first.
    """
    entry: Entry = {}
    for line in text.splitlines():
        if line.startswith(_RECORD_END):
            yield entry
            entry = {}
            continue
        words = line.split()
        if len(words) < 2 or line.startswith("#"):
            continue
        last_digits = _float(words[2]) if len(words) > 2 else math.nan
        entry.setdefault(words[0], (words[1], last_digits * _last_digit(words[1])))
    if entry:
        yield entry


def semicolon_entries(text: str) -> Iterator[Entry]:
    """Read the table with semicolons that PRESTO ships: a heading, a line of units, and a line for each pulsar.

    Parameters
    ----------
    text
        Content of psr_catalog.txt. Every column with a name is followed by one of the uncertainty, in units of the value
        (of the seconds for positions), or by a reference. An asterisk is a missing value.

    Yields
    ------
    dict
        The pulsars in their order.
    """
    lines = iter(text.splitlines())
    columns = [(index, name) for index, name in enumerate(next(lines).split(";")) if name and name != "#"]
    for line in lines:
        cells = line.split(";")
        if not cells[0].strip().isdigit():
            continue
        cells += [""] * (columns[-1][0] + 2 - len(cells))
        yield {name: (cells[index], _float(cells[index + 1])) for index, name in columns if cells[index] not in ("", "*")}


def pulsar_table(entries: Iterator[Entry]) -> Table:
    """Make the table of known pulsars.

    Parameters
    ----------
    entries
        Pulsars; those without a name or a frequency are left out.

    Returns
    -------
    Table
        Columns KNOWN_PULSAR_COLUMNS.
    """
    rows = [row for entry in entries if (row := _row(entry)) is not None]
    table = empty_table(KNOWN_PULSAR_COLUMNS, len(rows))
    for index, name in enumerate(table.dtype.names or ()):
        table[name] = [row[index] for row in rows]
    return table


def _row(entry: Entry) -> tuple[object, ...] | None:
    """Return the values of one pulsar in the order of the columns."""
    j_name = entry.get("PSRJ", ("", 0.0))[0]
    name = entry.get("PSRB", entry.get("NAME", (j_name, 0.0)))[0] or j_name
    freq_hz, freq_err_hz, fdot_hz_s = _spin(entry)
    if not name or not LOWEST_FREQ_HZ < freq_hz < HIGHEST_FREQ_HZ:
        return None
    ra_deg, dec_deg, position_err_deg = _position(entry)
    dm, dm_err = _measured(entry, "DM")
    flux_mjy, flux_400_mjy = _value(entry, "S1400"), _value(entry, "S400")
    orbit_s = abs(_value(entry, "PB")) * SECONDS_PER_DAY
    if math.isnan(orbit_s) and _value(entry, "FB0") != 0.0:
        orbit_s = abs(1.0 / _value(entry, "FB0"))
    # No companion comes round faster, nor any slower that could be told from none.
    orbit_s = orbit_s if 1.0 < orbit_s < 1e12 else math.nan
    eccentricity = _value(entry, "ECC")
    return (
        *(name.encode(), j_name.encode(), ra_deg, dec_deg, position_err_deg),
        *(freq_hz, freq_err_hz, fdot_hz_s, _value(entry, "PEPOCH"), dm, dm_err),
        flux_400_mjy * _FLUX_400_TO_1400 if math.isnan(flux_mjy) else flux_mjy,
        *("BINARY" in entry or not math.isnan(orbit_s), orbit_s, _value(entry, "A1")),
        0.0 if math.isnan(eccentricity) else min(max(eccentricity, 0.0), 0.99),
    )


def _spin(entry: Entry) -> tuple[float, float, float]:
    """Return frequency, its uncertainty and its derivative, from those of the period where the frequency is not given."""
    freq_hz, freq_err_hz = _measured(entry, "F0")
    fdot_hz_s = _value(entry, "F1")
    if math.isnan(freq_hz) and "P0" in entry:
        period_s, period_err_s = _measured(entry, "P0")
        if not 1.0 / HIGHEST_FREQ_HZ < period_s < 1.0 / LOWEST_FREQ_HZ:
            return math.nan, math.nan, math.nan
        freq_hz, freq_err_hz = 1.0 / period_s, period_err_s / period_s**2
        fdot_hz_s = -_value(entry, "P1") / period_s**2
    return freq_hz, freq_err_hz, fdot_hz_s


def _position(entry: Entry) -> tuple[float, float, float]:
    """Return position and its uncertainty in degrees; NaN where it is unknown."""
    if "RAJ" in entry and "DECJ" in entry:
        (ra_deg, ra_err_deg), (dec_deg, dec_err_deg) = _angle(*entry["RAJ"], 15.0), _angle(*entry["DECJ"], 1.0)
        position_err_deg = math.hypot(ra_err_deg, dec_err_deg)
    else:
        longitude, latitude = _value(entry, "ELONG"), _value(entry, "ELAT")
        ra_deg, dec_deg = _equatorial(longitude, latitude)
        position_err_deg = math.hypot(_measured(entry, "ELONG")[1], _measured(entry, "ELAT")[1])
    if position_or_none(ra_deg, dec_deg) == (None, None):
        return math.nan, math.nan, math.nan
    return ra_deg, dec_deg, position_err_deg


def _angle(text: str, error: float, degrees_a_unit: float) -> tuple[float, float]:
    """Return an angle and its uncertainty in degrees; that is given for the last of the numbers that colons separate."""
    least = 0.5 * (_last_digit(text) * degrees_a_unit / 60.0 ** text.count(":"))
    given = error * degrees_a_unit / 60.0 ** text.count(":") if error > 0 else 0.0
    return degrees_of_text(text, degrees_a_unit), max(least, given)


def _equatorial(longitude_deg: float, latitude_deg: float) -> tuple[float, float]:
    """Turn ecliptic coordinates into equatorial ones, both of J2000 and in degrees."""
    longitude, latitude, tilt = map(math.radians, (longitude_deg, latitude_deg, OBLIQUITY_ARCSEC / 3600.0))
    x = math.cos(latitude) * math.cos(longitude)
    y = math.cos(latitude) * math.sin(longitude)
    z = math.sin(latitude)
    y, z = y * math.cos(tilt) - z * math.sin(tilt), y * math.sin(tilt) + z * math.cos(tilt)
    return math.degrees(math.atan2(y, x)) % 360.0, math.degrees(math.atan2(z, math.hypot(x, y)))


def _value(entry: Entry, key: str) -> float:
    return _float(entry[key][0]) if key in entry else math.nan


def _measured(entry: Entry, key: str) -> tuple[float, float]:
    """Return a value and its uncertainty, which is at least half of the last digit."""
    if key not in entry:
        return math.nan, math.nan
    text, error = entry[key]
    half = 0.5 * _last_digit(text)
    return _float(text), max(half, error) if error > 0 else half


def _last_digit(text: str) -> float:
    """Return the unit of the last digit of a number, or of the last of several separated by colons.

    Examples
    --------
    >>> _last_digit("05:34:31.97"), _last_digit("-1.25E-3")
    (0.01, 1e-05)
    """
    found = _NUMBER.fullmatch(text.rpartition(":")[2])
    if found is None:
        return math.nan
    decimals = len(found[2] or found[3] or "")
    return float(f"1e{int(found[5] or 0) - decimals}")


def _float(text: str) -> float:
    """Return the number that a text is, also with a D for the exponent; NaN for any other text."""
    found = _NUMBER.fullmatch(text.strip())
    return float(text.strip().lower().replace("d", "e")) if found else math.nan


Reader = Callable[[str], Iterator[Entry]]


def reader_of(text: str) -> Reader | None:
    """Choose the reader for the content of a file; None where it is neither form.

    Examples
    --------
    >>> reader_of("#;NAME;;PSRJ;;F0") is semicolon_entries, reader_of("nothing")
    (True, None)
    """
    if _is_semicolon_table(text):
        return semicolon_entries
    return psrcat_entries if _is_psrcat(text) else None
