"""The trend between the ends of a series: taken where there is one, left where noise feigns it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.algorithms.end_matching import subtract_trend
from fastpipe.constants import LANES


@pytest.mark.parametrize("nsamples", [1000, 1 << 14])
def test_a_parabola_leaves_nothing(nsamples: int) -> None:
    place = np.linspace(-1.0, 1.0, nsamples)[:, np.newaxis]
    coefficients = np.random.default_rng(1).normal(0.0, 10.0, (3, LANES))
    block = (coefficients[0] + coefficients[1] * place + coefficients[2] * place**2).astype(np.float32)
    subtract_trend(block, nsamples)
    assert np.abs(block).max() < 0.02 * np.abs(coefficients).max()


def test_white_noise_stays_as_it_is_but_for_its_mean() -> None:
    noise = np.random.default_rng(2).standard_normal((1 << 14, LANES)).astype(np.float32)
    block = noise + np.float32(50.0)
    subtract_trend(block, len(block))
    changed = (block - noise).std(axis=0)
    assert np.count_nonzero(changed < 1e-3) >= 12
    assert changed.max() < 0.1


@given(nsamples=st.integers(1, 300), beyond=st.integers(0, 5), seed=st.integers(0, 2**31))
def test_rows_beyond_the_data_stay_and_results_are_finite(nsamples: int, beyond: int, seed: int) -> None:
    block = np.random.default_rng(seed).normal(90.0, 3.0, (nsamples + beyond, LANES)).astype(np.float32)
    block[nsamples:] = 7.0
    subtract_trend(block, nsamples)
    assert np.all(np.isfinite(block))
    assert np.all(block[nsamples:] == 7.0)


def test_lanes_of_a_constant_are_silent_beside_others() -> None:
    block = np.random.default_rng(3).standard_normal((4096, LANES)).astype(np.float32)
    block[:, 5] = 90.0
    block[:, 9] = 0.0
    assert np.flatnonzero(subtract_trend(block, 4096)).tolist() == [5, 9]
