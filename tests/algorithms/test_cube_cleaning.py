"""Cubes lose interference, and never their pulsar."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from fastpipe.algorithms.boxcar_match import match_boxcars
from fastpipe.algorithms.cube_cleaning import clean_cube
from fastpipe.algorithms.cube_noise import cube_noise, normalised_profile
from fastpipe.data.folded_cube import FoldedCube

NBINS, COUNT, NOISE = 64, 400.0, 16.0


def make_cube(amplitudes: NDArray[np.float64], drift: tuple[float, float] = (0.0, 0.0), seed: int = 1) -> FoldedCube:
    """Pulses 4 bins wide of given S/N in each cell, which drift by some turns over time and over the band."""
    nsubints, nsubbands = amplitudes.shape
    in_time, in_band = (np.linspace(-0.5, 0.5, n) * turns for n, turns in zip(amplitudes.shape, drift, strict=True))
    phase = (np.arange(NBINS) / NBINS - 0.5 - in_time[:, None, None] - in_band[None, :, None] + 0.5) % 1.0 - 0.5
    pulse = np.exp(-0.5 * (phase * NBINS / 1.7) ** 2)
    pulse *= amplitudes[:, :, None] / np.sqrt(np.sum(pulse**2, axis=2, keepdims=True))
    noise = np.random.default_rng(seed).normal(0.0, 1.0, pulse.shape)
    sums = NOISE * np.sqrt(COUNT) * (noise + pulse)
    sums -= sums.mean(axis=2, keepdims=True)
    return FoldedCube(
        cube=sums.astype(np.float32),
        counts=np.full(sums.shape, COUNT, np.float32),
        subint_mid_s=np.arange(nsubints) - (nsubints - 1) / 2,
        subband_freqs_mhz=np.linspace(1450.0, 1050.0, nsubbands),
        freq_hz=7.0,
        fdot_hz_s=0.0,
        dm=50.0,
        reference_mhz=1450.0,
    )


def snr(cube: FoldedCube) -> float:
    return float(match_boxcars(normalised_profile(cube, cube_noise(cube))).snr)


def even(snr_of_all: float, shape: tuple[int, int] = (32, 32)) -> NDArray[np.float64]:
    return np.full(shape, snr_of_all / np.sqrt(shape[0] * shape[1]))


def scintillating() -> NDArray[np.float64]:
    rng = np.random.default_rng(3)
    return 300.0 / 32.0 * rng.exponential(1.0, (8, 8)).repeat(4, axis=0).repeat(4, axis=1)


def nulling() -> NDArray[np.float64]:
    return even(200.0) * (np.random.default_rng(4).random((32, 1)) < 0.2)


@pytest.mark.parametrize(
    ("amplitudes", "drift"),
    [
        pytest.param(even(0.0), (0.0, 0.0), id="noise"),
        pytest.param(even(12.0), (0.0, 0.0), id="faint"),
        pytest.param(even(3000.0), (0.0, 0.0), id="bright"),
        pytest.param(even(1000.0), (0.2, 0.0), id="bright, drifting in time"),
        pytest.param(even(1000.0), (0.0, 0.3), id="bright, at another DM"),
        pytest.param(even(1000.0), (0.1, 0.1), id="bright, drifting and at another DM"),
        pytest.param(scintillating(), (0.0, 0.0), id="scintillating"),
        pytest.param(scintillating(), (0.04, 0.04), id="scintillating and drifting"),
        pytest.param(nulling(), (0.0, 0.0), id="nulling"),
        pytest.param(even(100.0, (2, 32)), (0.0, 0.0), id="few turns"),
        pytest.param(even(100.0, (1, 32)), (0.0, 0.0), id="one turn"),
        pytest.param(even(100.0, (32, 1)), (0.0, 0.0), id="series"),
    ],
)
def test_pulsars_keep_their_snr(amplitudes: NDArray[np.float64], drift: tuple[float, float]) -> None:
    cube = make_cube(amplitudes, drift)
    cleaned = clean_cube(cube)
    assert cleaned.removed_fraction <= 0.005
    assert snr(cleaned.cube) >= 0.99 * snr(cube)


def with_interference(cube: FoldedCube, kind: str) -> FoldedCube:
    """Bursts in single cells, or a carrier with the folding period in two sub-bands."""
    sums, rng = cube.cube.copy(), np.random.default_rng(9)
    scale = NOISE * np.sqrt(COUNT)
    if kind == "bursts":
        for _ in range(25):
            subint, subband, phase = (int(rng.integers(0, size)) for size in (32, 32, NBINS - 5))
            sums[subint, subband, phase : phase + 5] += 12.0 * scale
    else:
        sums[:, 5:7] += 4.0 * scale * np.sin(2 * np.pi * (np.arange(NBINS) / NBINS + rng.random((32, 2, 1)) * 0.02))
    sums -= sums.mean(axis=2, keepdims=True)
    return replace(cube, cube=sums.astype(np.float32))


@pytest.mark.parametrize("kind", ["bursts", "carrier"])
@pytest.mark.parametrize("strength", [0.0, 15.0])
def test_interference_is_removed(kind: str, strength: float) -> None:
    clean = make_cube(even(strength))
    dirty = with_interference(clean, kind)
    cleaned = clean_cube(dirty)
    assert 0.01 < cleaned.removed_fraction < 0.1
    # What the pulse is to the noise that it can be told from.
    pulse = normalised_profile(clean, NOISE)
    found = normalised_profile(cleaned.cube, NOISE)
    before = normalised_profile(dirty, NOISE)
    assert np.std(found - pulse) < 0.5 * np.std(before - pulse)
    if strength:
        assert snr(cleaned.cube) == pytest.approx(snr(clean), rel=0.12)


def test_removed_cells_count_nothing() -> None:
    dirty = with_interference(make_cube(even(0.0)), "bursts")
    cleaned = clean_cube(dirty)
    is_gone = ~cleaned.cube.counts.any(axis=2)
    assert not cleaned.cube.cube[is_gone].any()
    assert cleaned.removed_fraction == pytest.approx(is_gone.mean())
    np.testing.assert_array_equal(cleaned.cube.cube[~is_gone], dirty.cube[~is_gone])


def test_empty_and_small_cubes_stay() -> None:
    for cube in (make_cube(even(5.0, (3, 3))), make_cube(even(5.0, (1, 1)))):
        assert clean_cube(cube).cube is cube
    nothing = make_cube(even(0.0))
    nothing = replace(nothing, cube=np.zeros_like(nothing.cube), counts=np.zeros_like(nothing.counts))
    assert clean_cube(nothing).removed_fraction == 0.0


def test_gaps_do_not_matter() -> None:
    cube = make_cube(even(50.0))
    present = np.ones(cube.cube.shape, bool)
    present[3:9] = present[:, 20] = present[15, 4] = False
    gappy = replace(cube, cube=cube.cube * present, counts=cube.counts * present)
    cleaned = clean_cube(gappy)
    assert cleaned.removed_fraction < 0.02
    assert snr(cleaned.cube) >= 0.99 * snr(gappy)
