"""Powers at half bins against the definition, their noise and their signals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.constants import LANES
from fastpipe_kernels.half_bins import SIDE_BINS, half_bin_powers
from tests.references import spectral_search as reference


def _spectra(nbins: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((nbins, 2, LANES), dtype=np.float32)


@given(nbins=st.integers(1, 60), short=st.integers(1, 2), seed=st.integers(0, 2**31))
def test_powers_equal_reference(nbins: int, short: int, seed: int) -> None:
    spectra = _spectra(nbins, seed)
    nrows = max(2 * nbins - short, 1)
    powers = np.full((nrows, LANES), np.nan, np.float32)
    half_bin_powers(spectra, 0.0, powers)
    for lane in (0, 7, 15):
        spectrum = spectra[:, 0, lane].astype(np.float64) + 1j * spectra[:, 1, lane]
        expected = reference.half_bin_powers(spectrum, SIDE_BINS, nrows)
        np.testing.assert_allclose(powers[:, lane], expected, rtol=1e-4, atol=1e-4)


def test_noise_has_mean_one_at_bins_and_half_bins() -> None:
    spectra = _spectra(2000, 1)
    spectra *= np.sqrt(0.5)
    powers = np.empty((3998, LANES), np.float32)
    half_bin_powers(spectra, 0.0, powers)
    assert powers[2::2].mean() == pytest.approx(1.0, abs=0.02)
    assert powers[3::2].mean() == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize(("offset", "kept"), [(0.0, 1.0), (0.5, 0.975), (0.25, 0.81), (0.75, 0.81)])
def test_power_kept_between_trials(offset: float, kept: float) -> None:
    # The spectrum of exp(2 pi i r t) of unit power, r = 40 + offset: the scalloping of trials half a bin apart.
    distance = 40 + offset - np.arange(90)
    amplitude = np.exp(1j * np.pi * distance) * np.sinc(distance)
    spectra = np.repeat(np.stack([amplitude.real, amplitude.imag], axis=1)[:, :, np.newaxis], LANES, axis=2)
    powers = np.empty((178, LANES), np.float32)
    half_bin_powers(spectra.astype(np.float32), 0.0, powers)
    assert powers.max() == pytest.approx(kept, abs=0.01)
    assert abs(int(powers[:, 0].argmax()) - 2 * (40 + offset)) <= 0.5


def test_the_excess_of_padded_series_is_taken_from_half_bins_only() -> None:
    spectra = _spectra(100, 2)
    powers, padded = np.empty((198, LANES), np.float32), np.empty((198, LANES), np.float32)
    half_bin_powers(spectra, 0.0, powers)
    half_bin_powers(spectra, 0.25, padded)
    np.testing.assert_array_equal(padded[::2], powers[::2])
    inner = slice(2 * SIDE_BINS + 1, 2 * (100 - SIDE_BINS), 2)
    np.testing.assert_allclose(padded[inner], powers[inner] / 1.25, rtol=1e-5)
