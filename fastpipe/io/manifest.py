r"""Manifests: what an observer says of observations, as TOML or as a table with commas.

As TOML every observation is a table; ``files`` is a text or a list of texts::

    [[observation]]
    files = ["J1900-0134_tracking-M07_*.fits"]
    name = "J1900-0134_again"
    position = "19:00:26 -01:34:38"
    dm_min = 150
    dm_max = 200

The columns of a .csv file have the same names; several files are separated by semicolons.
"""

import csv
import io
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import Any, Final

from fastpipe.data.manifest import ManifestEntry
from fastpipe.errors import ConfigError, InputMissingError
from fastpipe.io.sky_position import parse_position

_KEYS: Final = tuple(field.name for field in fields(ManifestEntry))
_TABLE: Final = "observation"
_NAME: Final = re.compile(r"[A-Za-z0-9_+][A-Za-z0-9._+-]{0,99}")


def read_manifest(path: str | Path) -> tuple[ManifestEntry, ...]:
    """Read a manifest.

    Parameters
    ----------
    path
        File of UTF-8 text: a table with commas if its name ends in .csv, else TOML.

    Returns
    -------
    tuple of ManifestEntry
        The observations in the order of the file, at least one.

    Raises
    ------
    InputMissingError
        If the file cannot be read.
    ConfigError
        If it is no such text, has no observation, an unknown key or column, a value of the wrong type or out of range, or
        one name twice.
    """
    path = Path(path)
    try:
        # Excel puts a mark of three bytes before the text.
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise InputMissingError(
            f"found no readable file at {path} ({error.strerror}), expected a manifest; check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"found bytes in {path} that are no UTF-8 text, expected a manifest; save it as UTF-8") from error
    try:
        rows = _csv_rows(text) if path.suffix.lower() == ".csv" else _toml_rows(text)
        entries = tuple(_entry(row, place) for place, row in rows)
        _check_names(entries)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    if not entries:
        raise ConfigError(f"found no observation in {path}, expected at least one; add one")
    return entries


def matching_entry(entries: Iterable[ManifestEntry], path: str | PurePath) -> ManifestEntry | None:
    """Find what a manifest says of a file.

    Parameters
    ----------
    entries
        The observations of the manifest.
    path
        Path of the file, relative to the folder of the manifest or of the night, or absolute.

    Returns
    -------
    ManifestEntry or None
        The first observation of which a pattern fits the path or the name of the file.

    Examples
    --------
    >>> entries = [ManifestEntry(files=("B*.fil",)), ManifestEntry(files=("20261122/*-M07_*.fits",), name="seven")]
    >>> matching_entry(entries, "20261122/J1900-0134_tracking-M07_0001.fits").name
    'seven'
    """
    file = PurePath(path)
    for entry in entries:
        for pattern in entry.files:
            plain = pattern.removeprefix("./")
            if fnmatchcase(file.as_posix(), plain) or fnmatchcase(file.name, plain):
                return entry
    return None


def _toml_rows(text: str) -> list[tuple[str, Mapping[str, Any]]]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"found text that is no TOML ({error}), expected tables [[{_TABLE}]]; correct it") from error
    for key in tables:
        if key != _TABLE:
            raise ConfigError(f"found unknown key {key}, expected tables [[{_TABLE}]]{_advice(key, [_TABLE])}")
    rows = tables.get(_TABLE, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigError(f"found {_TABLE} that is no list of tables, expected [[{_TABLE}]] in double brackets; correct it")
    return [(f"{_TABLE} {number}", row) for number, row in enumerate(rows, 1)]


def _csv_rows(text: str) -> list[tuple[str, Mapping[str, Any]]]:
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True)
    rows: list[tuple[str, Mapping[str, Any]]] = []
    columns: list[str] | None = None
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            place = f"line {reader.line_num}"
            if columns is None:
                columns = cells
                if len(set(columns)) < len(columns):
                    raise ConfigError(f"found a column twice in {place}, expected each column once; remove one")
                continue
            if any(cells[len(columns) :]):
                raise ConfigError(
                    f"found {len(cells)} cells in {place}, expected {len(columns)} as in the first line; put cells that "
                    "hold commas in quotes, and semicolons between files"
                )
            named = dict(zip(columns, cells, strict=False))
            # A cell without text has no say, but the column has to be a known one.
            rows.append((place, {key: _cell(key, cell) for key, cell in named.items() if cell or key not in _KEYS}))
    except csv.Error as error:
        raise ConfigError(f"found text that is no table with commas ({error}), expected one; correct it") from error
    return rows


def _cell(column: str, text: str) -> Any:
    if column == "files":
        return [pattern for pattern in map(str.strip, text.split(";")) if pattern]
    if column in ("dm_min", "dm_max"):
        try:
            return float(text)
        except ValueError:
            return text
    return text


def _entry(row: Mapping[str, Any], place: str) -> ManifestEntry:
    for key in row:
        if key not in _KEYS:
            raise ConfigError(f"found unknown {key!r} in {place}, expected one of {', '.join(_KEYS)}{_advice(key, _KEYS)}")
    name, position = (_text(row, key, place) for key in ("name", "position"))
    if name and not _NAME.fullmatch(name):
        raise ConfigError(
            f"found name = {name!r} in {place}, expected at most 100 letters, digits and . _ + -, as it names a folder; "
            "choose another"
        )
    if position:
        try:
            parse_position(position)
        except ConfigError as error:
            raise ConfigError(f"{error} (in {place})") from None
    dm_min, dm_max = (_dm(row, key, place) for key in ("dm_min", "dm_max"))
    if dm_min is not None and dm_max is not None and dm_min > dm_max:
        raise ConfigError(
            f"found dm_min = {dm_min:g} and dm_max = {dm_max:g} in {place}, expected the smaller one first; exchange them"
        )
    return ManifestEntry(files=_files(row, place), name=name, position=position, dm_min=dm_min, dm_max=dm_max)


def _files(row: Mapping[str, Any], place: str) -> tuple[str, ...]:
    found = row.get("files", [])
    patterns = [found] if isinstance(found, str) else found
    if not isinstance(patterns, list) or not patterns or not all(isinstance(one, str) and one.strip() for one in patterns):
        raise ConfigError(
            f"found files = {found!r} in {place}, expected names or patterns of files such as 'J1900*_*.fits'; write at "
            "least one"
        )
    return tuple(pattern.strip() for pattern in patterns)


def _text(row: Mapping[str, Any], key: str, place: str) -> str:
    value = row.get(key, "")
    if not isinstance(value, str):
        raise ConfigError(f"found {key} = {value!r} in {place}, expected a text in quotes; correct it")
    return value.strip()


def _dm(row: Mapping[str, Any], key: str, place: str) -> float | None:
    value = row.get(key)
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # Whole numbers of TOML have no limit.
    if not is_number or not 0.0 <= value <= sys.float_info.max:
        raise ConfigError(f"found {key} = {value!r} in {place}, expected a DM in pc cm^-3, 0 or more; correct it")
    return float(value)


def _check_names(entries: Sequence[ManifestEntry]) -> None:
    names = [entry.name for entry in entries if entry.name]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"found the name {name} {names.count(name)} times, expected each once; rename all but one")


def _advice(key: str, known: Sequence[str]) -> str:
    close = get_close_matches(key, known, n=1)
    return f"; did you mean {close[0]}?" if close else "; remove it"
