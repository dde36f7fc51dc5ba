"""The acceleration search of signals whose drift changes: chirps, pulse trains, limits."""

from typing import Any

import numpy as np
import pytest
from numba import config

from fastpipe.algorithms.acceleration import search_acceleration
from fastpipe.constants import LANES, SPEED_OF_LIGHT_M_S
from tests.references import drifting_series as series
from tests.references.drifting_series import NBINS, TOBS

compiled = pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")


@compiled
@pytest.mark.parametrize(("z", "w"), [(0.0, 100.0), (60.0, 300.0), (-100.0, -300.0), (8.0, -160.0)])
@pytest.mark.parametrize(("offset", "kept"), [(0.0, 1.0), (0.5, 0.987)])
def test_chirp_with_jerk_is_found_with_its_frequency_and_power(z: float, w: float, offset: float, kept: float) -> None:
    spectra, r = np.zeros((NBINS, 2, LANES), np.float32), 2000 + offset - w / 40
    series.add(spectra, 11, series.chirp(1000.0, r, z, w=w))
    best = series.best(search_acceleration(spectra, series.grid(wmax=300.0, freqs_hz=(18.0, 22.0)), 5.0), 11)
    assert abs(best["freq_hz"] * TOBS - r) <= 0.01
    assert (best["z"], best["w"]) == (z, w)
    assert best["power"] == pytest.approx(1000 * kept, rel=0.015)


@compiled
@pytest.mark.parametrize(("w", "kept"), [(205.0, 0.990), (210.0, 0.961), (-190.0, 0.961)])
def test_loss_between_jerks_is_as_documented(w: float, kept: float) -> None:
    spectra = np.zeros((NBINS, 2, LANES), np.float32)
    series.add(spectra, 0, series.chirp(1000.0, 1500.0 - w / 40, 40.0, w=w))
    best = series.best(search_acceleration(spectra, series.grid(wmax=300.0, freqs_hz=(14.0, 16.0)), 5.0), 0)
    assert best["power"] == pytest.approx(1000 * kept, rel=0.01)
    assert abs(best["w"] - w) <= 10.0
    assert best["z"] == 40.0


@compiled
def test_harmonics_of_a_pulse_train_with_jerk_add_up() -> None:
    spectra, r, z, w = series.noise(4), 400.2, 10.1, 32.0
    for harmonic in range(1, 9):
        series.add(spectra, 6, series.chirp(25.0, harmonic * r, harmonic * z, harmonic**2, harmonic * w))
    options: dict[str, Any] = {"nharm_max": 8, "freqs_hz": (3.5, 4.5)}
    best = series.best(search_acceleration(spectra, series.grid(wmax=300.0, **options), 6.0), 6)
    assert best["nharm"] == 8
    assert abs(best["freq_hz"] * TOBS - r) < 0.15
    assert abs(best["z"] - z) < 0.5
    assert abs(best["w"] - w) < 2.6
    assert best["power"] == pytest.approx(8 * 25 * 0.88 + 8, abs=45)
    without = series.best(search_acceleration(spectra, series.grid(**options), 2.0), 6)
    assert best["sigma"] > 1.3 * without["sigma"]


@compiled
def test_nothing_is_searched_outside_the_range_of_jerk() -> None:
    jerk, spectra = 2e4, series.noise(5)
    grid = series.grid(zmax=20.0, jerk_max=jerk, wmax=200.0, nharm_max=4)
    table = search_acceleration(spectra, grid, 2.5)
    limit = jerk * table["freq_hz"] * TOBS**3 / SPEED_OF_LIGHT_M_S
    assert np.all(abs(table["w"] * table["nharm"]) <= 1.001 * limit * table["nharm"] + 10.0)
    assert abs(table["w"]).max() == 200.0
    assert np.array_equal(np.unique(table["w"][table["nharm"] == 4]), np.arange(-200.0, 201.0, 20.0) / 4)
