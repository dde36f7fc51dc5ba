"""Delays in a binary system: how much later than from its barycentre the waves of a pulsar arrive, and the way back.

Blandford & Teukolsky 1976, ApJ 205, 580 (BT); Damour & Deruelle 1986, Ann. Inst. H. Poincare 44, 263 (DD), without
aberration and relativistic deformation of the orbit; Lange et al. 2001, MNRAS 326, 274 (ELL1), here to all orders of the
eccentricity.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.pulsar_ephemeris import BinaryOrbit

_KEPLER_STEPS: Final = 50
_INVERSION_STEPS: Final = 50
_EXACT_S: Final = 1e-12
"""Change of a delay in s below which the inversion has converged."""


def delay_at_arrival_s(orbit: BinaryOrbit, arrival_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the delay in the orbit of waves that arrive at given times.

    Parameters
    ----------
    orbit
        The orbit.
    arrival_s
        Times at the barycentre of the Solar System, at infinite frequency, in s after the epoch of the orbit, of any shape.

    Returns
    -------
    ndarray
        Delays in s, of the same shape. Less by them, times of arrival are those in which the pulsar spins evenly.

    Notes
    -----
    The delay belongs to the time of emission, which is not known before the delay is. It is found by iteration, each step
    of which is better by the velocity of the pulsar over that of light. The BT model is defined with one such step, so it
    is done as its authors do it: fitted parameters go with the formula.
    """
    if orbit.model == "BT":
        delay_s, slope = _bt_delay(orbit, arrival_s)
        return delay_s * (1.0 - slope)
    delay_s = np.zeros_like(arrival_s)
    for _ in range(_INVERSION_STEPS):
        previous_s, delay_s = delay_s, orbital_delay_s(orbit, arrival_s - delay_s)
        if np.max(np.abs(delay_s - previous_s), initial=0.0) < _EXACT_S:
            break
    return delay_s


def orbital_delay_s(orbit: BinaryOrbit, emission_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much later than from the barycentre of the binary system waves arrive.

    Parameters
    ----------
    orbit
        The orbit.
    emission_s
        Times of emission in the frame of the pulsar, in s after the epoch of the orbit, of any shape.

    Returns
    -------
    ndarray
        Roemer, Einstein and Shapiro delay in s, of the same shape.
    """
    if orbit.model == "BT":
        return _bt_delay(orbit, emission_s)[0]
    return _ell1_delay(orbit, emission_s) if orbit.model == "ELL1" else _dd_delay(orbit, emission_s)


def eccentric_anomaly(mean_rad: NDArray[np.float64], eccentricity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve Kepler's equation ``E - e sin E = M`` by Newton's method.

    Parameters
    ----------
    mean_rad
        Mean anomaly M in radians, of any shape.
    eccentricity
        Eccentricity from 0 to below 1, of a shape that goes with it.

    Returns
    -------
    ndarray
        Eccentric anomaly E in radians, of the same shape and in the same turn.

    Examples
    --------
    >>> float(eccentric_anomaly(np.array(np.pi), np.array(0.9)) / np.pi)
    1.0
    """
    turns = np.rint(mean_rad / (2.0 * np.pi))
    mean = mean_rad - 2.0 * np.pi * turns
    # From here Newton's steps never leave the half turn in which the solution lies (Danby 1987, Celest. Mech. 40, 303).
    anomaly = mean + 0.85 * eccentricity * np.sign(mean)
    for _ in range(_KEPLER_STEPS):
        step = (anomaly - eccentricity * np.sin(anomaly) - mean) / (1.0 - eccentricity * np.cos(anomaly))
        anomaly = anomaly - step
        if np.max(np.abs(step), initial=0.0) < 1e-14:
            break
    return np.asarray(anomaly + 2.0 * np.pi * turns)


def _bt_delay(orbit: BinaryOrbit, times_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Roemer and Einstein delay in s, and the derivative of the Roemer delay."""
    ecc = orbit.eccentricity + orbit.eccentricity_dot * times_s
    omega = orbit.omega_rad + orbit.omega_dot * times_s
    anomaly = eccentric_anomaly(2.0 * np.pi * orbit.turns(times_s), ecc)
    x_s = orbit.x_s + orbit.xdot * times_s
    alpha, beta = x_s * np.sin(omega), x_s * np.cos(omega) * np.sqrt(1.0 - ecc**2)
    delay_s = alpha * (np.cos(anomaly) - ecc) + (beta + orbit.gamma_s) * np.sin(anomaly)
    anomaly_dot = orbit.angular_freq_hz(times_s) / (1.0 - ecc * np.cos(anomaly))
    return delay_s, (beta * np.cos(anomaly) - alpha * np.sin(anomaly)) * anomaly_dot


def _dd_delay(orbit: BinaryOrbit, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    ecc = orbit.eccentricity + orbit.eccentricity_dot * times_s
    anomaly = eccentric_anomaly(2.0 * np.pi * orbit.turns(times_s), ecc)
    # The periastron advances with the true anomaly, counted over all orbits, not with time.
    turns = np.rint(anomaly / (2.0 * np.pi))
    half = 0.5 * (anomaly - 2.0 * np.pi * turns)
    true = 2.0 * np.arctan2(np.sqrt(1.0 + ecc) * np.sin(half), np.sqrt(1.0 - ecc) * np.cos(half)) + 2.0 * np.pi * turns
    omega = orbit.omega_rad + orbit.omega_dot / orbit.angular_freq_hz(times_s) * true
    x_s = orbit.x_s + orbit.xdot * times_s
    along = np.sin(omega) * (np.cos(anomaly) - ecc) + np.sqrt(1.0 - ecc**2) * np.cos(omega) * np.sin(anomaly)
    dip = 1.0 - ecc * np.cos(anomaly) - orbit.shapiro_shape * along
    return np.asarray(x_s * along + orbit.gamma_s * np.sin(anomaly) - 2.0 * orbit.shapiro_range_s * np.log(dip))


def _ell1_delay(orbit: BinaryOrbit, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the delay less the constant that the model leaves out, 3/2 of x times the first Laplace parameter."""
    sine, cosine = (value + rate * times_s for value, rate in zip(orbit.laplace, orbit.laplace_dot, strict=True))
    ecc, omega = np.hypot(sine, cosine), np.arctan2(sine, cosine)
    anomaly = eccentric_anomaly(2.0 * np.pi * orbit.turns(times_s) - omega, ecc)
    x_s = orbit.x_s + orbit.xdot * times_s
    along = np.sin(omega) * (np.cos(anomaly) - ecc) + np.sqrt(1.0 - ecc**2) * np.cos(omega) * np.sin(anomaly)
    dip = 1.0 - ecc * np.cos(anomaly) - orbit.shapiro_shape * along
    return np.asarray(x_s * (along + 1.5 * sine) - 2.0 * orbit.shapiro_range_s * np.log(dip))
