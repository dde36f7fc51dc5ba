"""Zero-DM filters: shared signals go, noise and pulsars stay."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.algorithms.cleaning import NOISE_STD, Spectra, cleaning_table
from fastpipe.algorithms.zero_dm import (
    FILTERED_SWEEP_S,
    add_regression_sums,
    dm_of_filter,
    mean_weights,
    regression_weights,
)
from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe.dispersion import dm_delay_s
from tests.references import cleaning as reference


def _sums(x: np.ndarray) -> np.ndarray:
    return np.stack([(x * x.sum(axis=1, keepdims=True)).sum(axis=0), (x**2).sum(axis=0)])


def _filtered(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return np.asarray(x - weight * (x.sum(axis=1, keepdims=True) - x))


@given(nsamples=st.integers(2, 40), nchans=st.integers(1, 12), seed=st.integers(0, 1000), shared=st.floats(0.0, 20.0))
def test_the_regression_is_least_squares(nsamples: int, nchans: int, seed: int, shared: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(nsamples, nchans)) + shared * rng.normal(size=(nsamples, 1))
    x[:, rng.random(nchans) < 0.2] = 0.0
    ngood = np.count_nonzero(x.any(axis=0))
    limit = 10.0 / max(ngood - 1, 1)
    expected = np.clip(reference.regression_weights(x), -limit, limit)
    np.testing.assert_allclose(regression_weights(_sums(x)), expected, atol=1e-6)


def test_sums_of_spectra_are_sums_of_clean_units_without_bad_samples() -> None:
    rng = np.random.default_rng(1)
    data = rng.normal(90.0, 4.0, (300, 6)).astype(np.float32)
    data[5, 2] = np.nan
    data[7] = 1e4
    interval = np.zeros(300, np.int64)
    interval[7] = -1
    statistics = ChannelStatistics(np.full(6, 90.0), np.full(6, 4.0), 300)
    table = cleaning_table(statistics, np.arange(6)[None] != 4, is_ascending=False, downsample=1)
    sums = np.zeros((2, 6))
    for part in (np.s_[:100], np.s_[100:]):
        add_regression_sums(Spectra(data[part], interval[part]), table, sums)
    x = np.nan_to_num(NOISE_STD / 4 * (data.astype(np.float64) - 90.0))
    x[7], x[:, 4] = 0.0, 0.0
    np.testing.assert_allclose(sums, _sums(x), rtol=1e-4, atol=1.0)
    assert regression_weights(sums)[4] == 0.0


@pytest.mark.parametrize("nchans", [2, 3, 256])
def test_noise_that_is_not_shared_stays(nchans: int) -> None:
    x = np.random.default_rng(2).normal(size=(20_000, nchans))
    weight = regression_weights(_sums(x))
    assert np.abs(weight).max() < 4.0 / np.sqrt(20_000)
    np.testing.assert_allclose(_filtered(x, weight).std(axis=0), x.std(axis=0), rtol=0.01)


@pytest.mark.parametrize("nchans", [2, 3, 256])
def test_each_channel_loses_its_own_share_of_a_shared_signal(nchans: int) -> None:
    rng = np.random.default_rng(3)
    share = np.linspace(0.5, 2.0, nchans)
    mains = 10.0 * np.sin(np.arange(20_000) * 0.1)[:, None]
    x = rng.normal(size=(20_000, nchans)) + share * mains
    residual = _filtered(x, regression_weights(_sums(x)))
    carrier = mains[:, 0] / np.sqrt((mains**2).sum())
    alike = _filtered(x, mean_weights(np.ones((1, nchans), bool))[0])
    # Where the others hold noise as well, least squares leave a little of the signal rather than add their noise.
    assert np.abs(carrier @ residual).max() < 0.15 * np.abs(carrier @ alike).max()
    assert residual.std(axis=0).max() < 5.0


def test_slow_signals_that_channels_share_go_with_the_fast_ones() -> None:
    x = np.random.default_rng(4).normal(size=(5000, 64)) + 3.0
    assert abs(_filtered(x, regression_weights(_sums(x))).mean()) < 0.01


def test_a_channel_alone_is_not_filtered() -> None:
    x = np.random.default_rng(5).normal(size=(100, 1))
    assert regression_weights(_sums(x)).tolist() == [0.0]
    assert mean_weights(np.array([[True], [False]])).tolist() == [[0.0], [0.0]]
    assert mean_weights(np.array([[True, False], [True, True]])).tolist() == [[0.0, 0.0], [1.0, 1.0]]


def test_constant_and_masked_channels_do_no_harm() -> None:
    assert regression_weights(np.zeros((2, 5))).tolist() == [0.0] * 5
    x = np.random.default_rng(6).normal(size=(100, 4))
    x[:, 1] = 0.0
    weight = regression_weights(_sums(x))
    assert np.isfinite(weight).all()
    assert weight[1] == 0.0


def test_the_dm_of_the_filter_has_the_stated_sweep() -> None:
    freqs = np.linspace(1050.0, 1450.0, 256)
    assert float(dm_delay_s(dm_of_filter(freqs), 1050.0, 1450.0)) == pytest.approx(FILTERED_SWEEP_S)
    assert dm_of_filter(freqs[::-1]) == dm_of_filter(freqs)
    assert dm_of_filter(np.array([1400.0])) == np.inf


@pytest.mark.parametrize(("width_s", "kept"), [(0.001, 0.97), (0.003, 0.91), (0.005, 0.86), (0.01, 0.73)])
def test_a_pulse_keeps_the_stated_part_at_the_dm_of_the_filter(width_s: float, kept: float) -> None:
    tsamp, nchans = 2e-4, 200
    delays = np.rint(np.linspace(0.0, FILTERED_SWEEP_S, nchans) / tsamp).astype(int)
    times_s = (np.arange(2048) - 1024) * tsamp
    pulse = np.exp(-4.0 * np.log(2.0) * (times_s / width_s) ** 2)
    x = np.stack([np.roll(pulse, delay) for delay in delays], axis=1)
    filtered = _filtered(x, mean_weights(np.ones((1, nchans), bool))[0])
    dedispersed = np.mean([np.roll(filtered[:, c], -delay) for c, delay in enumerate(delays)], axis=0)
    assert (dedispersed @ pulse) / (pulse @ pulse) == pytest.approx(kept, abs=0.02)
