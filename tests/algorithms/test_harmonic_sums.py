"""Sums of harmonics in full, against their definition and against the peaks of the search."""

import numpy as np
import pytest

from fastpipe.algorithms.harmonic_sums import harmonic_sums
from fastpipe.algorithms.periodicity import search_powers
from fastpipe.errors import ConfigError


@pytest.mark.parametrize("nharm", [1, 2, 4, 8, 16, 32])
def test_sums_follow_the_definition(nharm: int) -> None:
    powers = np.random.default_rng(nharm).exponential(size=333).astype(np.float32)
    # Halves are rounded up, which is what the integers of the search do.
    expected = [sum(powers[int(np.floor(h * j / nharm + 0.5))] for h in range(1, nharm + 1)) for j in range(333)]
    np.testing.assert_allclose(harmonic_sums(powers, nharm), expected, rtol=1e-5)


def test_peaks_of_the_search_are_among_the_sums() -> None:
    nfft, tsamp = 4096, 1e-3
    powers = np.zeros((nfft, 16), np.float32)
    powers[:, 0] = np.random.default_rng(1).exponential(size=nfft)
    peaks = search_powers(powers, tsamp=tsamp, freqs_hz=(1.0, 200.0), nharm_max=32, sigma_min=2.5)
    assert {1, 2, 4, 8, 16, 32} == set(peaks["nharm"].tolist())
    for nharm in (1, 2, 4, 8, 16, 32):
        found = peaks[peaks["nharm"] == nharm]
        rows = np.rint(found["freq_hz"] * 2 * nharm * nfft * tsamp).astype(int)
        np.testing.assert_allclose(harmonic_sums(powers[:, 0], nharm)[rows], found["power"], rtol=1e-5)


def test_other_numbers_are_refused() -> None:
    with pytest.raises(ConfigError, match="found nharm = 3, expected 1, 2, 4"):
        harmonic_sums(np.ones(8, np.float32), 3)
