"""Pulses are those of the definition, keep their S/N wherever they are, and noise has the S/N of noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastpipe.algorithms.profile_snr import match_profiles, pulse_widths
from tests.references.fold_cubes import pulse_shape


def binned_pulse(nbins: int, width: float, peak: float, oversampling: int = 16) -> NDArray[np.float64]:
    """Wrapped Gaussian of a full width and a peak in turns, averaged over each bin, of zero mean and unit energy."""
    fine = pulse_shape(nbins * oversampling, width / np.sqrt(8 * np.log(2)), peak)
    pulse = fine.reshape(nbins, oversampling).mean(axis=1)
    pulse -= pulse.mean()
    return np.asarray(pulse / np.sqrt(np.sum(pulse**2)))


def match_pulses_by_definition(profile: NDArray[np.float64], nphases: int) -> float:
    """Dot product with every pulse at many phases."""
    nbins = len(profile)
    phases = np.arange(nphases) / nphases
    return max(float(profile @ binned_pulse(nbins, width, phase)) for width in pulse_widths(nbins) for phase in phases)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nbins=st.sampled_from([16, 31, 32]), snr=st.sampled_from([0.0, 30.0]))
def test_pulses_are_those_of_the_definition(seed: int, nbins: int, snr: float) -> None:
    rng = np.random.default_rng(seed)
    profile = rng.normal(3.0, 1.0, nbins) + snr * binned_pulse(nbins, rng.uniform(2.0 / nbins, 0.4), rng.random())
    # Pulses of one bin have harmonics above the Nyquist frequency, which the transform leaves out.
    assert float(match_profiles(profile).snr) == pytest.approx(
        match_pulses_by_definition(profile, 4 * nbins), rel=0.04, abs=0.15
    )


@pytest.mark.parametrize("nbins", [32, 128])
@pytest.mark.parametrize("width_bins", [1.3, 2.0, 3.7, 10.0])
def test_a_pulse_keeps_its_snr_wherever_it_is(nbins: int, width_bins: float) -> None:
    rng = np.random.default_rng(11)
    peaks = rng.random(40)
    profiles = np.stack([50.0 * binned_pulse(nbins, width_bins / nbins, peak) for peak in peaks])
    match = match_profiles(profiles)
    assert match.snr.min() > 0.98 * 50.0
    assert match.snr.max() < 50.0 * (1 + 1e-3)
    np.testing.assert_allclose(match.width_turns, width_bins / nbins, rtol=0.25)
    assert np.abs((match.peak_turns - peaks + 0.5) % 1.0 - 0.5).max() < 0.1 / nbins


def test_pulses_of_noise_rarely_exceed_what_boxcars_find() -> None:
    snr = match_profiles(np.random.default_rng(12).normal(5.0, 1.0, (4000, 128))).snr
    assert np.mean(snr) == pytest.approx(2.86, abs=0.05)
    assert np.percentile(snr, 99) == pytest.approx(4.15, abs=0.15)
    assert match_profiles(np.zeros((2, 3, 16))).snr.tolist() == np.zeros((2, 3)).tolist()
