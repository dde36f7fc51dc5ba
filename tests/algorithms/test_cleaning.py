"""Cleaning: clean samples of known mean and spread, from what is finite."""

import numpy as np
import pytest

from fastpipe.algorithms.cleaning import NOISE_STD, Spectra, clean_spectra, cleaning_table
from fastpipe.algorithms.dedispersion import ZERO_LEVEL
from fastpipe.algorithms.zero_dm import mean_weights
from fastpipe.data.channel_statistics import ChannelStatistics
from tests.references import cleaning as reference


def _noise(nsamples: int = 20_000, nchans: int = 64, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    bandpass = 60 + 40 * np.sin(np.linspace(0, 3, nchans))
    return np.clip(np.rint(rng.normal(bandpass, bandpass / 6, (nsamples, nchans))), 0, 255).astype(np.uint8)


def _statistics(data: np.ndarray) -> ChannelStatistics:
    finite = np.where(np.isfinite(data), data, 0.0).astype(np.float64)
    count = np.maximum(np.isfinite(data).sum(axis=0), 1)
    mean = finite.sum(axis=0) / count
    return ChannelStatistics(mean, np.sqrt((finite**2).sum(axis=0) / count - mean**2), len(data))


def _clean(
    data: np.ndarray,
    statistics: ChannelStatistics,
    *,
    downsample: int = 1,
    is_ascending: bool = False,
    weight: np.ndarray | None = None,
) -> np.ndarray:
    """Clean all spectra as one interval, without channels that never change."""
    spectra = Spectra(data, np.zeros(len(data), np.int64))
    is_good = statistics.std[None] > 0
    table = cleaning_table(statistics, is_good, weight, is_ascending=is_ascending, downsample=downsample)
    out = np.zeros((data.shape[1], -(-len(data) // downsample)), np.uint8)
    clean_spectra(spectra, table, out, 0)
    return out


@pytest.mark.parametrize("downsample", [1, 2, 8])
def test_clean_noise_has_the_stated_mean_and_spread(downsample: int) -> None:
    data = _noise()
    out = _clean(data, _statistics(data), downsample=downsample)
    np.testing.assert_allclose(out.mean(axis=1), ZERO_LEVEL, atol=0.5)  # half a step where gain is near 1
    np.testing.assert_allclose(out.std(axis=1), NOISE_STD, rtol=0.05)


def test_an_ascending_band_comes_out_descending() -> None:
    data = _noise()
    statistics = _statistics(data)
    flipped = ChannelStatistics(statistics.mean[::-1], statistics.std[::-1], statistics.nsamples)
    ascending = _clean(np.ascontiguousarray(data[:, ::-1]), flipped, is_ascending=True)
    np.testing.assert_array_equal(_clean(data, statistics), ascending)


@pytest.mark.parametrize("is_ascending", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("nchans", [1, 3, 63, 64, 65])
def test_bands_narrower_than_a_vector_are_cleaned_by_definition(nchans: int, dtype: type, is_ascending: bool) -> None:
    data = _noise(301, nchans).astype(dtype)
    statistics = _statistics(data)
    weight = np.full((1, nchans), 1.0 / nchans)
    out = _clean(data, statistics, downsample=2, is_ascending=is_ascending, weight=weight)
    table = cleaning_table(statistics, np.ones((1, nchans), bool), weight, is_ascending=False, downsample=2)
    expected = reference.clean(data, np.zeros(len(data), np.int64), table.numbers, 2)
    expected = np.clip(np.floor(expected + 0.5), 0, 255)
    assert np.abs((out[::-1] if is_ascending else out) - expected).max() <= 1
    assert np.mean((out[::-1] if is_ascending else out) != expected) < 0.02


def test_a_last_incomplete_group_is_added_as_it_is() -> None:
    data = np.full((5, 1), 100, np.uint8)
    data[-1] = 110
    statistics = ChannelStatistics(np.array([100.0]), np.array([16.0]), 5)
    assert _clean(data, statistics, downsample=4).tolist() == [[ZERO_LEVEL, ZERO_LEVEL + 5]]


def test_floats_are_cleaned_like_bytes_and_what_is_not_finite_counts_as_the_mean() -> None:
    data = _noise()
    floats = data.astype(np.float32)
    floats[100:200, 5] = np.nan
    floats[7, 9] = np.inf
    floats[:, 12] = np.nan
    statistics = _statistics(floats)
    assert statistics.mean[5] == pytest.approx(np.delete(data[:, 5], np.s_[100:200]).mean())
    from_floats, from_bytes = _clean(floats, statistics), _clean(data, statistics)
    assert (from_floats[5, 100:200] == ZERO_LEVEL).all()
    assert from_floats[9, 7] == ZERO_LEVEL
    assert (from_floats[12] == ZERO_LEVEL).all()
    np.testing.assert_array_equal(from_floats[20], from_bytes[20])


def test_zero_dm_removes_what_all_channels_share_and_leaves_masked_ones_alone() -> None:
    data = _noise()
    data[::100] = np.clip(data[::100].astype(int) + 60, 0, 255)
    data[:, 3] = 9
    statistics = _statistics(data)
    out = _clean(data, statistics, weight=mean_weights(statistics.std[None] > 0))
    assert abs(out[:, ::100].mean() - ZERO_LEVEL) < 0.5
    assert (out[3] == ZERO_LEVEL).all()


def test_clean_channels_that_do_not_hold_the_spectra_are_refused() -> None:
    spectra = Spectra(np.zeros((8, 4), np.uint8), np.zeros(8, np.int64))
    statistics = ChannelStatistics(np.zeros(4), np.ones(4), 8)
    table = cleaning_table(statistics, np.ones((1, 4), bool), is_ascending=False, downsample=2)
    with pytest.raises(ValueError, match=r"found clean channels of shape \(4, 5\), expected .* columns 2 to 6; make them"):
        clean_spectra(spectra, table, np.zeros((4, 5), np.uint8), 2)
