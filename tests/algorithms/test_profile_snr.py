"""The S/N of noise is that of noise, and an injected S/N comes back."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastpipe.algorithms.profile_snr import (
    boxcar_widths,
    cube_noise,
    match_boxcars,
    match_profiles,
    normalised_profile,
    pulse_widths,
)
from tests.references.fold_cubes import make_cube, noise_cube, pulse_shape


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


@pytest.mark.parametrize("nbins", [16, 32, 128])
def test_noise_of_a_cube_is_right_on_average(nbins: int) -> None:
    rng = np.random.default_rng(13)
    found = [cube_noise(make_cube(rng, snr=10.0, shape=(32, 16, nbins))) for _ in range(40)]
    assert np.mean(found) == pytest.approx(16.0, rel=0.012)


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


@pytest.mark.parametrize("snr", [0.0, 20.0, 100.0])
@pytest.mark.parametrize("shape", [(32, 32, 64), (32, 1, 64), (2, 32, 128)])
def test_noise_of_a_cube_is_not_raised_by_the_pulse(snr: float, shape: tuple[int, int, int]) -> None:
    cube = make_cube(np.random.default_rng(3), snr=snr, shape=shape)
    assert cube_noise(cube) == pytest.approx(16.0, rel=0.05)


def test_noise_common_to_all_channels_counts() -> None:
    rng = np.random.default_rng(4)
    cube = make_cube(rng, snr=0.0)
    common = rng.normal(0, 16.0 * np.sqrt(1000.0), (32, 1, 64)).astype(np.float32)
    noisy = replace(cube, cube=cube.cube + common)
    assert cube_noise(noisy) == pytest.approx(16.0 * np.sqrt(33.0), rel=0.1)


@pytest.mark.parametrize("snr", [10.0, 30.0, 300.0])
def test_injected_snr_is_recovered(snr: float) -> None:
    rng = np.random.default_rng(5)
    found = []
    for _ in range(15):
        cube = make_cube(rng, snr=snr, width=0.03)
        found.append(match_profiles(normalised_profile(cube, cube_noise(cube))).snr)
    assert np.median(found) == pytest.approx(snr, rel=0.05)


def test_empty_cube_has_no_noise() -> None:
    cube = make_cube(np.random.default_rng(6), snr=0.0, shape=(4, 4, 16))
    empty = replace(cube, cube=np.zeros_like(cube.cube), counts=np.zeros_like(cube.counts))
    assert cube_noise(empty) == 0.0
    assert np.all(normalised_profile(empty, 0.0) == 0.0)


def test_one_sub_integration_with_a_bright_pulse_has_the_noise_of_its_samples() -> None:
    cube = make_cube(np.random.default_rng(8), snr=80.0, shape=(1, 32, 64), width=0.2)
    assert cube_noise(cube) == pytest.approx(16.0, rel=0.05)


def random_counts(rng: np.random.Generator, shape: tuple[int, int, int], masked: str) -> NDArray[np.float64]:
    """Counts as a mask leaves them: none in some cells or rows, fewer in some bins, or hardly any cell filled."""
    counts = np.full(shape, 1000.0)
    if masked in ("cells", "everywhere"):
        counts *= (rng.random(shape[:2]) > 0.4)[..., None]
    if masked in ("bins", "everywhere"):
        counts *= rng.uniform(0.2, 1.0, shape[2])
    if masked == "everywhere":
        counts *= rng.uniform(0.0, 1.0, shape)
    if masked == "nearly all":
        counts *= (rng.random(shape[:2]) > 0.93)[..., None]
    if masked == "phases":
        counts[:, :, 3:9] = 0.0
    if masked == "subints":
        counts[rng.permutation(shape[0])[: shape[0] - 2]] = 0.0
    return np.rint(counts)


@pytest.mark.parametrize("masked", ["cells", "bins", "everywhere", "nearly all", "phases", "subints"])
def test_noise_under_any_mask_has_the_snr_of_noise(masked: str) -> None:
    rng = np.random.default_rng(9)
    shape = (32, 32, 64)
    noise, snrs, free = [], [], []
    for _ in range(120):
        cube = noise_cube(rng, random_counts(rng, shape, masked))
        noise.append(cube_noise(cube))
        snrs.append(float(match_profiles(normalised_profile(cube, noise[-1])).snr))
        whole = noise_cube(rng, np.full(shape, 1000.0))
        free.append(float(match_profiles(normalised_profile(whole, cube_noise(whole))).snr))
    assert np.median(noise) == pytest.approx(16.0, rel=0.03)
    assert np.std(noise) < 0.1 * 16.0
    assert np.median(snrs) == pytest.approx(np.median(free), abs=0.25)
    assert np.percentile(snrs, 90) < np.percentile(free, 90) + 0.35


def test_noise_of_one_filled_sub_integration_is_that_of_its_subbands() -> None:
    counts = np.zeros((8, 32, 64))
    counts[3] = 1000.0
    assert cube_noise(noise_cube(np.random.default_rng(10), counts)) == pytest.approx(16.0, rel=0.06)
