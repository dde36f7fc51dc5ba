"""The transform in cache against NumPy: several columns, distant elements, all radices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.algorithms.lane_fft import transform_plan
from fastpipe_kernels.fft_passes import transform


@given(
    length=st.sampled_from([1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 20, 24, 25, 30, 32, 60, 64, 80, 90, 128]),
    ncolumns=st.integers(1, 4),
    gap=st.integers(0, 3),
    seed=st.integers(0, 2**31),
)
def test_columns_equal_numpy(length: int, ncolumns: int, gap: int, seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal((length, ncolumns + gap, 16), dtype=np.float32)
    before = x.copy()
    out, work = (np.full(length * ncolumns * 16, np.nan, np.float32) for _ in range(2))  # whatever they held is not used
    # The radices of a short transform are those of its rows.
    radices, twiddles = transform_plan(length).row_passes
    transform(x.reshape(-1), radices, twiddles, 16 * ncolumns, 16 * (ncolumns + gap), work, out)
    expected = np.fft.fft(x[:, :ncolumns, :8].astype(np.float64) + 1j * x[:, :ncolumns, 8:], axis=0)
    result = out.reshape(length, ncolumns, 16)
    np.testing.assert_allclose(result[..., :8] + 1j * result[..., 8:], expected, atol=1e-5)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("radices", [[8], [8, 2], [2, 8], [4, 4, 8], [8, 8, 4], [5, 8], [8, 3]])
def test_any_order_of_radices_gives_the_transform(radices: list[int]) -> None:
    length = int(np.prod(radices))
    tables, rest = [], length
    for radix in radices:
        turns = np.outer(np.arange(rest // radix), np.arange(1, radix)) / rest
        tables.append(np.stack([np.cos(2 * np.pi * turns), -np.sin(2 * np.pi * turns)], axis=-1).reshape(-1))
        rest //= radix
    x = np.random.default_rng(2).standard_normal((length, 16), dtype=np.float32)
    out, work = np.empty(16 * length, np.float32), np.empty(16 * length, np.float32)
    transform(x.reshape(-1), np.array(radices), np.concatenate(tables).astype(np.float32), 16, 16, work, out)
    expected = np.fft.fft(x[:, :8].astype(np.float64) + 1j * x[:, 8:], axis=0)
    rows = out.reshape(length, 16)
    np.testing.assert_allclose(rows[:, :8] + 1j * rows[:, 8:], expected, atol=2e-5)


@pytest.mark.parametrize("length", [4, 8, 60])
def test_impulse_gives_the_unit_circle(length: int) -> None:
    x = np.zeros((length, 16), np.float32)
    x[1, 0] = 1.0
    out, work = np.empty(16 * length, np.float32), np.empty(16 * length, np.float32)
    transform(x.reshape(-1), *transform_plan(length).row_passes, 16, 16, work, out)
    rows = out.reshape(length, 16)
    np.testing.assert_allclose(rows[:, 0] + 1j * rows[:, 8], np.exp(-2j * np.pi * np.arange(length) / length), atol=1e-6)
