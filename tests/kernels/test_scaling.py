"""Scaling of samples against the definition."""

from typing import Any

import numpy as np
import pytest

from fastpipe_kernels.scaling import scale_samples


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32])
@pytest.mark.parametrize(("npol", "nused"), [(1, 1), (2, 1), (2, 2), (4, 2)])
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (7, 33)])
def test_scale_samples(dtype: Any, npol: int, nused: int, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    samples = rng.integers(0, 100, (shape[0], npol, shape[1])).astype(dtype)
    gains, levels = rng.normal(size=(nused, shape[1])).astype(np.float32), rng.normal(size=shape[1]).astype(np.float32)
    out = np.full(shape, np.nan, np.float32)
    scale_samples(samples, gains, levels, out)
    expected = (samples[:, :nused].astype(np.float64) * gains).sum(axis=1) + levels
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-4)
