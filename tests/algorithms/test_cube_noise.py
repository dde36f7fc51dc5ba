"""The noise of a cube is that of its samples, whatever pulse and mask, and an injected S/N comes back."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from fastpipe.algorithms.cube_noise import cube_noise, normalised_profile
from fastpipe.algorithms.profile_snr import match_profiles
from tests.references.fold_cubes import make_cube, noise_cube


@pytest.mark.parametrize("nbins", [16, 32, 128])
def test_noise_of_a_cube_is_right_on_average(nbins: int) -> None:
    rng = np.random.default_rng(13)
    found = [cube_noise(make_cube(rng, snr=10.0, shape=(32, 16, nbins))) for _ in range(40)]
    assert np.mean(found) == pytest.approx(16.0, rel=0.012)


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
