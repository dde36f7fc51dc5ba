"""Effective numbers of trials: limits, order, and the constants against short runs of the simulation that made them."""

import math

import numpy as np
import pytest
from numba import config

from benchmarks.conditional_noise import NBINS, Trial, raise_sums, row_weights, sum_powers, white_spectra
from benchmarks.effective_trials import best_of_group, chance_of_any, drift_chance, drift_plane, jerk_share
from benchmarks.fast_band import TSAMP, band_freqs_mhz
from fastpipe.algorithms.acceleration import search_acceleration
from fastpipe.algorithms.acceleration_grid import AccelerationGrid, acceleration_grid
from fastpipe.algorithms.effective_trials import effective_trials, step_delay_spread_s
from fastpipe.algorithms.periodicity import searched_rows
from fastpipe.algorithms.radix_plan import make_radix_plan
from fastpipe.constants import LANES
from fastpipe.data.drift_range import DriftRange
from fastpipe.errors import ConfigError
from tests.references.spectral_search import half_bin_powers, harmonic_sums

compiled = pytest.mark.skipif(config.DISABLE_JIT, reason="thousands of spectra take hours without the compiler")
NFFT, DURATION_S = 1 << 20, 60.0
ROWS = searched_rows(NFFT, DURATION_S / NFFT, 0.3, 1500.0, 32)
RAW = int(np.diff(ROWS, axis=1).sum())


def _trials(ndms: int, delay_s: float, log10_probability: float = -10.0, grid: AccelerationGrid | None = None) -> float:
    return effective_trials(ROWS, DURATION_S, ndms, delay_s, grid, log10_probability=log10_probability)


def _grid(zmax: float, wmax: float = 0.0, nharm_max: int = 8, accel_max: float = math.inf) -> AccelerationGrid:
    drifts = DriftRange(accel_max, zmax, math.inf if wmax else 0.0, wmax)
    return acceleration_grid(NFFT // 2 + 1, DURATION_S, freqs_hz=(0.3, 1500.0), drifts=drifts, nharm_max=nharm_max)


def test_one_series_has_most_of_its_trials() -> None:
    assert 0.75 * RAW < _trials(1, 0.0) < 0.95 * RAW


def test_series_far_apart_in_dm_are_independent_and_close_ones_are_not() -> None:
    assert _trials(100, 10.0) == pytest.approx(100 * _trials(1, 0.0), rel=1e-3)
    assert _trials(100, 0.0) == pytest.approx(_trials(1, 0.0))
    assert _trials(100, 1e-9) < 1.01 * _trials(1, 0.0)


def test_more_delay_more_dms_and_smaller_probability_make_more_trials() -> None:
    for numbers in (
        [_trials(16, delay_s) for delay_s in (0.0, 1e-6, 1e-5, 1e-4, 1e-3)],
        [_trials(ndms, 1e-4) for ndms in (1, 2, 16, 1000)],
        [_trials(16, 1e-4, log10_probability) for log10_probability in (-8.0, -9.0, -10.0, -11.0, -12.0)],
    ):
        assert np.all(np.diff(numbers) > 0)
    assert _trials(16, 1e-4, -3.0) == _trials(16, 1e-4, -8.0)


def test_finer_steps_soon_add_no_trials() -> None:
    # Ten times as many DMs over the same range, where already the coarse ones are close.
    assert _trials(1000, 1e-7) == pytest.approx(_trials(100, 1e-6), rel=0.15)


def test_levels_without_rows_count_nothing() -> None:
    rows = np.array([[100, 1100], [500, 500], [900, 800]])
    twice = np.array([[100, 2100], [500, 500], [900, 800]])
    assert effective_trials(twice, 1.0, 1, 0.0) == pytest.approx(2.0 * effective_trials(rows, 1.0, 1, 0.0))
    assert effective_trials(rows[1:], 1.0, 1, 0.0) == 0.0


def test_the_largest_number_of_harmonics_has_more_independent_trials() -> None:
    assert effective_trials(ROWS[:1], 1.0, 1, 0.0) > 1.1 * effective_trials(
        ROWS[:1].repeat(2, axis=0) * [[1], [0]], 1.0, 1, 0.0
    )


def test_every_step_of_drift_adds_as_many_trials() -> None:
    numbers = [_trials(1, 0.0)] + [_trials(1, 0.0, grid=_grid(2.0 * nsteps)) for nsteps in (1, 2, 4, 8)]
    steps = np.diff(numbers) / (1, 1, 2, 4)
    assert steps == pytest.approx(steps[0])
    levels = np.diff(ROWS, axis=1)[:4, 0].sum()
    assert 0.5 * 2 * levels < steps[0] < 0.9 * 2 * levels


def test_every_step_of_jerk_adds_as_many_trials_and_less_than_a_whole_plane() -> None:
    plane = _trials(1, 0.0, grid=_grid(8.0)) - effective_trials(ROWS[4:], DURATION_S, 1, 0.0)
    numbers = [_trials(1, 0.0, grid=_grid(8.0, wmax)) for wmax in (0.0, 20.0, 40.0, 80.0)]
    steps = np.diff(numbers) / (1, 1, 2)
    assert steps == pytest.approx(steps[0])
    assert 0.5 * 2 * plane < steps[0] < 0.95 * 2 * plane


def test_trials_are_those_within_the_range_of_acceleration() -> None:
    without, wide, narrow = (_trials(1, 0.0, grid=grid) for grid in (None, _grid(20.0), _grid(20.0, accel_max=1000.0)))
    part = _grid(20.0, accel_max=1000.0).ntrials / _grid(20.0).ntrials
    assert 0.2 < part < 0.9
    assert narrow - without == pytest.approx(part * (wide - without), rel=0.03)


def test_neighbours_in_dm_take_from_all_drifts_alike() -> None:
    with_drift, without = ([_trials(ndms, 1e-4, grid=grid) for ndms in (1, 100)] for grid in (_grid(20.0), None))
    assert with_drift[1] / with_drift[0] == pytest.approx(without[1] / without[0], rel=0.1)


@pytest.mark.parametrize(
    ("duration_s", "ndms", "delay_s"), [(1.0, 0, 0.0), (0.0, 1, 0.0), (1.0, 1, -1.0), (1.0, 1, math.nan)]
)
def test_senseless_searches_are_refused(duration_s: float, ndms: int, delay_s: float) -> None:
    with pytest.raises(ConfigError, match="expected at least one, a positive length and no negative delay"):
        effective_trials(ROWS, duration_s, ndms, delay_s)


@pytest.mark.parametrize("nchans", [512, 4096])
def test_real_delays_correlate_like_an_even_spread(nchans: int) -> None:
    freqs, dms = band_freqs_mhz(nchans), 50.0 + 0.1 * np.arange(32)
    delays_s = make_radix_plan(freqs, TSAMP, dms).delays()[:, :nchans] * TSAMP
    spread_s = step_delay_spread_s(0.1, freqs)
    for distance in (1, 2, 4):
        apart_s = delays_s[distance:] - delays_s[:-distance]
        for turns in (0.05, 0.1, 0.5 / distance):
            correlation = np.abs(np.exp(2j * np.pi * turns / spread_s * apart_s).mean(axis=1)).mean()
            assert correlation == pytest.approx(np.sinc(turns * distance), abs=0.04 if distance == 1 else 0.02)


def test_conditions_are_set_where_the_search_looks() -> None:
    rng = np.random.default_rng(1)
    spectrum = rng.standard_normal(300) + 1j * rng.standard_normal(300)
    spectra = np.stack([spectrum.real, spectrum.imag], axis=1)[:, :, np.newaxis]
    powers = half_bin_powers(spectrum, 8, 600)
    for row in (40, 41):
        bins, weights = row_weights(row)
        assert abs(weights @ spectrum[bins]) ** 2 == pytest.approx(powers[row])
    sums = harmonic_sums(powers, 4)
    for row in (180, 233, 499):
        assert sum_powers(spectra, Trial(row, 0, 0, 3).filters()) == pytest.approx(sums[3, row])


@compiled
@pytest.mark.parametrize(("step", "wstep"), [(1, 0), (-4, 0), (3, 0), (0, 1), (5, -2)])
def test_drifting_trials_are_raised_where_the_search_finds_them(step: int, wstep: int) -> None:
    rng, trial, grid = np.random.default_rng(2), Trial(3301, step, wstep, 2), drift_plane(6, 2 if wstep else 0)
    spectra, filters = white_spectra(rng), trial.filters()
    raise_sums(rng, spectra, filters, np.full(LANES, 400.0), np.ones((NBINS, 1)))
    assert sum_powers(spectra, filters) == pytest.approx(400.0, rel=1e-3)
    peaks = search_acceleration(spectra, grid, 5.0)
    peaks = peaks[peaks["nharm"] == 4]
    best = np.zeros(LANES)
    np.maximum.at(best, peaks["lane"], peaks["power"])
    assert np.all(best > 399.8)
    # A row is that of the mean frequency, which jerk moves by a row a step from that in the middle.
    its_own = peaks[(peaks["freq_hz"] == (3301 - wstep) / 8) & (peaks["z"] == step / 2) & (peaks["w"] == 5.0 * wstep)]
    assert len(its_own) > 4
    assert its_own["power"] == pytest.approx(400.0, rel=1e-3)


@compiled
@pytest.mark.slow
def test_constants_are_those_of_the_simulation() -> None:
    rows, ndms, delay_s = np.array([[4000, 4001]]), 1001, 2.5e-4
    for level in (0, 2, 5):
        one_level = np.concatenate([np.zeros((level, 2), np.int64), rows, np.zeros((5 - level, 2), np.int64)])
        alone = best_of_group(level, -10.0, 60)
        assert alone.value == pytest.approx(effective_trials(one_level, 1.0, 1, 0.0), abs=0.04 + 3 * alone.error)
        among = best_of_group(level, -10.0, 300, 2000.0 * delay_s)
        both = effective_trials(one_level, 1.0, ndms, delay_s)
        assert among.value == pytest.approx(both / ndms, abs=0.05 + 3 * among.error)


@compiled
@pytest.mark.slow
def test_constants_of_drift_and_jerk_are_those_of_the_simulation() -> None:
    def groups(level: int, grid: AccelerationGrid | None) -> float:
        rows = np.concatenate([np.zeros((level, 2), np.int64), [[4000, 4001]], np.zeros((5 - level, 2), np.int64)])
        return effective_trials(rows, 1.0, 1, 0.0, grid)

    for level in (0, 3):
        alone = groups(level, None)
        one_plane = (groups(level, drift_plane(8)) - alone) / 16
        measured = drift_chance(level, -10.0, alone, 50, 5)
        assert measured.value == pytest.approx(one_plane, abs=0.03 + 3 * measured.error)
    share = jerk_share(0, -10.0, groups(0, drift_plane(8)), 10)
    expected = (groups(0, drift_plane(8, 2)) / groups(0, drift_plane(8)) - 1.0) / 4.0
    assert share.value == pytest.approx(expected, abs=0.03 + 3 * share.error)


@compiled
@pytest.mark.slow
def test_chances_to_be_best_add_up_to_the_false_alarms() -> None:
    nrows = np.array([1180, 2360, 4720, 8030, 7870, 7550])
    counted = chance_of_any(-5.0, 150)
    expected = 1e-5 * sum(n * best_of_group(level, -5.0, 30).value for level, n in enumerate(nrows))
    assert counted.value == pytest.approx(expected, rel=0.12)
