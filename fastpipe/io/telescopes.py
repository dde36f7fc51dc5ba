"""The table of telescopes: what ships with fastpipe, and what the user added or changed."""

import math
import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from fastpipe.data.telescope import Telescope
from fastpipe.errors import ConfigError

_SHIPPED = Path(__file__).with_name("telescopes.toml")
# Distances from the centre of the Earth that its surface has, in m, with room for mountains.
_SURFACE_M: Final = (6.35e6, 6.39e6)


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table of the TOML file, as `Telescope` without its name."""

    aliases: tuple[str, ...] = ()
    sigproc_id: Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)] | None = None
    tempo_code: Annotated[str, msgspec.Meta(max_length=1)] = ""
    itrf_xyz_m: tuple[float, float, float] | None = None
    mask_mhz: tuple[tuple[float, float], ...] = ()
    dish_m: Annotated[float, msgspec.Meta(gt=0, le=1000)] | None = None


def user_file() -> Path:
    """Return the path of the user's own table, whether it exists or not."""
    folder = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return Path(folder) / "fastpipe" / "telescopes.toml"


def load_telescopes() -> tuple[Telescope, ...]:
    """Return all telescopes, those of the user first, so that they win where two have a name or a number in common.

    The user's file is ``$XDG_CONFIG_HOME/fastpipe/telescopes.toml`` (``~/.config`` by default). A table in it with the
    name of a known telescope changes the values that it gives and leaves the others.

    Returns
    -------
    tuple of Telescope
        The table. It is read once a process.

    Raises
    ------
    ConfigError
        If the user's file is no TOML, has unknown keys, values of the wrong kind, or a place that is not on the Earth.
    """
    return _load(user_file())


@cache
def _load(path: Path) -> tuple[Telescope, ...]:
    shipped = tomllib.loads(_SHIPPED.read_text("utf-8"))
    names = {name.casefold(): name for name in shipped}
    added: dict[str, Any] = {}
    if path.is_file():
        for name, entry in _read_table(path).items():
            known = names.get(name.casefold(), name)
            added[known] = shipped.pop(known, {}) | entry
    return _to_telescopes(added, path) + _to_telescopes(shipped, _SHIPPED)


def _read_table(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"found {path} impossible to read ({error}), expected TOML; correct the file") from error
    for name, entry in table.items():
        if not isinstance(entry, dict):
            raise ConfigError(f"found {name} = {entry!r} in {path}, expected one table a telescope; write [{name}]")
    return table


def _to_telescopes(table: Mapping[str, Any], path: Path) -> tuple[Telescope, ...]:
    found = []
    for name, values in table.items():
        try:
            entry = msgspec.convert(values, _Entry)
        except msgspec.ValidationError as error:
            keys = ", ".join(_Entry.__struct_fields__)
            raise ConfigError(
                f"found a mistake in [{name}] of {path} ({error}), expected some of {keys}; correct it"
            ) from None
        distance_m = math.hypot(*entry.itrf_xyz_m) if entry.itrf_xyz_m else _SURFACE_M[0]
        if not _SURFACE_M[0] <= distance_m <= _SURFACE_M[1]:
            raise ConfigError(
                f"found [{name}] of {path} {distance_m / 1e3:.6g} km from the centre of the Earth, expected "
                f"{_SURFACE_M[0] / 1e3:.0f} to {_SURFACE_M[1] / 1e3:.0f}; give geocentric ITRF coordinates in m"
            )
        if not all(0 <= low < high < math.inf for low, high in entry.mask_mhz):
            raise ConfigError(
                f"found mask_mhz = {[list(limits) for limits in entry.mask_mhz]} in [{name}] of {path}, expected ranges of "
                "ascending MHz such as [[1083.0, 1099.0]]; correct it"
            )
        found.append(Telescope(name=name, **msgspec.structs.asdict(entry)))
    return tuple(found)


def telescope_of_name(name: str) -> Telescope | None:
    """Find a telescope by its name or an alias, whatever the case; None if no such one is known.

    Examples
    --------
    >>> telescope_of_name("murriyang").name
    'Parkes'
    """
    wanted = name.strip().casefold()
    for telescope in load_telescopes():
        if wanted in (known.casefold() for known in (telescope.name, *telescope.aliases)):
            return telescope
    return None


def telescope_of_sigproc_id(number: int) -> Telescope | None:
    """Find a telescope by `telescope_id` of SIGPROC; None if no such one is known.

    Examples
    --------
    >>> telescope_of_sigproc_id(21).name
    'FAST'
    """
    return next((telescope for telescope in load_telescopes() if telescope.sigproc_id == number), None)


def telescope_of_tempo_code(code: str) -> Telescope | None:
    """Find a telescope by its one-letter code of TEMPO; None if no such one is known.

    Examples
    --------
    >>> telescope_of_tempo_code("k").name
    'FAST'
    """
    return next((telescope for telescope in load_telescopes() if code and telescope.tempo_code == code), None)


def known_name(name: str) -> str:
    """Return the name that fastpipe has for a telescope, or the one given where it is not known.

    Examples
    --------
    >>> known_name("ARECIBO 305m"), known_name("Backyard")
    ('Arecibo', 'Backyard')
    """
    telescope = telescope_of_name(name)
    return telescope.name if telescope else name
