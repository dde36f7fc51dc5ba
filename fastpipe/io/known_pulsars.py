"""The table of known pulsars: what ships with fastpipe, what the user added, and whole catalogues."""

import math
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from fastpipe.constants import SECONDS_PER_DAY
from fastpipe.data.known_pulsars import KNOWN_PULSAR_COLUMNS, NO_PULSARS, KnownPulsars
from fastpipe.data.tables import Table, empty_table
from fastpipe.errors import ConfigError, FileFormatError, InputMissingError
from fastpipe.io.pulsar_catalogues import HIGHEST_FREQ_HZ, LOWEST_FREQ_HZ, pulsar_table, reader_of
from fastpipe.io.sky_position import parse_position
from fastpipe.io.telescopes import user_file as user_telescopes

_SHIPPED: Final = Path(__file__).with_name("known_pulsars.toml")
_LONGEST_NAME: Final = 32
_LARGEST_BYTES: Final = 1 << 28
_CATALOGUE: Final = "catalogue"

_Positive = Annotated[float, msgspec.Meta(gt=0, lt=1e9)]
_NotNegative = Annotated[float, msgspec.Meta(ge=0, lt=1e9)]


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table of a TOML file: one pulsar."""

    freq_hz: Annotated[float, msgspec.Meta(gt=LOWEST_FREQ_HZ, lt=HIGHEST_FREQ_HZ)]
    dm: _NotNegative
    j_name: str = ""
    position: str = ""
    freq_err_hz: _NotNegative = 0.0
    fdot_hz_s: float = math.nan
    epoch_mjd: float = math.nan
    dm_err: _NotNegative = 0.0
    flux_1400_mjy: float = math.nan
    orbit_period_d: _Positive | None = None
    projected_axis_s: _Positive | None = None
    eccentricity: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.0


def user_file() -> Path:
    """Return the path of the user's own table, whether it exists or not."""
    return user_telescopes().with_name("known_pulsars.toml")


def load_known_pulsars(catalogue: str | Path = "") -> KnownPulsars:
    """Return all known pulsars.

    The table that ships with fastpipe comes first. Pulsars of the catalogue that the user's file names, those of the user's
    file itself (``$XDG_CONFIG_HOME/fastpipe/known_pulsars.toml``, ``~/.config`` by default), and those of `catalogue`, in
    this order, are added, and take the place of pulsars of the same name.

    Parameters
    ----------
    catalogue
        A file that `read_known_pulsars` reads; empty for none.

    Returns
    -------
    KnownPulsars
        The table.

    Raises
    ------
    InputMissingError
        If a file that is named cannot be read.
    FileFormatError, ConfigError
        If a file is none of the forms, or has a mistake.
    """
    known = read_known_pulsars(_SHIPPED)
    if user_file().is_file():
        known = known.replaced_by(read_known_pulsars(user_file()))
    return known.replaced_by(read_known_pulsars(catalogue)) if catalogue else known


def read_known_pulsars(path: str | Path) -> KnownPulsars:
    """Read one list of pulsars; its content tells the form.

    Parameters
    ----------
    path
        ``psrcat.db`` of the ATNF catalogue (Manchester et al. 2005, AJ 129, 1993), the table with semicolons that PRESTO
        makes of it, or TOML as fastpipe's own ``known_pulsars.toml``.

    Returns
    -------
    KnownPulsars
        Its pulsars that have a name and a frequency.

    Raises
    ------
    InputMissingError
        If the file cannot be read.
    FileFormatError
        If it is none of these, or holds no pulsar.
    ConfigError
        If it is TOML with a mistake.
    """
    return _read(Path(path), ())


def _read(path: Path, before: tuple[Path, ...]) -> KnownPulsars:
    """Read a list that those of `before` name, one after the other."""
    try:
        is_file = path.is_file() or not path.exists()
        nbytes = path.stat().st_size
        text = path.read_text("utf-8", errors="replace") if is_file and nbytes <= _LARGEST_BYTES else ""
    except OSError as error:
        raise InputMissingError(
            f"found no readable file at {path} ({error.strerror}), expected a catalogue of pulsars; check the path"
        ) from error
    if not is_file:
        raise InputMissingError(f"found {path} to be no regular file, expected a catalogue of pulsars; check the path")
    if nbytes > _LARGEST_BYTES:
        raise FileFormatError(
            f"found {nbytes} bytes in {path}, expected a catalogue of pulsars of at most {_LARGEST_BYTES}; check the path"
        )
    reader = reader_of(text)
    if reader is None:
        return _read_toml(text, path, before)
    table = pulsar_table(reader(text))
    if not len(table):
        raise FileFormatError(
            f"found no pulsar with a name and a frequency in {path}, expected some; give another catalogue"
        )
    return KnownPulsars(table, (f"{len(table)} of {path.name}",))


def _read_toml(text: str, path: Path, before: tuple[Path, ...]) -> KnownPulsars:
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FileFormatError(
            f"found {path} to be neither psrcat.db, nor a table with semicolons, nor TOML ({error}), expected a catalogue "
            "of pulsars; give one"
        ) from None
    catalogue = tables.pop(_CATALOGUE, "")
    if not isinstance(catalogue, str):
        raise ConfigError(f"found {_CATALOGUE} = {catalogue!r} in {path}, expected the name of a file in quotes; correct it")
    named = (path.parent / Path(catalogue).expanduser()).resolve()
    so_far = (*before, path.resolve())
    if catalogue and named in so_far:
        raise ConfigError(f"found {_CATALOGUE} = {catalogue!r} in {path}, which leads back to itself; name another file")
    base = _read(named, so_far) if catalogue else NO_PULSARS
    own = empty_table(KNOWN_PULSAR_COLUMNS, len(tables))
    for row, (name, values) in enumerate(tables.items()):
        _fill(own[row : row + 1], name, values, path)
    return base.replaced_by(KnownPulsars(own, (f"{len(own)} of {path.name}",) if len(own) else ()))


def _fill(row: Table, name: str, values: Any, path: Path) -> None:
    """Put one table of the file into a row."""
    entry = _checked(name, values, path)
    row["name"], row["j_name"] = name.encode(), (entry.j_name or name).encode()
    row["ra_deg"] = row["dec_deg"] = row["position_err_deg"] = math.nan
    if entry.position:
        row["ra_deg"], row["dec_deg"] = parse_position(entry.position)
        row["position_err_deg"] = 0.0
    for column in ("freq_hz", "freq_err_hz", "fdot_hz_s", "epoch_mjd", "dm", "dm_err", "flux_1400_mjy", "eccentricity"):
        row[column] = getattr(entry, column)
    row["is_binary"] = entry.orbit_period_d is not None or entry.projected_axis_s is not None
    row["orbit_period_s"] = (entry.orbit_period_d or math.nan) * SECONDS_PER_DAY
    row["projected_axis_s"] = entry.projected_axis_s or math.nan


def _checked(name: str, values: Any, path: Path) -> _Entry:
    if not isinstance(values, dict):
        raise ConfigError(f'found {name} = {values!r} in {path}, expected one table a pulsar; write ["{name}"]')
    keys = _Entry.__struct_fields__
    for key in values:
        if key not in keys:
            close = get_close_matches(key, keys, n=1)
            advice = f"did you mean {close[0]}?" if close else "correct it"
            raise ConfigError(f"found unknown {key} in [{name}] of {path}, expected some of {', '.join(keys)}; {advice}")
    try:
        entry = msgspec.convert(values, _Entry)
        if entry.position:
            parse_position(entry.position)
    except (msgspec.ValidationError, ConfigError) as error:
        raise ConfigError(
            f"found a mistake in [{name}] of {path} ({error}), expected freq_hz, dm and what is known of the pulsar; "
            "correct it"
        ) from None
    if max(len(name.encode()), len(entry.j_name.encode())) > _LONGEST_NAME:
        raise ConfigError(f"found the name {name} in {path}, expected at most {_LONGEST_NAME} bytes; shorten it")
    return entry
