"""Boxcars are those of the definition, and noise has the S/N of noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastpipe.algorithms.boxcar_match import boxcar_widths, match_boxcars


def match_by_definition(profile: NDArray[np.float64]) -> float:
    """Dot product with every zero-mean unit-energy boxcar at every phase."""
    nbins = len(profile)
    best = -np.inf
    for width in boxcar_widths(nbins):
        template = np.zeros(nbins)
        template[:width] = 1.0
        template -= template.mean()
        template /= np.sqrt(np.sum(template**2))
        best = max(best, *(float(profile @ np.roll(template, shift)) for shift in range(nbins)))
    return best


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nbins=st.integers(2, 70))
def test_boxcars_are_those_of_the_definition(seed: int, nbins: int) -> None:
    profiles = np.random.default_rng(seed).normal(3.0, 1.0, (2, nbins))
    expected = [match_by_definition(profile) for profile in profiles]
    np.testing.assert_allclose(match_boxcars(profiles).snr, expected, rtol=1e-9)


@pytest.mark.parametrize("width", [1, 6, 28])
def test_one_boxcar_of_noise_has_unit_variance(width: int) -> None:
    rng = np.random.default_rng(1)
    template = np.where(np.arange(64) < width, 1.0, 0.0)
    profiles = rng.normal(0, 1, (4000, 64)) + 20.0 * template / np.sqrt(width * (1 - width / 64))
    match = match_boxcars(profiles)
    at_its_place = match.snr[(match.width_bins == width) & (match.first_bin == 0)]
    assert np.mean(match.snr) == pytest.approx(20.0, abs=0.6)
    assert np.std(at_its_place) == pytest.approx(1.0, abs=0.1)


def test_noise_profiles_rarely_exceed_what_their_trials_allow() -> None:
    profiles = np.random.default_rng(2).normal(0, 1, (2000, 64))
    snr = match_boxcars(profiles).snr
    assert 2.3 < np.median(snr) < 3.1
    assert np.mean(snr > 4.5) < 64 * len(boxcar_widths(64)) * 3.4e-6 * 2
