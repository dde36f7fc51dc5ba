"""Physical constants, each with one value in the whole project."""

from typing import Final

DISPERSION_CONSTANT: Final = 1.0 / 2.41e-4
"""Dispersion constant K in s MHz^2 cm^3 pc^-1, the convention of pulsar timing."""

SPEED_OF_LIGHT_M_S: Final = 299_792_458.0
"""Speed of light in m s^-1."""

SECONDS_PER_DAY: Final = 86_400.0
"""Length of a day in s, to turn MJD differences into seconds."""

DAYS_PER_YEAR: Final = 365.25
"""Days of a Julian year, in which proper motions and changes of DMs and orbits are given."""

OBLIQUITY_ARCSEC: Final = 84381.406
"""Angle between ecliptic and equator at J2000 in arcsec (IERS 2010)."""

LANES: Final = 16
"""DM trials searched side by side: the last axis of every search array."""

SUN_MASS_S: Final = 4.925490947e-6
"""Mass of the Sun as a time, G M / c^3, in s (nominal value of the IAU 2015)."""
