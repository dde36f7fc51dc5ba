"""When a wave front that passes a telescope is at the barycentre of the Solar System.

Everything comes from files that astropy and its package astropy-iers-data carry: the ephemeris of the Earth and the Sun
(ERFA's epv00), leap seconds, rotation and poles of the Earth. Nothing is ever downloaded. A JPL ephemeris can take the
place of the built-in one: times change by up to 31 us (10 us rms) with DE421. With DE440 there is a further constant of up
to 0.4 ms for each direction, because its barycentre lies elsewhere: it counts the mass of the Kuiper belt.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import SPEED_OF_LIGHT_M_S, SUN_MASS_S
from fastpipe.errors import ConfigError, HeaderError, InputMissingError

_log = logging.getLogger("fastpipe")

# 1973 to 2100: where the tables of the Earth begin, and where the built-in ephemeris ends.
_MJD_RANGE: Final = (41_684.0, 88_069.0)

_SUN_RIM: Final = 1.08e-5
"""1 + cos of the angle between a source at the rim of the Sun and the direction away from the Sun."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sightline:
    """A telescope, the point of the sky it looks at, and the ephemeris to use."""

    itrf_xyz_m: tuple[float, float, float]
    """Geocentric ITRF coordinates of the telescope in m."""
    ra_deg: float
    """Right ascension J2000 in degrees."""
    dec_deg: float
    """Declination J2000 in degrees."""
    ephemeris: Path | None = None
    """JPL ephemeris, a .bsp file; None for the built-in one."""


def barycentric_times(
    sightline: Sightline, mjd_utc: NDArray[np.float64], after_s: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return when wave fronts pass the barycentre: Roemer, Einstein and the Sun's Shapiro delay, infinite frequency.

    Parameters
    ----------
    sightline
        Telescope and source.
    mjd_utc
        Topocentric times as MJD, UTC, of any shape.
    after_s
        Seconds after them, of a shape that goes with it.

    Returns
    -------
    mjd_tdb : ndarray
        Barycentric times as MJD, TDB; an MJD of this size holds 0.6 us.
    since_first_s : ndarray
        The same in s since the first along the first axis, to 1e-10 s within a day.

    Raises
    ------
    HeaderError
        If a time is not within 1973 to 2100.
    ConfigError
        If a JPL ephemeris is wanted and the package jplephem is absent.
    InputMissingError
        If there is no such JPL ephemeris.

    Notes
    -----
    Beyond the tables of the Earth its rotation is off by less than 0.9 s: 1.4 us in time, 1e-10 in v/c. A leap second
    announced after the tables were made shifts the time by one second and leaves v/c as it is. The log has a warning then.
    Settings of astropy are changed for the length of the call, so no other thread should use them meanwhile.

    References
    ----------
    Hobbs, Edwards & Manchester 2006, MNRAS 369, 655 (terms); Edwards, Hobbs & Manchester 2006, MNRAS 372, 1549.
    """
    ephemeris = _ephemeris_name(sightline.ephemeris)
    with _offline():
        _check_range(mjd_utc)
        from astropy import units
        from astropy.coordinates import EarthLocation
        from astropy.time import Time, TimeDelta

        place = EarthLocation.from_geocentric(*sightline.itrf_xyz_m, unit=units.m)
        time = Time(mjd_utc, format="mjd", scale="utc", location=place) + TimeDelta(after_s, format="sec")
        delay_s = _roemer_and_shapiro_s(sightline, time, ephemeris)
        barycentric = time.tdb + TimeDelta(delay_s, format="sec", scale="tdb")
        return np.asarray(barycentric.mjd), np.asarray((barycentric - barycentric[:1]).to_value(units.s))


def _roemer_and_shapiro_s(sightline: Sightline, time: Any, ephemeris: str) -> NDArray[np.float64]:
    """Return what is to be added to the times of the telescope in s."""
    from astropy import units
    from astropy.coordinates import get_body_barycentric

    ra, dec = np.radians(sightline.ra_deg), np.radians(sightline.dec_deg)
    towards_source = np.array([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])
    earth, sun = (get_body_barycentric(body, time, ephemeris=ephemeris).xyz.to_value(units.m) for body in ("earth", "sun"))
    telescope = earth + time.location.get_gcrs_posvel(time)[0].xyz.to_value(units.m)
    from_sun = telescope - sun
    cosine = np.tensordot(towards_source, from_sun, 1) / np.sqrt((from_sun**2).sum(axis=0))
    # A source behind the Sun gets the delay of one at its rim.
    shapiro_s = -2.0 * SUN_MASS_S * np.log(np.maximum(1.0 + cosine, _SUN_RIM))
    return np.asarray(np.tensordot(towards_source, telescope, 1) / SPEED_OF_LIGHT_M_S - shapiro_s)


@contextmanager
def _offline() -> Iterator[None]:
    """Let astropy use what is installed, and nothing else, without a word."""
    from astropy.utils import iers

    with (
        iers.conf.set_temp("auto_download", False),
        iers.conf.set_temp("auto_max_age", None),
        iers.conf.set_temp("iers_degraded_accuracy", "ignore"),
        iers.earth_orientation_table.set(_earth_table()),
        warnings.catch_warnings(),
    ):
        # They say that leap seconds and poles of years to come are not known: `_check_range` says so once.
        warnings.simplefilter("ignore")
        yield


@cache
def _earth_table() -> Any:
    """Return measured and predicted rotation of the Earth; a file in the current folder has no effect."""
    from astropy.utils.iers import IERS_A
    from astropy_iers_data import IERS_A_FILE

    return IERS_A.read(file=IERS_A_FILE)


def _check_range(mjd_utc: NDArray[np.float64]) -> None:
    """Refuse impossible times, and warn of those that the tables do not know yet."""
    first, last = float(np.min(mjd_utc)), float(np.max(mjd_utc))
    if not _MJD_RANGE[0] <= first <= last <= _MJD_RANGE[1]:
        raise HeaderError(
            f"found MJD {first if first < _MJD_RANGE[0] else last:.10g}, "
            f"expected {_MJD_RANGE[0]:.0f} to {_MJD_RANGE[1]:.0f} (years 1973 to 2100) to refer times to the barycentre; "
            "repair the start in the header"
        )
    limit = _known_until_mjd()
    if last > limit:
        _log.warning(
            "MJD %.5f is beyond what is known of the rotation of the Earth (MJD %.0f): barycentric times may be wrong by "
            "1.4 us, and by one second for each leap second announced since; update astropy-iers-data",
            last,
            limit,
        )


@cache
def _known_until_mjd() -> float:
    """Return the end of the tables: rotation of the Earth, or leap seconds if that is earlier."""
    from astropy.utils.iers import LeapSeconds
    from astropy_iers_data import IERS_LEAP_SECOND_FILE

    leap_seconds = LeapSeconds.from_iers_leap_seconds(IERS_LEAP_SECOND_FILE)
    return float(min(_earth_table()["MJD"][-1].value, leap_seconds.expires.mjd))


def _ephemeris_name(path: Path | None) -> str:
    """Return what astropy calls the ephemeris; only the path of a file keeps it from downloading one."""
    if path is None:
        return "builtin"
    if not path.is_file():
        raise InputMissingError(f"found no ephemeris {path}, expected a JPL ephemeris (.bsp); give another path, or none")
    if find_spec("jplephem") is None:
        raise ConfigError("found no package jplephem, expected it for a JPL ephemeris; install it, or give no ephemeris")
    return str(path)
