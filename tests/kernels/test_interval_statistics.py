"""Kernels of the statistics of intervals against their definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe_kernels.interval_statistics import add_bytes, add_floats

Sums = tuple[np.ndarray, np.ndarray, np.ndarray]


def outputs(nrows: int, nchans: int, decimation: int) -> Sums:
    series = np.zeros((nchans // 16, -(-nrows // decimation), 16), np.float32)
    return series, np.zeros((5, nchans)), np.zeros(-(-nrows // 16) * 16, np.float32)


def expected(values: np.ndarray, weight: np.ndarray, first: int, nrows: int, decimation: int) -> Sums:
    """Series [nseries, nchans], sums of the first to fourth powers [4, nchans], sum over channels, by NumPy in float64."""
    series = np.zeros((-(-nrows // decimation), values.shape[1]))
    np.add.at(series, (first + np.arange(len(values))) // decimation, values)
    zero_dm = np.zeros(-(-nrows // 16) * 16)
    zero_dm[first : first + len(values)] = values @ weight
    return series, np.stack([np.sum(values**power, axis=0) for power in (1, 2, 3, 4)]), zero_dm


def by_channel(series: np.ndarray) -> np.ndarray:
    return series.transpose(1, 0, 2).reshape(series.shape[1], -1)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    first=st.integers(0, 70),
    nrows=st.integers(1, 150),
    ngroups=st.integers(1, 5),
    decimation=st.sampled_from([1, 2, 8, 32, 128]),
)
def test_bytes_add_up(seed: int, first: int, nrows: int, ngroups: int, decimation: int) -> None:
    rng = np.random.default_rng(seed)
    data = rng.integers(0, 256, (nrows, 64 * ngroups), np.uint8)
    table = np.stack([np.ones(64 * ngroups), rng.integers(0, 256, 64 * ngroups), rng.normal(size=64 * ngroups)])
    table = table.astype(np.float32)
    series, sums, zero_dm = outputs(first + nrows, 64 * ngroups, decimation)
    add_bytes(data, (first, decimation), table, series, sums, zero_dm)
    values = data - table[1].astype(np.float64)
    exact = expected(values, table[2].astype(np.float64), first, first + nrows, decimation)
    np.testing.assert_array_equal(by_channel(series), exact[0])
    np.testing.assert_array_equal(sums[0], np.sum((data == 0) | (data == 255), axis=0))
    np.testing.assert_array_equal(sums[1:3], exact[1][:2])
    np.testing.assert_allclose(sums[3:], exact[1][2:], rtol=1e-5, atol=nrows * 2.0)
    np.testing.assert_allclose(zero_dm, exact[2], atol=1e-2)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), first=st.integers(0, 40), nrows=st.integers(1, 90), share=st.floats(0, 1))
def test_floats_add_up_without_what_is_not_finite(seed: int, first: int, nrows: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    data = rng.normal(1000.0, 3.0, (nrows, 64)).astype(np.float32)
    is_bad = rng.uniform(size=data.shape) < share
    data[is_bad] = rng.choice(np.array([np.nan, np.inf, -np.inf, 3e38], np.float32), np.count_nonzero(is_bad))
    table = np.stack([np.full(64, 0.25), np.full(64, 250.0), rng.normal(size=64)]).astype(np.float32)
    series, sums, zero_dm = outputs(first + nrows, 64, 4)
    # Without the compiler NumPy warns of the squares that are too large.
    with np.errstate(over="ignore", invalid="ignore"):
        add_floats(data, (first, 4), table, series, sums, zero_dm)
    values = np.where(is_bad, 0.0, (data.astype(np.float64) - 1000.0) / 4)
    exact = expected(values, table[2].astype(np.float64), first, first + nrows, 4)
    np.testing.assert_array_equal(sums[0], np.sum(~is_bad, axis=0))
    np.testing.assert_allclose(by_channel(series), exact[0], atol=1e-5)
    np.testing.assert_allclose(sums[1:], exact[1], rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(zero_dm, exact[2], atol=1e-4)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_parts_add_up_to_the_same_bits(kind: type) -> None:
    rng = np.random.default_rng(5)
    data = rng.integers(0, 256, (400, 64)).astype(kind)
    table = np.stack([np.ones(64), np.full(64, 90.0), rng.normal(size=64)]).astype(np.float32)
    add = add_bytes if kind is np.uint8 else add_floats
    whole, parts = outputs(400, 64, 8), outputs(400, 64, 8)
    add(data, (0, 8), table, *whole)
    for first, last in ((0, 128), (128, 384), (384, 400)):
        add(data[first:last], (first, 8), table, *parts)
    for left, right in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(left, right)


def test_bytes_at_the_end_of_the_range_are_all_counted() -> None:
    series, sums, zero_dm = outputs(1000, 64, 8)
    table = np.stack([np.ones(64), np.full(64, 255.0), np.zeros(64)]).astype(np.float32)
    add_bytes(np.full((1000, 64), 255, np.uint8), (0, 8), table, series, sums, zero_dm)
    assert np.all(sums[0] == 1000)
    assert not sums[1:].any()
