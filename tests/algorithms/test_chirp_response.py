"""The Fourier response of a drifting signal, at a constant rate or not, against the transform of one."""

import numpy as np
import pytest

from fastpipe.algorithms.chirp_response import chirp_response, jerk_responses, mean_frequency_offset
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


@pytest.mark.parametrize("w", [-600.0, -300.0, -20.0, 5.0, 100.0, 2000.0])
@pytest.mark.parametrize("fraction", [0.0, 0.5])
def test_response_with_jerk_equals_transform_of_a_chirp(w: float, fraction: float) -> None:
    # A chirp of 2^17 samples: a short one aliases, which has cost others a fifth of the amplitude.
    nsamples, r = 1 << 17, 30_000 + fraction
    drifts, bins = np.array([-200.0, -40.0, 0.0, 7.0, 200.0]), np.arange(29_500, 30_500)
    responses = jerk_responses(bins - r - mean_frequency_offset(w), drifts, w)
    for z, response in zip(drifts.tolist(), responses, strict=True):
        spectrum = reference.chirp_spectrum(nsamples, r, z, w=w)[bins]
        # Time counts from the first sample in a transform and from the middle in the response.
        np.testing.assert_allclose(response, spectrum * np.exp(1j * np.pi * bins), atol=1e-3 * abs(spectrum).max())


def test_response_without_jerk_is_that_to_a_constant_rate() -> None:
    offsets = np.linspace(-60, 60, 241)
    np.testing.assert_allclose(jerk_responses(offsets, np.array([40.0]), 0.0)[0], chirp_response(offsets, 40.0), atol=1e-9)


def test_frequencies_around_the_mean_do_not_depend_on_jerk() -> None:
    near = jerk_responses(np.linspace(-1.0, 1.0, 201), np.array([0.0]), 10.0)[0]
    assert abs(np.linspace(-1.0, 1.0, 201)[abs(near).argmax()]) <= 0.01
    assert abs(near).max() ** 2 == pytest.approx(0.961, abs=0.002)
