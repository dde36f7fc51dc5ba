"""Cleaning kernels against plain NumPy."""

import numpy as np
import pytest

from fastpipe_kernels.byte_transpose import TILE, transpose_tile
from fastpipe_kernels.cleaning import clean


def test_a_tile_of_bytes_is_transposed() -> None:
    tile = np.random.default_rng(1).integers(0, 256, (TILE, 24), np.uint8)
    out = np.zeros((24, TILE), np.uint8)
    transpose_tile(tile.view(np.uint64), out.view(np.uint64))
    np.testing.assert_array_equal(out, tile.T)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize(("nsamples", "nchans", "downsample"), [(1, 1, 1), (TILE + 3, 7, 1), (2 * TILE, 8, 1), (41, 9, 4)])
@pytest.mark.parametrize("zero_dm", [False, True])
def test_clean_is_its_definition(dtype: type, nsamples: int, nchans: int, downsample: int, zero_dm: bool) -> None:
    rng = np.random.default_rng(2)
    data = rng.integers(60, 130, (nsamples, nchans)).astype(dtype)
    table = np.stack([rng.uniform(0.5, 1.5, nchans), rng.uniform(-120, -60, nchans), np.ones(nchans)]).astype(np.float32)
    table[:, nchans // 2] = 0.0
    order = rng.permutation(nchans)
    nout = -(-nsamples // downsample)
    out = np.full((nchans + 2, nout + 5), 77, np.uint8)
    clean(data, table, order, downsample, zero_dm, 3, out)

    scaled = table[0] * data.astype(np.float64) + table[1]
    summed = np.add.reduceat(scaled, np.arange(0, nsamples, downsample), axis=0)
    if zero_dm:
        summed -= table[2] * summed.sum(axis=1, keepdims=True) / max(table[2].sum(), 1.0)
    expected = np.clip(np.floor(summed + 128.5), 0, 255).T
    # A value half-way between two steps may go either way in single precision.
    assert np.abs(out[order, 3 : 3 + nout].astype(int) - expected).max() <= 1
    assert np.mean(out[order, 3 : 3 + nout] != expected) < 0.02
    assert (out[nchans:] == 77).all()
    assert (out[:, :3] == 77).all()
    assert (out[:, 3 + nout :] == 77).all()
