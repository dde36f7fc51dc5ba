"""Orbits one instant at a time: Kepler's equation by halving an interval, emission times likewise."""

import math
from collections.abc import Callable

from fastpipe.data.pulsar_ephemeris import BinaryOrbit


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function passes 0."""
    for _ in range(56):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if function(middle) < 0.0 else (low, middle)
    return 0.5 * (low + high)


def slow_delay_s(orbit: BinaryOrbit, emission_s: float) -> float:
    """Delay of a wave emitted so long after the epoch: Keplerian orbit, Einstein and Shapiro delay."""
    t = emission_s
    turns = sum(freq * t ** (n + 1) / math.factorial(n + 1) for n, freq in enumerate(orbit.orbit_freqs_hz))
    if orbit.model == "ELL1":
        sine, cosine = (value + rate * t for value, rate in zip(orbit.laplace, orbit.laplace_dot, strict=True))
        ecc, omega, dropped = math.hypot(sine, cosine), math.atan2(sine, cosine), 1.5 * sine
        mean = 2 * math.pi * turns - omega
    else:
        ecc, omega, dropped = orbit.eccentricity + orbit.eccentricity_dot * t, orbit.omega_rad, 0.0
        mean = 2 * math.pi * turns
    anomaly = root(lambda e: e - ecc * math.sin(e) - mean, mean - 1.5, mean + 1.5)
    if orbit.model == "BT":
        omega += orbit.omega_dot * t
    if orbit.model == "DD":
        # The true anomaly is where the anomaly is, to half a turn; it differs by less than that.
        true = math.atan2(math.sqrt(1 - ecc**2) * math.sin(anomaly), math.cos(anomaly) - ecc)
        true += 2 * math.pi * round((anomaly - true) / (2 * math.pi))
        speed = 2 * math.pi * sum(freq * t**n / math.factorial(n) for n, freq in enumerate(orbit.orbit_freqs_hz))
        omega += orbit.omega_dot / speed * true
    along = math.sin(omega) * (math.cos(anomaly) - ecc) + math.cos(omega) * math.sqrt(1 - ecc**2) * math.sin(anomaly)
    shapiro = -2 * orbit.shapiro_range_s * math.log(1 - ecc * math.cos(anomaly) - orbit.shapiro_shape * along)
    return (orbit.x_s + orbit.xdot * t) * (along + dropped) + orbit.gamma_s * math.sin(anomaly) + shapiro


def slow_delay_at_arrival_s(orbit: BinaryOrbit, arrival_s: float) -> float:
    """Delay of the wave that arrives so long after the epoch: emission plus delay is arrival."""
    return root(lambda delay: delay - slow_delay_s(orbit, arrival_s - delay), -3.0 * orbit.x_s - 1.0, 3.0 * orbit.x_s + 1.0)
