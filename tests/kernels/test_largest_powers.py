"""Largest powers against the spectra of NumPy."""

import numpy as np
import pytest

from fastpipe.algorithms.lane_fft import transform_passes
from fastpipe_kernels.largest_powers import largest_powers


@pytest.mark.parametrize("length", [12, 60, 125, 256, 600])
def test_largest_powers_are_those_of_the_spectrum(length: int) -> None:
    rng = np.random.default_rng(length)
    blocks = rng.normal(5.0, 2.0, (3, length + 2, 16)).astype(np.float32)
    blocks[:, :length, 3] += 4 * np.cos(2 * np.pi * 5 * np.arange(length) / length).astype(np.float32)
    scaling = np.tile(np.array([5.0, 0.5], np.float32)[:, None], (3, 1, 16))
    powers = np.abs(np.fft.rfft((blocks[:, :length] - 5.0) / 2, axis=1)[:, 1 : (length + 1) // 2]) ** 2
    found = np.empty((3, 2, 16), np.float32)
    largest_powers(blocks, scaling, transform_passes(length), 5, np.empty(48 * length, np.float32), found)
    np.testing.assert_allclose(found[:, 0], powers[:, 4:].max(axis=1), rtol=1e-4)
    np.testing.assert_allclose(found[:, 1], powers.sum(axis=1), rtol=1e-5)
