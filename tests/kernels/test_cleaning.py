"""Cleaning kernels against plain NumPy."""

import numpy as np
import pytest

from fastpipe_kernels.byte_transpose import TILE, transpose_tile
from fastpipe_kernels.cleaning import add_products, clean
from tests.references import cleaning as reference

KINDS = pytest.mark.parametrize("dtype", [np.uint8, np.float32])


def _case(nsamples: int, nchans: int, dtype: type, nrows: int, seed: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spectra of three intervals with bad ones between them, and a masked channel in one interval."""
    rng = np.random.default_rng(seed)
    data = rng.integers(60, 130, (nsamples, nchans)).astype(dtype)
    state = np.sort(rng.integers(0, 3, nsamples))
    state[rng.random(nsamples) < 0.1] = -1
    gain = rng.uniform(0.5, 1.5, (3, nchans))
    table = np.stack([gain, -95 * gain, rng.normal(0.0, 1.0 / nchans, gain.shape)], axis=1)
    table[1, :, nchans // 2] = 0.0
    return data, state, table[:, :nrows].astype(np.float32)


def test_a_tile_of_bytes_is_transposed() -> None:
    tile = np.random.default_rng(1).integers(0, 256, (TILE, 24), np.uint8)
    out = np.zeros((24, TILE), np.uint8)
    transpose_tile(tile.view(np.uint64), out.view(np.uint64))
    np.testing.assert_array_equal(out, tile.T)


@KINDS
@pytest.mark.parametrize("nrows", [2, 3])
@pytest.mark.parametrize(("nsamples", "nchans", "downsample"), [(1, 1, 1), (TILE + 3, 7, 1), (TILE, 512, 1), (41, 9, 4)])
def test_clean_is_its_definition(dtype: type, nrows: int, nsamples: int, nchans: int, downsample: int) -> None:
    data, state, table = _case(nsamples, nchans, dtype, nrows)
    order = np.random.default_rng(3).permutation(nchans)
    nout = -(-nsamples // downsample)
    out = np.full((nchans + 2, nout + 5), 77, np.uint8)
    clean(data, state, table, order * out.shape[1] + 3, downsample, out)

    expected = np.clip(np.floor(reference.clean(data, state, table, downsample) + 0.5), 0, 255)
    # A value half-way between two steps may go either way in single precision.
    assert np.abs(out[order, 3 : 3 + nout].astype(int) - expected).max() <= 1
    assert np.mean(out[order, 3 : 3 + nout] != expected) < 0.02
    assert (out[nchans:] == 77).all()
    assert (out[:, :3] == 77).all()
    assert (out[:, 3 + nout :] == 77).all()


def test_values_whose_sum_is_not_finite_count_as_the_mean() -> None:
    data = np.full((1, 8), 100.0, np.float32)
    data[0, :4] = [3e38, 3e38, np.nan, -np.inf]
    table = np.stack([np.ones(8), np.full(8, -90.0), np.full(8, 0.1)])[None].astype(np.float32)
    table[0, :, 7] = 0.0
    state, out = np.zeros(1, np.int64), np.zeros((8, 1), np.uint8)
    clean(data, state, table, np.arange(8), 1, out)
    assert out[:, 0].tolist() == [125, 125, 125, 125, 136, 136, 136, 128]
    sums = np.zeros((2, 8))
    add_products(data, state, table[0], sums)
    assert sums.tolist() == [[0.0] * 4 + [300.0] * 3 + [0.0], [0.0] * 4 + [100.0] * 3 + [0.0]]


@KINDS
def test_sums_of_products_are_those_of_numpy(dtype: type) -> None:
    data, state, table = _case(60, 9, dtype, 3)
    state = np.minimum(state, 0)
    sums = np.ones((2, 9))
    add_products(data, state, table[0], sums)
    x = reference.scaled(data, state, table)
    np.testing.assert_allclose(sums[0], 1.0 + (x * x.sum(axis=1, keepdims=True)).sum(axis=0), rtol=1e-4, atol=1.0)
    np.testing.assert_allclose(sums[1], 1.0 + (x**2).sum(axis=0), rtol=1e-4)
