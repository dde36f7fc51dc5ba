"""Rounding of simulated spectra to counts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from fastpipe_kernels.simulation import quantise

SPECTRA = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.floats(-100, 100, width=32))


@given(values=SPECTRA, nbits=st.sampled_from([1, 2, 4, 8, 16]), seed=st.integers(0, 99))
def test_quantise_equals_its_formula(values: NDArray[np.float32], nbits: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    broadband = rng.normal(size=len(values)).astype(np.float32)
    mean, std = rng.uniform(0, 2**nbits, (2, values.shape[1])).astype(np.float32)
    out = np.empty(values.shape, np.uint16 if nbits > 8 else np.uint8)
    quantise(values, broadband, mean, std, np.float32(2**nbits - 1), out)
    exact = mean + std * (values.astype(np.float64) + broadband[:, None])
    expected = np.clip(np.floor(exact + 0.5), 0, 2**nbits - 1)
    # Where float32 rounds across a half, the counts may differ by one.
    is_half = np.abs(exact + 0.5 - np.round(exact + 0.5)) < 1e-2
    np.testing.assert_array_equal(out[~is_half], expected[~is_half])
    assert np.abs(out - expected).max() <= 1
