"""The phase of a pulsar with a known ephemeris over a recording: its spin at the epoch, and the time in which it spins."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.binary_orbit import delay_at_arrival_s
from fastpipe.constants import SECONDS_PER_DAY
from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.pulsar_ephemeris import BinaryOrbit

_MOST_STRETCHES: Final = 2**20 + 1
_FIRST_STRETCHES: Final = 63


def spin_at(spin_hz: tuple[float, ...], elapsed_s: float) -> tuple[float, float, float]:
    """Return spin frequency and two derivatives at another epoch.

    Parameters
    ----------
    spin_hz
        Frequency in Hz, then its derivatives in Hz s^-1, Hz s^-2 and so on, as many as are known.
    elapsed_s
        The other epoch less the one of `spin_hz` in s.

    Returns
    -------
    freq_hz, fdot_hz_s, fddot_hz_s2 : float
        What all derivatives make of them. Higher ones than these do nothing within a recording.

    Examples
    --------
    >>> spin_at((10.0, -1.0, 0.5), 2.0)
    (9.0, 0.0, 0.5)
    """
    shifted = [0.0, 0.0, 0.0]
    for order in range(3):
        # Horner's rule: absurd ephemerides give infinities, where powers would raise errors.
        for power in range(len(spin_hz) - 1 - order, -1, -1):
            shifted[order] = shifted[order] * elapsed_s / (power + 1) + spin_hz[order + power]
    return shifted[0], shifted[1], shifted[2]


def time_of_pulsar(
    recorded: BarycentricModel, orbit: BinaryOrbit | None, tobs_s: float, *, delay_s: float, error_s: float
) -> BarycentricModel:
    """Work out how time runs for a pulsar in its orbit, over a recording.

    Its spin has no more terms in that time than those of its ephemeris: the motions of the Earth and of the pulsar are all
    in the time. It is laid out in linear pieces so short that no instant is further off than the error allowed.

    Parameters
    ----------
    recorded
        How time runs at the barycentre of the Solar System. Between its nodes a smooth curve is drawn.
    orbit
        The orbit of the pulsar; None for a pulsar without companion.
    tobs_s
        Length of the recording in s.
    delay_s
        Delay of the frequency at which times are taken, behind infinite frequency, in s: orbits are known for the latter.
    error_s
        Largest error in s that pieces instead of curves may make: that in phase over the spin frequency.

    Returns
    -------
    BarycentricModel
        That of the recording less the delays in the orbit, and less a constant, so that it begins at 0. Its epochs stay
        those at the barycentre.
    """
    curve = _smooth(recorded)

    def at_pulsar(topocentric_s: NDArray[np.float64]) -> NDArray[np.float64]:
        barycentric_s = curve(topocentric_s)
        if orbit is None:
            return barycentric_s
        # Only the delay is worked out in times since the epoch of the orbit: after years they hold no more than 0.1 us.
        first_s = (recorded.start_mjd_tdb - orbit.epoch_mjd) * SECONDS_PER_DAY - delay_s
        return barycentric_s - delay_at_arrival_s(orbit, barycentric_s + first_s)

    nstretches = _FIRST_STRETCHES
    while True:
        halves = tobs_s * (0.5 + np.arange(-nstretches, nstretches + 1) / (2.0 * nstretches))
        times_s = at_pulsar(halves)
        bend_s = float(np.abs(times_s[1::2] - 0.5 * (times_s[:-2:2] + times_s[2::2])).max())
        if bend_s <= error_s or nstretches >= _MOST_STRETCHES:
            break
        # Bends shrink with the square of the length; the number is kept odd, so that the middle lies within a stretch.
        nstretches = min(max(2 * nstretches, math.ceil(1.1 * nstretches * math.sqrt(bend_s / error_s))) | 1, _MOST_STRETCHES)
    return BarycentricModel(
        start_mjd_tdb=recorded.start_mjd_tdb,
        mid_mjd_tdb=recorded.mid_mjd_tdb,
        topocentric_s=halves[::2],
        barycentric_s=times_s[::2] - times_s[0],
    )


def _smooth(recorded: BarycentricModel) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    from scipy.interpolate import CubicSpline

    curve: Callable[[NDArray[np.float64]], NDArray[np.float64]] = CubicSpline(recorded.topocentric_s, recorded.barycentric_s)
    return curve
