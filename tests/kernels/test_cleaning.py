"""Cleaning kernels against plain NumPy."""

from itertools import pairwise

import numpy as np
import pytest

from fastpipe_kernels.byte_lanes import BLOCK
from fastpipe_kernels.cleaning import TILE, add_products, clean
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


def _expected(data: np.ndarray, state: np.ndarray, table: np.ndarray, downsample: int) -> np.ndarray:
    return np.clip(np.floor(reference.clean(data, state, table, downsample) + 0.5), 0, 255)


def _check(out: np.ndarray, expected: np.ndarray) -> None:
    # A value half-way between two steps may go either way in single precision.
    assert np.abs(out.astype(int) - expected).max() <= 1
    assert np.mean(out != expected) < 0.02


COUNTS = (1, 2, BLOCK - 1, BLOCK, BLOCK + 1, TILE - 1, TILE, TILE + 1, TILE + BLOCK + 3)


@KINDS
@pytest.mark.parametrize("nrows", [2, 3])
@pytest.mark.parametrize("nout", COUNTS)
def test_clean_is_its_definition(dtype: type, nrows: int, nout: int) -> None:
    nchans, downsample = 70, 1 + nout % 3
    data, state, table = _case(nout * downsample - downsample // 2, nchans, dtype, nrows)
    order = np.random.default_rng(3).permutation(nchans)
    out = np.full((nchans + 2, nout + 5), 77, np.uint8)
    clean(data, state, table, order * out.shape[1] + 3, downsample, out)

    _check(out[order, 3 : 3 + nout], _expected(data, state, table, downsample))
    assert (out[nchans:] == 77).all()
    assert (out[:, :3] == 77).all()
    assert (out[:, 3 + nout :] == 77).all()


@pytest.mark.parametrize("nrows", [2, 3])
@pytest.mark.parametrize("downsample", [1, 2, 3, 8])
@pytest.mark.parametrize("nchans", [64, 96, 336, 512, 1000, 4096])
def test_any_number_of_channels_and_of_spectra_a_sample(nchans: int, downsample: int, nrows: int) -> None:
    data, state, table = _case(67, nchans, np.uint8, nrows)
    nout = -(-len(data) // downsample)
    out = np.zeros((nchans, nout), np.uint8)
    clean(data, state, table, np.arange(nchans) * nout, downsample, out)
    _check(out, _expected(data, state, table, downsample))


@pytest.mark.parametrize("nout", [20, TILE + BLOCK + 3])
@pytest.mark.parametrize("first", [0, 1, 63])
@pytest.mark.parametrize("row_bytes", [2**16 + BLOCK, 2**16 + 1])
def test_rows_of_any_alignment_are_written_the_same_and_no_byte_besides(row_bytes: int, first: int, nout: int) -> None:
    """Of large arrays, whose rows are streamed where they all begin at the same place of a cache line."""
    data, state, table = _case(nout, BLOCK + 6, np.uint8, 2)
    nchans = data.shape[1]
    small, large = np.zeros((nchans, nout), np.uint8), np.full(nchans * row_bytes + BLOCK, 77, np.uint8)
    clean(data, state, table, np.arange(nchans) * nout, 1, small)
    out = large[-large.ctypes.data % BLOCK :][: nchans * row_bytes].reshape(nchans, row_bytes)
    clean(data, state, table, np.arange(nchans) * row_bytes + first, 1, out)
    np.testing.assert_array_equal(out[:, first : first + nout], small)
    out[:, first : first + nout] = 77
    assert (large == 77).all()


@KINDS
@pytest.mark.parametrize("nrows", [2, 3])
def test_samples_do_not_depend_on_where_the_spectra_are_cut(dtype: type, nrows: int) -> None:
    data, state, table = _case(1500, 130, dtype, nrows)
    whole, parts = np.zeros((130, 500), np.uint8), np.zeros((130, 500), np.uint8)
    position = np.arange(130) * 500
    clean(data, state, table, position, 3, whole)
    for first, last in pairwise((0, 1, 7, 71, 299, 300, 500)):
        clean(data[3 * first : 3 * last], state[3 * first : 3 * last], table, position + first, 3, parts)
    np.testing.assert_array_equal(parts, whole)


def test_values_whose_sum_is_not_finite_count_as_the_mean() -> None:
    data = np.full((1, 70), 100.0, np.float32)
    data[0, :4] = [3e38, 3e38, np.nan, -np.inf]
    table = np.stack([np.ones(70), np.full(70, -90.0), np.full(70, 0.1)])[None].astype(np.float32)
    table[0, :, 7:] = 0.0
    table[0, :, 68] = table[0, :, 5]  # one of those that are added to a sum one by one
    state, out = np.zeros(1, np.int64), np.zeros((70, 1), np.uint8)
    clean(data, state, table, np.arange(70), 1, out)
    assert out[:8, 0].tolist() == [124, 124, 124, 124, 135, 135, 135, 128]
    assert out[68, 0] == 135
    data, table = np.ascontiguousarray(data[:, :8]), np.ascontiguousarray(table[:, :, :8])
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
