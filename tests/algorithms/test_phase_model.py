"""The time of a pulsar over a recording, and its spin at the epoch."""

from dataclasses import replace

import numpy as np
import pytest

from fastpipe.algorithms.phase_model import spin_at, time_of_pulsar
from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.pulsar_ephemeris import BinaryOrbit
from tests.algorithms.test_binary_orbit import CIRCULAR, HULSE_TAYLOR
from tests.references.binary_orbit import slow_delay_at_arrival_s

FREQ_HZ = 700.0
ERROR_S = 1e-6 / FREQ_HZ
TOBS_S = 1800.0
START_MJD = 59_123.25


def recorded(velocity: float = 1e-4, drift: float = 1e-10) -> BarycentricModel:
    """Return time at the barycentre that runs off by a parabola, as that of the Earth nearly does."""
    topocentric_s = TOBS_S / 2 + 60.0 * (np.arange(32) - 15.5)
    return BarycentricModel(
        start_mjd_tdb=START_MJD,
        mid_mjd_tdb=START_MJD + 0.01,
        topocentric_s=topocentric_s,
        barycentric_s=topocentric_s * (1.0 - velocity) + drift * topocentric_s**2,
    )


@pytest.mark.parametrize("orbit", [HULSE_TAYLOR, CIRCULAR, replace(CIRCULAR, x_s=0.4, orbit_freqs_hz=(2e-4,))])
def test_no_instant_is_off_by_a_millionth_of_a_turn(orbit: BinaryOrbit) -> None:
    model = time_of_pulsar(recorded(), orbit, TOBS_S, delay_s=2.5, error_s=ERROR_S)
    assert len(model.topocentric_s) % 2 == 0
    assert (model.topocentric_s[0], model.topocentric_s[-1]) == (0.0, TOBS_S)
    times_s = np.random.default_rng(1).uniform(0.0, TOBS_S, 60)
    barycentric_s = times_s * (1.0 - 1e-4) + 1e-10 * times_s**2
    first_s = (START_MJD - orbit.epoch_mjd) * 86_400.0 - 2.5
    exact_s = barycentric_s - [slow_delay_at_arrival_s(orbit, first_s + time_s) for time_s in barycentric_s.tolist()]
    difference_s = model.to_barycentric_s(times_s) - exact_s
    assert np.ptp(difference_s) < 2.5 * ERROR_S


def test_without_an_orbit_it_is_the_time_at_the_barycentre() -> None:
    model = time_of_pulsar(recorded(), None, TOBS_S, delay_s=2.5, error_s=ERROR_S)
    times_s = np.linspace(0.0, TOBS_S, 77)
    np.testing.assert_allclose(
        model.to_barycentric_s(times_s), times_s * (1.0 - 1e-4) + 1e-10 * times_s**2, rtol=0, atol=2 * ERROR_S
    )
    assert model.mid_mjd_tdb == START_MJD + 0.01


def test_the_spin_at_another_epoch_is_that_of_the_polynomial() -> None:
    spin_hz = (29.9, -3.7e-10, 1.2e-20, -5e-28)
    freq, fdot, fddot = spin_at(spin_hz, 1e8)
    assert freq == pytest.approx(29.9 - 3.7e-2 + 0.6e-20 * 1e16 - 5e-28 * 1e24 / 6, rel=1e-15)
    assert fdot == pytest.approx(-3.7e-10 + 1.2e-12 - 2.5e-28 * 1e16, rel=1e-12)
    assert fddot == pytest.approx(1.2e-20 - 5e-20, rel=1e-12)
    assert spin_at((5.0,), 1e9) == (5.0, 0.0, 0.0)
