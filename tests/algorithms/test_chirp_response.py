"""The Fourier response of a drifting signal against the transform of one."""

import numpy as np
import pytest

from fastpipe.algorithms.chirp_response import chirp_response
from tests.references import acceleration as reference


@pytest.mark.parametrize("z", [-1000.0, -317.5, -80.0, -4.0, -1.0, -1e-3, 0.0, 1e-6, 0.1, 2.0, 33.0, 200.0, 1000.0])
@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.5])
def test_response_equals_transform_of_a_chirp(z: float, fraction: float) -> None:
    nsamples, r = 1 << 15, 9000 + fraction
    spectrum = reference.chirp_spectrum(nsamples, r, z)
    bins = np.arange(7500, 10500)
    # Time counts from the first sample in a transform and from the middle in the response.
    expected = spectrum[bins] * np.exp(1j * np.pi * bins)
    np.testing.assert_allclose(chirp_response(bins - r, z), expected, atol=1e-3 * abs(spectrum).max())


def test_response_equals_its_integral() -> None:
    for z in (-7.0, 0.0, 50.0):
        for offset in (-30.25, 0.0, 0.5, 12.0):
            assert abs(chirp_response(offset, z) - reference.chirp_response(offset, z)) < 1e-6


def test_response_is_even_and_that_of_the_opposite_drift_is_its_conjugate() -> None:
    offsets = np.linspace(-60, 60, 241)
    response = chirp_response(offsets, 40.0)
    np.testing.assert_allclose(response, response[::-1], atol=1e-12)
    np.testing.assert_allclose(chirp_response(offsets, -40.0), response.conj(), atol=1e-12)


def test_all_energy_is_found_for_every_drift() -> None:
    bins = np.arange(-20_000, 20_001)
    for z in (0.0, 3.0, 100.0, 900.0):
        for fraction in (0.0, 0.5):
            assert (abs(chirp_response(bins - fraction, z)) ** 2).sum() == pytest.approx(1.0, abs=2e-5)
