"""When a zero-DM filter is worth its price."""

import numpy as np
import pytest

from fastpipe.algorithms.broadband import has_broadband

SHAPE = (16, 4096)


def noise(seed: int = 1, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def test_independent_noise_is_not_broadband() -> None:
    rng = np.random.default_rng(2)
    for seed in range(300):
        assert not has_broadband(noise(seed, (int(rng.integers(1, 17)), int(rng.integers(1, 4097)))))


def test_channels_that_overlap_are_not_broadband() -> None:
    assert not has_broadband(1.15 * noise())


@pytest.mark.parametrize("freq", [1e-4, 0.01, 0.1])
def test_lines_drifts_and_bright_pulses_are_not(freq: float) -> None:
    phases = (freq * np.arange(np.prod(SHAPE)) % 1.0).reshape(SHAPE)
    line = 10.0 * np.sin(2.0 * np.pi * phases)
    pulses = 30.0 * np.exp(-0.5 * ((phases - 0.5) / max(0.02, 4.0 * freq)) ** 2)
    drift = 0.05 * np.cumsum(noise(3).ravel()).reshape(SHAPE)
    for signal in (line, pulses, drift):
        assert not has_broadband((noise() + signal).astype(np.float32))


def test_shared_white_noise_and_frequent_sparks_are() -> None:
    assert has_broadband(1.6 * noise())
    sparks = noise()
    sparks[:, ::50] += 12.0
    assert has_broadband(sparks)


def test_gaps_and_single_disturbed_segments_do_not_decide() -> None:
    series = noise()
    series[:5] *= 10.0
    series[5:8] = 0.0
    series[8:, 1000:1500] = 0.0
    assert not has_broadband(series)


def test_nothing_recorded() -> None:
    assert not has_broadband(np.zeros(SHAPE, np.float32))
    assert not has_broadband(np.zeros((0, 4096), np.float32))
