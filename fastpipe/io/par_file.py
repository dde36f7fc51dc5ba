"""Ephemerides of pulsars from .par files of TEMPO, TEMPO2 and PINT."""

import math
import re
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import DAYS_PER_YEAR, OBLIQUITY_ARCSEC
from fastpipe.data.pulsar_ephemeris import PulsarEphemeris, SkyPath
from fastpipe.errors import FileFormatError
from fastpipe.io.angles import degrees_of_text
from fastpipe.io.par_orbit import read_orbit
from fastpipe.io.par_text import ParText, number_of, read_par_text

_OBLIQUITIES_ARCSEC: Final = {"IERS2003": 84381.4059, "IAU1976": 84381.448, "IAU1980": 84381.448}
"""Those by their names that are not the usual one."""
_RADIANS_A_MAS: Final = math.radians(1.0 / 3.6e6)
_WANDERING: Final = re.compile(r"(WAVE|IFUNC|TNRED|TNREDAMP|PLREDAMP|RNAMP)\d*|WXFREQ_\d+")
"""Names of what describes the noise of a pulsar's spin."""


def read_par_file(path: str | Path) -> PulsarEphemeris:
    """Read the ephemeris of a pulsar.

    Parameters
    ----------
    path
        File of TEMPO, TEMPO2 or PINT in the time scale TDB. Spin, place with proper motion, DM and orbit (BT, DD, ELL1,
        and of their variants what they share) are read; what only concerns times of arrival is not.

    Returns
    -------
    PulsarEphemeris
        What the phase depends on, with a remark on each effect on the phase that is left out.

    Raises
    ------
    InputMissingError
        If the file cannot be read.
    FileFormatError
        If it is no .par file, lacks something, is in the time scale TCB, or has a glitch or a binary model that is not
        known.
    """
    par = read_par_text(path)
    _refuse_other_scales(par)
    glitches = [name for name in par.values if name.startswith("GLEP")]
    if glitches:
        raise FileFormatError(
            f"found a glitch ({glitches[0]}) in {path}, expected an ephemeris without; give one that holds for the time of "
            "the recording, and remove the lines of glitches"
        )
    spin_hz = _spin_hz(par)
    has_drift = any(spin_hz[1:])
    epoch_mjd = par.number("PEPOCH", None if has_drift else 0.0)
    orbit, orbit_remarks = read_orbit(par)
    wandering = [name for name in par.values if _WANDERING.fullmatch(name)]
    remarks = (f"The noise of the spin ({wandering[0]}) in {par.path.name} is left out.",) if wandering else ()
    return PulsarEphemeris(
        name=par.values.get("PSR", ""),
        spin_hz=spin_hz,
        epoch_mjd=epoch_mjd,
        dm_terms=() if "DM" not in par else (par.number("DM"), *par.series("DM")[1:]),
        dm_epoch_mjd=par.number("DMEPOCH", epoch_mjd),
        path=_sky_path(par, epoch_mjd),
        orbit=orbit,
        remarks=orbit_remarks + remarks,
    )


def _refuse_other_scales(par: ParText) -> None:
    # TEMPO2 means TCB where its files of version 5 do not say otherwise.
    default = "TCB" if par.values.get("EPHVER", "") == "5" else "TDB"
    units = par.values.get("UNITS", default).upper()
    if units != "TDB":
        raise FileFormatError(
            f"found the time scale {units} in {par.path}, expected UNITS TDB; convert the file with tcb2tdb of PINT or "
            "transform of TEMPO2"
        )


def _spin_hz(par: ParText) -> tuple[float, ...]:
    if "F0" in par:
        spin = par.series("F")
    else:
        period_s, pdot = par.number("P0"), par.number("P1", 0.0)
        # Old files have it in units of 1e-15.
        pdot = pdot * 1e-15 if abs(pdot) > 1e-7 else pdot
        spin = (1.0 / period_s, -pdot / period_s / period_s) if period_s > 0.0 else (0.0,)
    if spin[0] <= 0.0:
        raise FileFormatError(f"found no positive spin in {par.path}, expected F0 in Hz or P0 in s; correct the line")
    return spin


def _sky_path(par: ParText, epoch_mjd: float) -> SkyPath | None:
    """Return the place on the sky; ecliptic coordinates are turned into equatorial ones."""
    is_ecliptic = "ELONG" in par and "RAJ" not in par
    longitude, latitude = ("ELONG", "ELAT") if is_ecliptic else ("RAJ", "DECJ")
    if longitude not in par and latitude not in par:
        return None
    hours = 1.0 if is_ecliptic else 15.0
    angles = [math.radians(_degrees(par, name, unit)) for name, unit in ((longitude, hours), (latitude, 1.0))]
    motions = [par.number(name, 0.0) for name in (("PMELONG", "PMELAT") if is_ecliptic else ("PMRA", "PMDEC"))]
    (sin_lon, sin_lat), (cos_lon, cos_lat) = np.sin(angles), np.cos(angles)
    towards = np.array([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat])
    east, north = np.array([-sin_lon, cos_lon, 0.0]), np.array([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat])
    motion = (motions[0] * east + motions[1] * north) * _RADIANS_A_MAS / DAYS_PER_YEAR
    turn = _to_equatorial(par) if is_ecliptic else np.eye(3)
    return SkyPath(direction=turn @ towards, motion_a_day=turn @ motion, epoch_mjd=par.number("POSEPOCH", epoch_mjd))


def _degrees(par: ParText, name: str, degrees_a_unit: float) -> float:
    text = par.values.get(name, "absent")
    # Colons make right ascensions hours; without them TEMPO2 and PINT write degrees only in ecliptic coordinates.
    degrees = degrees_of_text(text, degrees_a_unit) if ":" in text else (number_of(text) or 0.0) * degrees_a_unit
    is_angle = math.isfinite(degrees) and (":" in text or number_of(text) is not None)
    if not is_angle or abs(degrees) > (90.0 if name in ("DECJ", "ELAT") else 360.0):
        raise FileFormatError(f"found {name} {text} in {par.path}, expected an angle such as 05:34:31.97; correct the line")
    return degrees


def _to_equatorial(par: ParText) -> NDArray[np.float64]:
    """Return the rotation from ecliptic to equatorial coordinates, by the obliquity that the file names."""
    obliquity = math.radians(_OBLIQUITIES_ARCSEC.get(par.values.get("ECL", "").upper(), OBLIQUITY_ARCSEC) / 3600.0)
    sine, cosine = math.sin(obliquity), math.cos(obliquity)
    return np.array([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])
