"""Delays in binary systems against their definition, and models against one another."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.algorithms.binary_orbit import delay_at_arrival_s, eccentric_anomaly, orbital_delay_s
from fastpipe.data.pulsar_ephemeris import BinaryOrbit
from tests.references.binary_orbit import slow_delay_at_arrival_s, slow_delay_s

YEAR_S = 86_400.0 * 365.25
HULSE_TAYLOR = BinaryOrbit(
    model="DD",
    epoch_mjd=58_990.0,
    orbit_freqs_hz=(1.0 / 27_906.98, 3.1e-21),
    x_s=2.341776,
    xdot=1e-14,
    eccentricity=0.617,
    eccentricity_dot=1e-15,
    omega_rad=5.1,
    omega_dot=0.0738 / YEAR_S,
    gamma_s=0.0043,
    shapiro_range_s=6.8e-6,
    shapiro_shape=0.74,
)
CIRCULAR = BinaryOrbit(
    model="ELL1",
    epoch_mjd=58_990.0,
    orbit_freqs_hz=(1.0 / 103_541.6, -1e-23),
    x_s=1.8979,
    laplace=(2.7e-5, -8.9e-5),
    laplace_dot=(1e-15, -2e-15),
    shapiro_range_s=1.2e-6,
    shapiro_shape=0.997,
)


@st.composite
def orbits(draw: st.DrawFn) -> BinaryOrbit:
    model = draw(st.sampled_from(["BT", "DD", "ELL1"]))
    period_s, x_s = draw(st.floats(4e3, 4e7)), draw(st.floats(0.001, 1.0))
    # No pulsar is faster than a hundredth of light.
    x_s = min(x_s * 30.0, 1e-3 * period_s)
    start = replace(HULSE_TAYLOR if model != "ELL1" else CIRCULAR, model=model, x_s=x_s, orbit_freqs_hz=(1.0 / period_s,))
    if model == "ELL1":
        return replace(start, laplace=(draw(st.floats(-0.05, 0.05)), draw(st.floats(-0.05, 0.05))))
    return replace(start, eccentricity=draw(st.floats(0.0, 0.9)), omega_rad=draw(st.floats(-7.0, 7.0)))


@given(orbits(), st.floats(-1e8, 1e8))
def test_delays_are_those_of_the_definition(orbit: BinaryOrbit, time_s: float) -> None:
    # BT has no Shapiro delay: the reader leaves it out.
    plain = replace(orbit, shapiro_range_s=0.0) if orbit.model == "BT" else orbit
    delay_s = float(orbital_delay_s(plain, np.array(time_s)))
    # Times hold 1e-8 s, which the fastest orbit turns into 1e-10 s.
    assert delay_s == pytest.approx(slow_delay_s(plain, time_s), abs=1e-9)


@given(orbits().filter(lambda orbit: orbit.model != "BT"), st.floats(-1e8, 1e8))
def test_the_delay_is_that_at_emission(orbit: BinaryOrbit, time_s: float) -> None:
    delay_s = float(delay_at_arrival_s(orbit, np.array(time_s)))
    assert delay_s == pytest.approx(slow_delay_at_arrival_s(orbit, time_s), abs=1e-9)


def test_one_step_of_bt_is_as_good_as_the_velocity_allows() -> None:
    orbit = replace(HULSE_TAYLOR, model="BT", shapiro_range_s=0.0)
    times_s = np.linspace(0.0, 27_906.98, 100)
    exact_s = [slow_delay_at_arrival_s(orbit, time_s) for time_s in times_s.tolist()]
    difference_s = np.abs(delay_at_arrival_s(orbit, times_s) - exact_s)
    assert 1e-7 < difference_s.max() < 2e-5


def test_a_small_ellipse_is_the_same_in_both_models() -> None:
    sine, cosine = 2e-3, -5e-3
    ecc, omega = np.hypot(sine, cosine), np.arctan2(sine, cosine)
    laplace = replace(CIRCULAR, laplace=(sine, cosine), laplace_dot=(0.0, 0.0), orbit_freqs_hz=(1e-5,))
    # The periastron is passed later than the node by the angle between them.
    kepler = replace(laplace, model="DD", eccentricity=float(ecc), omega_rad=float(omega))
    times_s = np.linspace(0.0, 2e5, 101)
    offset_s = omega / (2.0 * np.pi * 1e-5)
    difference_s = orbital_delay_s(laplace, times_s) - orbital_delay_s(kepler, times_s - offset_s)
    np.testing.assert_allclose(difference_s, 1.5 * laplace.x_s * sine, rtol=0, atol=1e-12)
    # To first order in the eccentricity, Lange et al. 2001, eq. A6, whose next order is x e^2.
    phase = 2.0 * np.pi * 1e-5 * times_s
    first_order_s = laplace.x_s * (np.sin(phase) + 0.5 * cosine * np.sin(2 * phase) - 0.5 * sine * np.cos(2 * phase))
    without_shapiro_s = orbital_delay_s(replace(laplace, shapiro_range_s=0.0), times_s)
    np.testing.assert_allclose(without_shapiro_s, first_order_s, rtol=0, atol=laplace.x_s * ecc**2)


@given(st.floats(-50.0, 50.0), st.floats(0.0, 0.99))
def test_keplers_equation_is_solved(mean_rad: float, eccentricity: float) -> None:
    anomaly = float(eccentric_anomaly(np.array(mean_rad), np.array(eccentricity)))
    assert anomaly - eccentricity * np.sin(anomaly) == pytest.approx(mean_rad, abs=1e-12)
