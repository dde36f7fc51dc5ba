"""What is known of a pulsar before it is folded: spin, place on the sky, DM, orbit."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import DAYS_PER_YEAR


@dataclass(frozen=True, kw_only=True, slots=True)
class BinaryOrbit:
    """Orbit of a pulsar around the barycentre of its binary system.

    Every model has a period, a projected size and an epoch. `BT` and `DD` have eccentricity and longitude of periastron;
    `ELL1`, for orbits that are almost circles, has the Laplace parameters instead. What a model does not have is 0.
    """

    model: Literal["BT", "DD", "ELL1"]
    """Blandford & Teukolsky 1976, Damour & Deruelle 1986, or Lange et al. 2001."""
    epoch_mjd: float
    """Passage of the periastron, of `ELL1` of the ascending node, as MJD, TDB."""
    orbit_freqs_hz: tuple[float, ...]
    """Orbital frequency at that epoch in Hz, then its derivatives in Hz s^-1, Hz s^-2 and so on."""
    x_s: float
    """Projected semi-major axis over the speed of light in s."""
    xdot: float = 0.0
    """Its derivative, without unit."""
    eccentricity: float = 0.0
    eccentricity_dot: float = 0.0
    """Derivative of the eccentricity in s^-1."""
    omega_rad: float = 0.0
    """Longitude of periastron in radians."""
    omega_dot: float = 0.0
    """Its derivative in radians s^-1."""
    laplace: tuple[float, float] = (0.0, 0.0)
    """Eccentricity times sine and cosine of the longitude of periastron."""
    laplace_dot: tuple[float, float] = (0.0, 0.0)
    """Their derivatives in s^-1."""
    gamma_s: float = 0.0
    """Amplitude of the Einstein delay in s."""
    shapiro_range_s: float = 0.0
    """Mass of the companion as a time, G M / c^3, in s."""
    shapiro_shape: float = 0.0
    """Sine of the inclination."""

    def eccentricity_at(self, since_epoch_s: float) -> float:
        """Return the eccentricity at a time in s after the epoch; it need not be possible far from there."""
        if self.model == "ELL1":
            return math.hypot(*(e + rate * since_epoch_s for e, rate in zip(self.laplace, self.laplace_dot, strict=True)))
        return self.eccentricity + self.eccentricity_dot * since_epoch_s

    def angular_freq_hz(self, since_epoch_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the orbital frequency in radians s^-1 at times in s after the epoch, of the same shape."""
        return 2.0 * np.pi * _taylor(self.orbit_freqs_hz, since_epoch_s)

    def turns(self, since_epoch_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the orbits completed at times in s after the epoch, of the same shape."""
        return _taylor((0.0, *self.orbit_freqs_hz), since_epoch_s)


def _taylor(derivatives: tuple[float, ...], x: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.zeros_like(x)
    for order in range(len(derivatives) - 1, -1, -1):
        total = total * x / (order + 1) + derivatives[order]
    return total


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SkyPath:
    """Where a pulsar is on the sky, and where it goes."""

    direction: NDArray[np.float64]
    """Unit vector towards it at the epoch, equatorial J2000, shape [3]."""
    motion_a_day: NDArray[np.float64]
    """What its proper motion adds to the vector in a day, shape [3]."""
    epoch_mjd: float
    """Epoch of the direction as MJD."""

    def position_at(self, mjd: float) -> tuple[float, float]:
        """Return right ascension, from 0 to below 360, and declination at a time as MJD, in degrees."""
        x, y, z = self.direction + (mjd - self.epoch_mjd) * self.motion_a_day
        return math.degrees(math.atan2(y, x)) % 360.0, math.degrees(math.atan2(z, math.hypot(x, y)))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PulsarEphemeris:
    """Everything that the phase of a pulsar depends on, as a .par file says it; times are TDB."""

    name: str
    """Name of the pulsar; empty where the file does not say."""
    spin_hz: tuple[float, ...]
    """Spin frequency at the epoch in Hz, then its derivatives in Hz s^-1, Hz s^-2 and so on."""
    epoch_mjd: float
    """Epoch of the spin as MJD, TDB."""
    dm_terms: tuple[float, ...] = ()
    """DM at its epoch in pc cm^-3, then its derivatives with respect to years; empty where it is not known."""
    dm_epoch_mjd: float = 0.0
    """Epoch of the DM as MJD."""
    path: SkyPath | None = None
    """Place on the sky; None where it is not known."""
    orbit: BinaryOrbit | None = None
    """Orbit in a binary system; None for a pulsar without one."""
    remarks: tuple[str, ...] = ()
    """Sentences on what the file holds and the phase leaves out."""

    def dm_at(self, mjd: float) -> float | None:
        """Return the DM in pc cm^-3 at a time as MJD; None where it is not known."""
        years = np.array((mjd - self.dm_epoch_mjd) / DAYS_PER_YEAR)
        return float(_taylor(self.dm_terms, years)) if self.dm_terms else None
