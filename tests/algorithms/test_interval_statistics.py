"""Statistics of an interval against their definitions, and of data that no one wishes for."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastpipe.algorithms.interval_statistics import interval_grid, interval_statistics, join_intervals
from fastpipe.algorithms.reference_levels import ReferenceLevels, reference_levels
from fastpipe.data.channel_statistics import IntervalStatistics
from tests.references.interval_statistics import largest_power, moments, sum_over_band

Spectra = NDArray[np.uint8] | NDArray[np.float32]


def noise(nsamples: int, nchans: int, seed: int = 1) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    return np.clip(np.rint(rng.normal(90.0, 12.0, (nsamples, nchans))), 0, 255).astype(np.uint8)


def statistics_of(data: Spectra, decimation: int = 8, reference: ReferenceLevels | None = None) -> IntervalStatistics:
    levels = reference or reference_levels([data[:64]], data.shape[1])
    return interval_statistics([(0, data)], len(data), levels, decimation, count_ends=True)


def assert_as_defined(found: IntervalStatistics, data: NDArray[Any], decimation: int, length: int) -> None:
    expected = np.array([moments(channel) for channel in data.T]).T
    np.testing.assert_array_equal(found.counts[0], expected[0])
    np.testing.assert_allclose(found.mean[0], expected[1], rtol=1e-6)
    np.testing.assert_allclose(found.std[0], expected[2], rtol=1e-5)
    np.testing.assert_allclose(found.skewness[0], expected[3], atol=1e-4)
    np.testing.assert_allclose(found.kurtosis[0], expected[4], atol=1e-3)
    for power, channel, std in zip(found.fourier_power[0], data.T, expected[2], strict=True):
        assert power == pytest.approx(largest_power(channel, decimation, length, 5) if std > 0 else 0.0, rel=1e-3)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nchans=st.integers(1, 70), decimation=st.sampled_from([1, 4, 32]))
def test_bytes_have_the_statistics_of_the_definitions(seed: int, nchans: int, decimation: int) -> None:
    data = noise(25 * decimation - 1, nchans, seed)
    data[:, 0] = 17
    assert_as_defined(statistics_of(data, decimation), data, decimation, 24)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), offset=st.sampled_from([0.0, -1e4, 1e6]), unit=st.sampled_from([1e-6, 1.0, 1e9]))
def test_floats_have_the_statistics_of_the_definitions(seed: int, offset: float, unit: float) -> None:
    rng = np.random.default_rng(seed)
    data = ((offset + rng.gamma(2.0, 1.0, (500, 20))) * unit).astype(np.float32)
    data[rng.uniform(size=data.shape) < 0.1] = np.nan
    data[::7, 3] = np.inf
    data[:, 4] = 7 * unit
    data[:, 5] = np.nan
    data[250:, 6] += 3000 * unit
    found = statistics_of(data, 2)
    assert (found.counts[0, 5], found.std[0, 5], found.fourier_power[0, 5]) == (0, 0, 0)
    own = np.arange(20) != 5
    picked = {
        name: getattr(found, name)[:, own] for name in ("counts", "mean", "std", "skewness", "kurtosis", "fourier_power")
    }
    whole = IntervalStatistics(500, 500, clipped=found.clipped[:, own], zero_dm=found.zero_dm, **picked)
    assert_as_defined(whole, data[:, own], 2, 250)


def test_sum_over_the_band_is_that_of_the_definition_and_has_unit_noise() -> None:
    data = noise(4096, 100)
    levels = reference_levels([data[:1024]], 100)
    found = statistics_of(data, 8, levels).zero_dm
    np.testing.assert_allclose(found, sum_over_band(data, levels.mean, levels.weight), atol=1e-4)
    assert found.std() == pytest.approx(1.0, abs=0.05)
    floats = statistics_of(data.astype(np.float32), 8, levels).zero_dm
    np.testing.assert_allclose(floats, found, atol=1e-4)


def test_dead_and_wild_channels_take_no_part_in_the_sum_over_the_band() -> None:
    data = noise(2048, 40)
    data[:, 3] = 0
    data[:, 9] = np.random.default_rng(2).integers(0, 255, len(data))
    levels = reference_levels([data], 40)
    assert np.flatnonzero(levels.weight == 0).tolist() == [3, 9]
    assert np.sqrt(np.sum((levels.weight * levels.std) ** 2)) == pytest.approx(1.0)


def test_gaps_count_for_nothing() -> None:
    data = noise(1600, 10)
    levels = reference_levels([data], 10)
    parts: list[tuple[int, Spectra]] = [(0, data[:301]), (777, data[777:])]
    found = interval_statistics(parts, 1600, levels, 4, count_ends=True)
    holes = data.astype(np.float64)
    holes[301:777] = np.nan
    assert_as_defined(found, holes, 4, 400)
    assert not found.zero_dm[301:777].any()
    np.testing.assert_allclose(found.zero_dm[:301], sum_over_band(data[:301], levels.mean, levels.weight), atol=1e-4)


def test_interval_that_was_not_recorded_is_empty() -> None:
    found = interval_statistics([], 640, reference_levels([noise(64, 5)], 5), 8, count_ends=True)
    for values in (found.counts, found.std, found.skewness, found.kurtosis, found.fourier_power, found.clipped):
        assert values.shape == (1, 5)
        assert not values.any()
    assert np.all(found.zero_dm == 0)


def test_periodic_signal_in_one_channel_stands_out() -> None:
    data = noise(20480, 64)
    data[:, 11] = np.where(np.arange(20480) % 400 < 200, data[:, 11] + 3, data[:, 11])
    powers = statistics_of(data).fourier_power[0]
    assert powers[11] > 60
    assert np.delete(powers, 11).max() < 25


@pytest.mark.parametrize("count_ends", [True, False])
def test_values_at_the_ends_are_counted_where_asked(count_ends: bool) -> None:
    data = noise(1000, 3)
    data[:250, 1], data[250:500, 1] = 255, 0
    found = interval_statistics([(0, data)], 1000, reference_levels([data], 3), 8, count_ends=count_ends)
    np.testing.assert_array_equal(found.clipped[0], [0, 0.5 * count_ends, 0])


@pytest.mark.parametrize("nsamples", [1, 2, 9, 80, 81])
def test_very_short_intervals_have_statistics(nsamples: int) -> None:
    data = noise(nsamples, 2)
    found = statistics_of(data)
    np.testing.assert_allclose(found.mean[0], data.mean(axis=0))
    np.testing.assert_allclose(found.std[0], data.std(axis=0))
    assert np.all(np.isfinite(found.kurtosis))
    assert np.all((found.fourier_power >= 0) & (found.fourier_power < 40))


@pytest.mark.parametrize("value", [0.0, 1e38, -1e-38, np.nan, np.inf])
def test_constant_floats_are_no_noise(value: float) -> None:
    found = statistics_of(np.full((200, 3), value, np.float32))
    for values in (found.std, found.skewness, found.kurtosis, found.fourier_power, found.clipped):
        assert not values.any()
    assert not found.zero_dm.any()
    assert np.all(found.counts == 200 * np.isfinite(value))


def test_values_beyond_all_measure_are_left_out() -> None:
    data = np.random.default_rng(3).normal(size=(640, 2)).astype(np.float32)
    data[100, 0], data[101, 1] = 3e38, -1e30
    found = statistics_of(data)
    assert found.counts[0].tolist() == [639, 639]
    assert np.all(np.abs(found.kurtosis) < 1)


def test_level_that_jumps_beyond_all_measure_stays_finite() -> None:
    data = np.random.default_rng(4).normal(size=(640, 3)).astype(np.float32)
    levels = reference_levels([data], 3)
    data[:, 1] = 2e38
    found = statistics_of(data, 8, levels)
    assert np.all(np.isfinite(found.zero_dm))
    assert found.std[0].tolist() == pytest.approx([1.0, 0.0, 1.0], abs=0.1)


def test_no_stretch_gives_no_levels() -> None:
    levels = reference_levels([], 4)
    assert not np.any([levels.mean, levels.std, levels.weight])


@settings(max_examples=50, deadline=None)
@given(tsamp=st.floats(1e-6, 0.1), interval_s=st.floats(1e-3, 60.0))
def test_grid_keeps_its_promises(tsamp: float, interval_s: float) -> None:
    grid = interval_grid(tsamp, interval_s)
    assert grid.interval_samples % grid.decimation == 0
    assert grid.decimation == 1 or grid.decimation * tsamp <= 0.5e-3 < 2 * grid.decimation * tsamp
    if grid.interval_samples > 64:
        assert grid.interval_samples % 64 == 0
    if interval_s / tsamp > 64 * 20:
        assert 0.9 < grid.interval_samples * tsamp / interval_s < 1.1


def test_intervals_are_joined_in_the_order_of_time() -> None:
    data = noise(300, 4)
    parts = [statistics_of(data[:128]), statistics_of(data[128:256]), statistics_of(data[256:])]
    joined = join_intervals(parts, 128)
    assert (joined.nintervals, joined.nsamples, joined.interval_samples) == (3, 300, 128)
    np.testing.assert_allclose(joined.mean[2], data[256:].mean(axis=0))
