"""Cleaning: statistics, bad channels, and clean samples of known mean and spread."""

import numpy as np
import pytest

from fastpipe.algorithms.cleaning import (
    NOISE_STD,
    channel_moments,
    clean_chunk,
    cleaning_table,
    mask_channels,
    statistics_of_moments,
)
from fastpipe.algorithms.dedispersion import ZERO_LEVEL
from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe.data.rfi_mask import Reason


def _noise(nsamples: int = 20_000, nchans: int = 64, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    bandpass = 60 + 40 * np.sin(np.linspace(0, 3, nchans))
    return np.clip(np.rint(rng.normal(bandpass, bandpass / 6, (nsamples, nchans))), 0, 255).astype(np.uint8)


def _statistics(data: np.ndarray) -> ChannelStatistics:
    return statistics_of_moments(channel_moments(data))


def test_moments_are_those_of_numpy_and_add_up_over_chunks() -> None:
    data = _noise(70_001, 5)
    parts = channel_moments(data[:1000]) + channel_moments(data[1000:])
    np.testing.assert_array_equal(parts, channel_moments(data))
    statistics = statistics_of_moments(parts)
    np.testing.assert_allclose(statistics.mean, data.mean(axis=0))
    np.testing.assert_allclose(statistics.std, data.std(axis=0))


def test_dead_and_wild_channels_are_masked_and_no_others() -> None:
    data = _noise()
    data[:, 7] = 31
    data[:, 20] = np.random.default_rng(2).integers(0, 255, len(data))
    rfi_mask = mask_channels(_statistics(data), 6.0)
    assert rfi_mask.reasons[0, 7] == Reason.DEAD
    assert rfi_mask.reasons[0, 20] == Reason.SPREAD
    assert rfi_mask.bad_channels.sum() == 2


@pytest.mark.parametrize("nchans", [1, 2, 3, 4, 5])
def test_few_channels_are_never_wild(nchans: int) -> None:
    assert not mask_channels(_statistics(_noise(500, nchans)), 6.0).mask.any()


@pytest.mark.parametrize("downsample", [1, 2, 8])
def test_clean_noise_has_the_stated_mean_and_spread(downsample: int) -> None:
    data = _noise()
    statistics = _statistics(data)
    table = cleaning_table(
        statistics, mask_channels(statistics, 6.0), is_ascending=False, downsample=downsample, zero_dm=False
    )
    out = np.full((64, len(data) // downsample), ZERO_LEVEL, np.uint8)
    clean_chunk(data, table, out, 0)
    np.testing.assert_allclose(out.mean(axis=1), ZERO_LEVEL, atol=0.5)  # half a step where gain is near 1
    np.testing.assert_allclose(out.std(axis=1), NOISE_STD, rtol=0.05)


def test_an_ascending_band_comes_out_descending() -> None:
    data = _noise()
    statistics = _statistics(data)
    rfi_mask = mask_channels(statistics, 6.0)
    flipped = ChannelStatistics(statistics.mean[::-1], statistics.std[::-1], statistics.nsamples)
    descending, ascending = np.zeros((2, 64, len(data)), np.uint8)
    table = cleaning_table(statistics, rfi_mask, is_ascending=False, downsample=1, zero_dm=False)
    clean_chunk(data, table, descending, 0)
    table = cleaning_table(flipped, rfi_mask, is_ascending=True, downsample=1, zero_dm=False)
    clean_chunk(np.ascontiguousarray(data[:, ::-1]), table, ascending, 0)
    np.testing.assert_array_equal(descending, ascending)


def test_zero_dm_removes_what_all_channels_share_and_leaves_masked_ones_alone() -> None:
    data = _noise()
    data[::100] = np.clip(data[::100].astype(int) + 60, 0, 255)
    data[:, 3] = 9
    statistics = _statistics(data)
    rfi_mask = mask_channels(statistics, 6.0)
    table = cleaning_table(statistics, rfi_mask, is_ascending=False, downsample=1, zero_dm=True)
    out = np.full((64, len(data)), ZERO_LEVEL, np.uint8)
    clean_chunk(data, table, out, 0)
    assert abs(out[:, ::100].mean() - ZERO_LEVEL) < 0.5
    assert (out[3] == ZERO_LEVEL).all()


def test_a_last_incomplete_group_is_added_as_it_is() -> None:
    data = np.full((5, 1), 100, np.uint8)
    data[-1] = 110
    statistics = ChannelStatistics(np.array([100.0]), np.array([16.0]), 5)
    rfi_mask = mask_channels(statistics, 6.0)
    table = cleaning_table(statistics, rfi_mask, is_ascending=False, downsample=4, zero_dm=False)
    out = np.zeros((1, 2), np.uint8)
    clean_chunk(data, table, out, 0)
    assert out.tolist() == [[ZERO_LEVEL, ZERO_LEVEL + 5]]


def test_floats_are_cleaned_like_bytes_and_what_is_not_finite_counts_as_the_mean() -> None:
    data = _noise()
    floats = data.astype(np.float32)
    floats[100:200, 5] = np.nan
    floats[7, 9] = np.inf
    floats[:, 12] = np.nan
    statistics = _statistics(floats)
    assert statistics.mean[5] == pytest.approx(np.delete(data[:, 5], np.s_[100:200]).mean())
    rfi_mask = mask_channels(statistics, 6.0)
    assert rfi_mask.bad_channels.sum() == 1
    table = cleaning_table(statistics, rfi_mask, is_ascending=False, downsample=1, zero_dm=False)
    from_floats, from_bytes = np.zeros((2, 64, len(data)), np.uint8)
    clean_chunk(floats, table, from_floats, 0)
    clean_chunk(data, table, from_bytes, 0)
    assert (from_floats[5, 100:200] == ZERO_LEVEL).all()
    assert from_floats[9, 7] == ZERO_LEVEL
    assert (from_floats[12] == ZERO_LEVEL).all()
    np.testing.assert_array_equal(from_floats[20], from_bytes[20])


def test_a_constant_float_channel_is_dead() -> None:
    assert _statistics(np.full((50_000, 2), 0.1, np.float32)).std.tolist() == [0.0, 0.0]
