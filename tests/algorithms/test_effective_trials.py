"""Effective numbers of trials: limits, order, and the constants against short runs of the simulation that made them."""

import math

import numpy as np
import pytest
from numba import config

from benchmarks.effective_trials import best_of_group, chance_of_any, harmonic_rows, row_weights
from benchmarks.fast_band import TSAMP, band_freqs_mhz
from fastpipe.algorithms.effective_trials import effective_trials, step_delay_spread_s
from fastpipe.algorithms.periodicity import searched_rows
from fastpipe.algorithms.radix_plan import make_radix_plan
from fastpipe.errors import ConfigError
from tests.references.spectral_search import half_bin_powers, harmonic_sums

compiled = pytest.mark.skipif(config.DISABLE_JIT, reason="thousands of spectra take hours without the compiler")
NFFT, DURATION_S = 1 << 20, 60.0
ROWS = searched_rows(NFFT, DURATION_S / NFFT, 0.3, 1500.0, 32)
RAW = int(np.diff(ROWS, axis=1).sum())


def _trials(ndms: int, delay_s: float, log10_probability: float = -10.0) -> float:
    return effective_trials(ROWS, DURATION_S, ndms, delay_s, log10_probability=log10_probability)


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
    assert effective_trials(rows, 1.0, 1, 0.0) == effective_trials(rows[:1], 1.0, 1, 0.0)


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
    powers = rng.exponential(size=400)
    sums = harmonic_sums(powers, 4)
    for row in (80, 133, 399):
        assert powers[harmonic_rows(row, 3)].sum() == pytest.approx(sums[3, row])
    spectrum = rng.standard_normal(60) + 1j * rng.standard_normal(60)
    expected = half_bin_powers(spectrum, 8, 100)
    for row in (40, 41):
        bins, weights = row_weights(row)
        assert abs(weights @ spectrum[bins]) ** 2 == pytest.approx(expected[row])


@compiled
@pytest.mark.slow
def test_constants_are_those_of_the_simulation() -> None:
    rows, ndms, delay_s = np.array([[4000, 4001]]), 1001, 2.5e-4
    for level in (0, 2, 5):
        one_level = np.concatenate([np.zeros((level, 2), np.int64), rows])
        alone = best_of_group(level, -10.0, 60)
        assert alone.value == pytest.approx(effective_trials(one_level, 1.0, 1, 0.0), abs=0.04 + 3 * alone.error)
        among = best_of_group(level, -10.0, 300, 2000.0 * delay_s)
        both = effective_trials(one_level, 1.0, ndms, delay_s)
        assert among.value == pytest.approx(both / ndms, abs=0.05 + 3 * among.error)


@compiled
@pytest.mark.slow
def test_chances_to_be_best_add_up_to_the_false_alarms() -> None:
    nrows = np.array([1180, 2360, 4720, 8030, 7870, 7550])
    counted = chance_of_any(-5.0, 150)
    expected = 1e-5 * sum(n * best_of_group(level, -5.0, 30).value for level, n in enumerate(nrows))
    assert counted.value == pytest.approx(expected, rel=0.12)
