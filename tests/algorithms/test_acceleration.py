"""The acceleration search from spectra to table: noise, chirps, pulse trains, limits, edges."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from numba import config

from fastpipe.algorithms.acceleration import acceleration_memory_bytes, search_acceleration
from fastpipe.algorithms.acceleration_filters import SIDE_BINS
from fastpipe.algorithms.acceleration_grid import AccelerationGrid, acceleration_grid
from fastpipe.algorithms.acceleration_peaks import ACCELERATION_PEAK_DTYPE
from fastpipe.algorithms.significance import power_threshold
from fastpipe.algorithms.whitening import whiten
from fastpipe.constants import LANES, SPEED_OF_LIGHT_M_S
from fastpipe.data.drift_range import DriftRange
from fastpipe.errors import ConfigError
from fastpipe_kernels.acceleration_peaks import CELL_ROWS, CELL_STEPS
from tests.references import acceleration as reference
from tests.references import drifting_series as series
from tests.references.drifting_series import NBINS, TOBS

compiled = pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")


@compiled
@pytest.mark.parametrize("z", [-100.0, -52.0, -8.0, 4.0, 36.0, 100.0])
@pytest.mark.parametrize(("offset", "kept"), [(0.0, 1.0), (0.5, 0.987), (0.25, 0.80)])
def test_chirp_is_found_with_its_frequency_drift_and_power(z: float, offset: float, kept: float) -> None:
    spectra, r = np.zeros((NBINS, 2, LANES), np.float32), 2000 + offset
    series.add(spectra, 11, series.chirp(1000.0, r, z))
    best = series.best(search_acceleration(spectra, series.grid(), 5.0), 11)
    assert abs(best["freq_hz"] * TOBS - r) <= 0.26
    # Without noise, a chirp of z at a quarter of a bin may come out at the next drift.
    assert abs(best["z"] - z) <= (2.0 if offset == 0.25 else 0.0)
    assert best["power"] == pytest.approx(1000 * kept, rel=0.015)


@compiled
@pytest.mark.parametrize(("z", "kept"), [(40.0, 1.0), (42.0, 0.985), (41.0, 0.943), (-41.0, 0.943), (-42.0, 0.985)])
def test_loss_between_drifts_is_as_documented(z: float, kept: float) -> None:
    spectra = np.zeros((NBINS, 2, LANES), np.float32)
    series.add(spectra, 0, series.chirp(1000.0, 1500.0, z))
    best = series.best(search_acceleration(spectra, series.grid(), 5.0), 0)
    assert best["power"] == pytest.approx(1000 * kept, rel=0.005)
    assert abs(best["z"] - z) <= 1.0


def _records(table: np.ndarray, lane: int, nharm: int) -> dict[tuple[int, int, int], float]:
    rows = table[(table["lane"] == lane) & (table["nharm"] == nharm)]
    return {
        (
            round(2 * nharm * (TOBS * row["freq_hz"] + row["w"] / 40)),
            round(nharm * row["z"] / 2),
            round(nharm * row["w"] / 20),
        ): float(row["power"])
        for row in rows
    }


@pytest.mark.parametrize(("nharm_max", "wsteps"), [(1, 0), (8, 0), (4, 1)])
def test_peaks_equal_reference(nharm_max: int, wsteps: int) -> None:
    nbins, steps, lane = 120, range(-3, 4), 9
    drifts = DriftRange(math.inf, 6.0, math.inf, 20.0 * wsteps)
    grid = acceleration_grid(nbins, TOBS, freqs_hz=(0.05, 2.0), drifts=drifts, nharm_max=nharm_max)
    spectra = series.noise(3, nbins)
    spectra[0] = 0.0
    table = search_acceleration(spectra, grid, 1.5)
    spectrum = spectra[:, 0, lane].astype(np.float64) + 1j * spectra[:, 1, lane]
    powers: dict[tuple[int, ...], float] = {
        (*place, wstep): power
        for wstep in grid.wsteps
        for place, power in reference.plane(spectrum, range(2 * nbins), steps, SIDE_BINS, 20.0 * wstep).items()
    }
    for level, (first, stop) in enumerate(grid.limits.tolist()):
        nharm = 1 << level
        places = product(range(first, stop), steps, grid.wsteps)
        sums: dict[tuple[int, ...], float] = {place: reference.harmonic_sum(powers, place, nharm) for place in places}
        peaks = reference.peaks(sums, power_threshold(1.5, nharm), (CELL_ROWS, CELL_STEPS, 1))
        expected = {place for place in peaks if place[1:] != (0, 0)}
        found = _records(table, lane, nharm)
        assert len(expected) > 3
        assert set(found) == expected
        assert all(power == pytest.approx(sums[place], rel=1e-4) for place, power in found.items())


def test_constant_frequencies_are_left_to_the_search_without_drift() -> None:
    spectra = np.zeros((600, 2, LANES), np.float32)
    spectra[300, 0] = 100.0
    grid = series.grid(600, zmax=40.0, wmax=40.0, freqs_hz=(2.9, 3.1))
    table = search_acceleration(spectra, grid, 3.0)
    assert table.size > 0
    near = abs(table["freq_hz"] * TOBS + table["w"] / 40 - 300) <= 3.0
    assert not np.any(near & (abs(table["z"]) <= 8.0) & (abs(table["w"]) <= 20.0))


@compiled
def test_peaks_of_noise_are_as_rare_as_they_should_be() -> None:
    counts = np.zeros(2)
    powers = np.array([9.0, 11.0])
    grid = series.grid(freqs_hz=(1.5, 39.0))
    for seed in range(4):
        table = search_acceleration(series.noise(seed), grid, 3.5)
        counts += [(table["power"] > power).sum() for power in powers]
    assert np.diff(np.log(counts))[0] == pytest.approx(-2.0, abs=0.25)
    # Peaks join neighbouring trials, which share noise: fewer peaks than trials above the level, but not by much.
    assert np.all(counts < 0.9 * 4 * LANES * grid.ntrials * np.exp(-powers))
    assert np.all(counts > 0.4 * 4 * LANES * grid.ntrials * np.exp(-powers))


def _peaks_above(spectra: np.ndarray, grid: AccelerationGrid, power: float) -> int:
    return int((search_acceleration(spectra, grid, 3.4)["power"] > power).sum())


@compiled
def test_whitened_noise_at_low_frequency_gives_no_more_peaks_than_other_noise() -> None:
    grid = acceleration_grid(NBINS, TOBS, freqs_hz=(0.6, 2.0), drifts=DriftRange(math.inf, 24.0), nharm_max=1)
    counts = np.zeros(2)
    for seed in range(12):
        spectra = series.noise(seed)
        counts[0] += _peaks_above(spectra, grid, 9.0)
        whiten(spectra)
        counts[1] += _peaks_above(spectra, grid, 9.0)
    assert counts[0] > 80
    assert 0.5 * counts[0] < counts[1] < 1.2 * counts[0]


@compiled
def test_filters_that_reach_beyond_the_first_bin_find_less_than_others() -> None:
    low = series.grid(freqs_hz=(0.05, 0.5), zmax=200.0)
    high = series.grid(freqs_hz=(20.05, 20.5), zmax=200.0)
    counts = np.zeros(2)
    for seed in range(4):
        counts += [_peaks_above(series.noise(seed), grid, 7.5) for grid in (low, high)]
    # Where a filter sees no data there is no power, so noise is weaker; signals there drift through zero frequency.
    assert 0 < counts[0] < 0.9 * counts[1]


@compiled
def test_harmonics_of_an_accelerated_pulse_train_add_up() -> None:
    spectra, r, z = series.noise(4), 400.2, 10.1
    for harmonic in range(1, 9):
        series.add(spectra, 6, series.chirp(25.0, harmonic * r, harmonic * z, harmonic**2))
    table = search_acceleration(spectra, series.grid(nharm_max=8, freqs_hz=(1.0, 5.0)), 6.0)
    best = series.best(table, 6)
    assert best["nharm"] == 8
    assert abs(best["freq_hz"] * TOBS - r) < 0.1
    assert abs(best["z"] - z) < 0.5
    assert best["power"] == pytest.approx(8 * 25 * 0.88 + 8, abs=45)
    assert not np.any(table["lane"] != 6)


@compiled
def test_nothing_is_searched_outside_the_range_of_acceleration() -> None:
    accel, spectra = 2e6, series.noise(5)
    table = search_acceleration(spectra, series.grid(accel_max=accel, zmax=200.0, nharm_max=4), 2.0)
    limit = accel * table["freq_hz"] * TOBS**2 / SPEED_OF_LIGHT_M_S
    assert np.all(abs(table["z"] * table["nharm"]) <= limit * table["nharm"] + 1.0)
    assert np.ptp(table["z"]) > 20.0
    assert table["freq_hz"].min() >= 1.0
    assert table["freq_hz"].max() <= 40.0
    assert search_acceleration(spectra, series.grid(accel_max=0.0), 2.0).size == 0


@compiled
def test_lanes_do_not_feel_one_another() -> None:
    spectra = series.noise(6)
    alone = np.zeros_like(spectra)
    alone[:, :, 13] = spectra[:, :, 13]
    full, single = (search_acceleration(each, series.grid(nharm_max=4), 3.0) for each in (spectra, alone))
    assert set(single["lane"].tolist()) == {13}
    np.testing.assert_array_equal(full[full["lane"] == 13], single)


@compiled
def test_borders_of_blocks_leave_no_trace() -> None:
    spectra, grid = series.noise(8), series.grid()
    whole = search_acceleration(spectra, grid, 3.0)
    first, stop = grid.limits[0].tolist()
    assert len(list(grid.blocks())) >= 5
    cut, overlap = first + 1111, 40
    below, above = (
        search_acceleration(spectra, replace(grid, limits=np.array([limits])), 3.0)
        for limits in ((first, cut + overlap), (cut - overlap, stop))
    )
    border = cut / (2 * TOBS)
    parts = np.concatenate([below[below["freq_hz"] < border], above[above["freq_hz"] >= border]])
    parts = parts[np.lexsort((parts["z"], parts["freq_hz"], parts["lane"]))]
    np.testing.assert_array_equal(parts[["lane", "freq_hz", "z"]], whole[["lane", "freq_hz", "z"]])
    np.testing.assert_allclose(parts["power"], whole["power"], rtol=1e-4)


def test_zero_and_tiny_spectra_are_silent() -> None:
    assert search_acceleration(np.zeros((600, 2, LANES), np.float32), series.grid(600, zmax=4.0), 1.0).size == 0
    for nbins in (2, 3, 17):
        grid = acceleration_grid(nbins, TOBS, freqs_hz=(0.001, 1.0), drifts=DriftRange(math.inf, 4.0), nharm_max=2)
        table = search_acceleration(series.noise(1, nbins), grid, 30.0)
        assert table.size == 0
        assert table.dtype == ACCELERATION_PEAK_DTYPE


@pytest.mark.parametrize("wmax", [0.0, 40.0])
def test_given_memory_may_hold_anything_and_spectra_are_not_changed(wmax: float) -> None:
    spectra, grid = series.noise(2, 600), series.grid(600, zmax=4.0, wmax=wmax, nharm_max=2, freqs_hz=(1.0, 2.0))
    before = spectra.copy()
    memory = np.full(acceleration_memory_bytes(grid), 255, np.uint8)
    np.testing.assert_array_equal(search_acceleration(spectra, grid, 3.0, memory), search_acceleration(spectra, grid, 3.0))
    np.testing.assert_array_equal(spectra, before)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ConfigError, match="nharm_max = 32"):
        series.grid(nharm_max=32)
    with pytest.raises(ConfigError, match="zmax = 5000"):
        series.grid(zmax=5000.0)
    with pytest.raises(ConfigError, match="found 1 bins"):
        series.grid(1)
    with pytest.raises(ConfigError, match=r"expected float32 of \(4097, 2, 16\)"):
        search_acceleration(series.noise(1, 100), series.grid(), 5.0)
    with pytest.raises(ConfigError, match="found working space"):
        search_acceleration(series.noise(), series.grid(), 5.0, np.empty(10, np.uint8))
