"""Barycentric times one by one, by ERFA's own route, and the rows of a table of PRESTO's."""

from pathlib import Path

import erfa
import numpy as np
from astropy import units
from astropy.coordinates import EarthLocation
from astropy.time import Time, TimeDelta
from astropy.utils import iers

SUN_S = 4.925490947e-6


def slow_barycentric_s(
    itrf_xyz_m: tuple[float, float, float], position_deg: tuple[float, float], mjd_utc: float, after_s: list[float]
) -> np.ndarray:
    """Seconds at the barycentre since the first of the times `after_s` seconds after `mjd_utc`."""
    place = EarthLocation.from_geocentric(*itrf_xyz_m, unit=units.m)
    source = erfa.s2c(*np.radians(position_deg))
    table = iers.IERS_B.open()
    arrivals = []
    for seconds in after_s:
        time = Time(mjd_utc, format="mjd", scale="utc", location=place) + TimeDelta(seconds, format="sec")
        poles = [angle.to_value("rad") for angle in table.pm_xy(time)]
        ut1_utc = table.ut1_utc(time).to_value("s")
        geodetic = place.lon.to_value("rad"), place.lat.to_value("rad"), place.height.to_value("m")
        astrom, _ = erfa.apco13(time.jd1, time.jd2, ut1_utc, *geodetic, *poles, 0.0, 0.0, 0.0, 1.0)
        roemer = source @ astrom["eb"] * erfa.DAU / erfa.CMPS
        shapiro = -2 * SUN_S * np.log(1 + source @ astrom["eh"])
        arrivals.append(time.tdb + TimeDelta(roemer - shapiro, format="sec", scale="tdb"))
    return np.array([(arrival - arrivals[0]).to_value("s") for arrival in arrivals])


def presto_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a table of times, with the names of its first line."""
    names, *lines = path.read_text().split()
    return [dict(zip(names.split(","), line.split(","), strict=True)) for line in lines]
