"""Birdies in folds: their harmonics go, all others stay."""

import numpy as np
import pytest

from fastpipe.algorithms.fold_notch import harmonics_on_birdies, remove_harmonics
from fastpipe.data.folded_cube import FoldedCube
from fastpipe.data.tables import BIRDIE_COLUMNS, empty_table


def _mains(*freqs_hz: float) -> np.ndarray:
    table = empty_table(BIRDIE_COLUMNS, len(freqs_hz))
    table["freq_hz"], table["width_hz"] = freqs_hz, 0.04
    return table


@pytest.mark.parametrize(
    ("freq_hz", "power", "expected"),
    [
        (1.0 / 0.9, 60.0, [45]),
        (1.0 / 0.9, 30_000.0, [38, 45]),
        (50.0, 60.0, [2]),
        (1.1108, 60.0, [45]),
        (1.105, 60.0, []),
        (7.3, 60.0, []),
        (25.0, 60.0, [2, 4]),
        (25.0, 10.0, []),
        (25.0, np.nan, [2, 4]),
        (0.5, np.nan, []),
    ],
)
def test_harmonics_next_to_a_birdie_are_found(freq_hz: float, power: float, expected: list[int]) -> None:
    mains = _mains(50.001, 100.002)
    mains["power_dm0"] = power
    assert harmonics_on_birdies(freq_hz, 128, 64.0, mains).tolist() == expected


def test_only_the_named_harmonics_are_removed() -> None:
    rng = np.random.default_rng(1)
    values = rng.standard_normal((3, 2, 16)).astype(np.float32)
    cube = FoldedCube(values, np.ones_like(values), np.zeros(3), np.zeros(2), 1.0, 0.0, 0.0, 1400.0)
    spectrum = np.fft.rfft(remove_harmonics(cube, np.array([2, 5])).cube)
    assert np.abs(spectrum[..., [2, 5]]).max() < 1e-6
    others = [0, 1, 3, 4, 6, 7, 8]
    np.testing.assert_allclose(spectrum[..., others], np.fft.rfft(values)[..., others], atol=1e-5)
    assert remove_harmonics(cube, np.array([], np.intp)) is cube
