"""Zapped bins hold noise: the same for all, of the right level, and counted."""

from typing import Any

import numpy as np
import pytest
from numba import config

from benchmarks.whitened_noise import Noise
from fastpipe.algorithms.harmonic_peaks import PEAK_DTYPE
from fastpipe.algorithms.periodicity import lane_spectra
from fastpipe.algorithms.whitened_powers import whitened_powers
from fastpipe.algorithms.zapping import Zapping, count_zapped, fill_with_noise, hide
from fastpipe.constants import LANES
from tests.algorithms.lane_searches import search_lane_block

NFFT, TSAMP = 1 << 14, 1e-3
TOBS = NFFT * TSAMP
OPTIONS: dict[str, Any] = {"nsamples": NFFT, "tsamp": TSAMP, "freqs_hz": (1.0, 500.0), "nharm_max": 8, "sigma_min": 4.0}
compiled = pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")


def _noise(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((NFFT, LANES), dtype=np.float32)


def _zapping(*ranges: tuple[int, int], seed: int = 3) -> Zapping:
    return Zapping(np.array(ranges, np.int64).reshape(-1, 2), seed)


def test_neighbours_stay_and_are_near() -> None:
    zapping = _zapping((1, 3), (10, 14), (15, 16))
    assert zapping.bins().tolist() == [1, 2, 10, 11, 12, 13, 15]
    assert zapping.neighbours(20).tolist() == [4, 3, 9, 8, 16, 14, 14]
    assert _zapping((1, 20)).neighbours(20).tolist() == list(range(1, 20))
    assert _zapping((3, 7)).neighbours(11).tolist() == [2, 1, 8, 7]
    assert _zapping((2, 7)).neighbours(12).tolist() == [1, 9, 10, 8, 7]
    assert _zapping().bins().size == 0


def test_noise_has_mean_power_one_and_the_rest_is_untouched() -> None:
    spectra = np.zeros((20_000, 2, LANES), np.float32)
    fill_with_noise(spectra, _zapping((5000, 15_000)))
    powers = (spectra**2).sum(axis=1)
    assert powers[5000:15_000].mean() == pytest.approx(1.0, abs=0.01)
    assert (powers[5000:15_000] > 5.0).mean() == pytest.approx(np.exp(-5.0), rel=0.1)
    assert not powers[:5000].any()
    assert not powers[15_000:].any()
    again, other = np.zeros_like(spectra), np.zeros_like(spectra)
    fill_with_noise(again, _zapping((5000, 15_000)))
    fill_with_noise(other, _zapping((5000, 15_000), seed=4))
    np.testing.assert_array_equal(again, spectra)
    assert np.all(other[5000:15_000] != spectra[5000:15_000])


def test_hidden_bins_hold_what_their_neighbours_hold() -> None:
    spectra = np.arange(50, dtype=np.float32)[:, np.newaxis, np.newaxis] * np.ones((1, 2, LANES), np.float32)
    hide(spectra, _zapping((10, 12), (30, 31)))
    assert spectra[:, 0, 0].tolist() == [*range(10), 9, 12, *range(12, 30), 29, *range(31, 50)]


@compiled
def test_a_zapped_line_is_gone_and_its_neighbours_keep_their_level() -> None:
    block = _noise()
    block += np.float32(3.0) * np.cos(2 * np.pi * (4000.4 / TOBS) * TSAMP * np.arange(NFFT, dtype=np.float32))[:, np.newaxis]
    weak = 2 * np.sqrt(60.0 / NFFT)
    block += np.float32(weak) * np.cos(2 * np.pi * 4300 / NFFT * np.arange(NFFT))[:, np.newaxis].astype(np.float32)
    zapping = _zapping((3900, 4101))
    table = search_lane_block(block.copy(), **(OPTIONS | {"nharm_max": 1}), zapping=zapping)
    assert table["power"].max() < 130
    bins = table["freq_hz"] * TOBS
    assert np.all(table["power"][np.abs(bins - 4000) < 90] < 20)
    near = table[np.abs(bins - 4300) < 1]
    assert len(set(near["lane"])) == LANES
    assert near["power"].mean() == pytest.approx(60, rel=0.15)


@compiled
def test_noise_crosses_thresholds_as_often_in_zapped_bins() -> None:
    counts = []
    for zapping in (None, _zapping((1000, 4000))):
        found = [search_lane_block(_noise(seed), **(OPTIONS | {"sigma_min": 3.0}), zapping=zapping) for seed in range(4)]
        counts.append(sum(map(len, found)))
    assert counts[1] == pytest.approx(counts[0], rel=0.1)


@compiled
def test_silent_lanes_stay_silent() -> None:
    block = _noise()
    block[:, 3] = 0.0
    table = search_lane_block(block, **(OPTIONS | {"sigma_min": 2.0}), zapping=_zapping((1000, 4000)))
    assert 3 not in table["lane"]


def test_harmonics_in_zapped_bins_are_counted() -> None:
    peaks = np.zeros(3, PEAK_DTYPE)
    peaks["freq_hz"], peaks["nharm"] = (10.0, 10.0, 20.0), (1, 4, 2)
    assert count_zapped(peaks, 10.0, np.array([[200, 201], [395, 410]])).tolist() == [0, 2, 2]
    # The half bin between a zapped and another bin is noise in half; the next bin is not.
    half = np.zeros(4, PEAK_DTYPE)
    half["freq_hz"], half["nharm"] = (19.9, 19.95, 20.05, 20.1), 1
    assert count_zapped(half, 10.0, np.array([[200, 201]])).tolist() == [0, 1, 1, 0]
    assert count_zapped(peaks, 10.0, np.empty((0, 2), np.int64)).tolist() == [0, 0, 0]
    assert count_zapped(peaks[:0], 10.0, np.array([[1, 2]])).tolist() == []


@compiled
def test_zapped_bins_neither_raise_nor_lower_the_level_of_red_noise() -> None:
    rng, zapping = np.random.default_rng(5), _zapping((34, 38), (46, 49), (70, 90), (200, 260))
    stays = np.ones(NFFT // 2, np.bool_)
    stays[zapping.bins()] = False
    total = np.zeros(NFFT)
    for _ in range(40):
        spectra, powers = lane_spectra(Noise(60, 3).block(rng, NFFT), NFFT), np.empty((NFFT, LANES), np.float32)
        whitened_powers(spectra, powers, NFFT, zapping)
        total += powers.mean(axis=1) / 40
    for start, stop in ((30, 60), (60, 120), (120, 300)):
        assert total[::2][start:stop][stays[start:stop]].mean() == pytest.approx(1.0, abs=0.04)
