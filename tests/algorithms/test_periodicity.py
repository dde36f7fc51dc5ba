"""The periodicity search from series to table: noise, sinusoids, pulse trains, edges."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import config

from fastpipe.algorithms.lane_fft import next_fft_length, real_spectra, transform_plan
from fastpipe.algorithms.periodicity import lane_spectra, search_memory_bytes, searched_rows
from fastpipe.algorithms.significance import power_threshold
from fastpipe.algorithms.whitened_powers import whitened_powers
from fastpipe.constants import LANES
from fastpipe.errors import ConfigError
from tests.algorithms.lane_searches import search_lane_block

NFFT = 2048 if config.DISABLE_JIT else 1 << 15
TSAMP = 1e-3
TOBS = NFFT * TSAMP
compiled = pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")


def _search(block: np.ndarray, nsamples: int | None = None, **changes: Any) -> np.ndarray:
    options: dict[str, Any] = {"tsamp": TSAMP, "nharm_max": 32, "sigma_min": 5.0}
    freqs_hz = changes.pop("freq_min_hz", 1.0), changes.pop("freq_max_hz", 500.0)
    nrows = len(block) if nsamples is None else nsamples
    return search_lane_block(block.copy(), nsamples=nrows, freqs_hz=freqs_hz, **(options | changes))


def _ntrials(nfft: int, freq_min_hz: float, freq_max_hz: float, nharm_max: int) -> int:
    return int(np.diff(searched_rows(nfft, TSAMP, freq_min_hz, freq_max_hz, nharm_max)).sum())


def _noise(seed: int = 1, nsamples: int = NFFT) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((nsamples, LANES), dtype=np.float32)


def _best(table: np.ndarray, lane: int) -> Any:
    rows = table[table["lane"] == lane]
    return rows[rows["log_probability"].argmin()]


@compiled
@pytest.mark.parametrize("offset", [0.0, 0.5, 0.25])
def test_sinusoid_is_found_with_its_frequency_and_power(offset: float) -> None:
    freq = (NFFT // 10 + offset) / TOBS
    amplitude = 2 * np.sqrt(200.0 / NFFT)  # power 200 in noise of variance 1
    block = _noise()
    block[:, 6] += amplitude * np.sin(2 * np.pi * freq * TSAMP * np.arange(NFFT))
    best = _best(_search(block, nharm_max=1), 6)
    kept = {0.0: 1.0, 0.5: 0.975, 0.25: 0.81}[offset]
    assert abs(best["freq_hz"] - freq) * TOBS <= 0.26
    assert best["nharm"] == 1
    # Noise moves a power of 200 by 20, the level from short blocks lowers it a little.
    assert best["power"] == pytest.approx(200 * kept, abs=60)


@compiled
@pytest.mark.parametrize(("ncomponents", "nharm"), [(1, 1), (2, 2), (4, 4), (8, 8), (16, 16), (32, 32)])
def test_as_many_harmonics_as_the_signal_has_give_the_highest_sigma(ncomponents: int, nharm: int) -> None:
    freq = 480 / TOBS
    turns = freq * TSAMP * np.arange(NFFT)
    amplitude = 2 * np.sqrt(40.0 / NFFT)
    block = _noise(3)
    block[:, 2] += amplitude * sum(np.cos(2 * np.pi * k * turns + k * k) for k in range(1, ncomponents + 1))
    best = _best(_search(block, freq_min_hz=10.0, freq_max_hz=20.0), 2)
    assert best["nharm"] == nharm
    assert abs(best["freq_hz"] - freq) * TOBS <= 0.5 / nharm


@compiled
@pytest.mark.parametrize("slope", [2, 3])
def test_slow_noise_does_not_leak_over_the_spectrum(slope: int) -> None:
    # Cut out of noise twice as long: its ends do not meet, and their step would cover everything up to bin 300.
    rng, bins = np.random.default_rng(14), np.maximum(np.arange(NFFT + 1) / 2.0, 0.5)
    block = np.zeros((NFFT, LANES), np.float32)
    for lane in range(LANES):
        parts = rng.standard_normal((2, NFFT + 1)) * np.sqrt((1.0 + (60.0 / bins) ** slope) * NFFT)
        block[:, lane] = np.fft.irfft(parts[0] + 1j * parts[1])[:NFFT]
    spectra = lane_spectra(block, NFFT)
    for first in (30, 60, 120, 300):
        inside = np.arange(first, 2 * first)
        ratio = (spectra[inside] ** 2).sum(axis=1).mean(axis=1) / (NFFT * (1.0 + (60.0 / inside) ** slope))
        assert ratio.mean() == pytest.approx(1.0, abs=0.15)


@compiled
def test_noise_crosses_thresholds_as_often_as_it_should() -> None:
    sigma, limits = 3.5, (2.0, 200.0)
    counts = np.zeros(6)
    for seed in range(6):
        table = _search(_noise(seed), sigma_min=sigma, freq_min_hz=limits[0], freq_max_hz=limits[1])
        counts += [np.count_nonzero(table["nharm"] == 2**level) for level in range(6)]
    probability = 2.3263e-4
    trials = [0] + [_ntrials(NFFT, *limits, 2**level) for level in range(6)]
    expected = 6 * LANES * np.diff(trials) * probability
    # Peaks join neighbouring trials, which share noise: fewer peaks than trials above the threshold, but not by much.
    assert np.all(counts < 1.1 * expected)
    assert np.all(counts > 0.4 * expected)


def test_peaks_are_sorted_and_above_the_threshold() -> None:
    table = _search(_noise(5), sigma_min=2.0, nharm_max=4)
    assert table.size > 20
    assert np.all(table["sigma"] >= 2.0 - 1e-5)
    assert all(row["power"] >= 0.9999 * power_threshold(2.0, int(row["nharm"])) for row in table)
    keys = list(zip(table["lane"].tolist(), table["freq_hz"].tolist(), table["nharm"].tolist(), strict=True))
    assert keys == sorted(keys)
    assert table["freq_hz"].min() >= 1.0


def test_offset_and_zero_lanes_are_silent() -> None:
    assert _search(np.zeros((NFFT, LANES), np.float32)).size == 0
    assert _search(np.full((NFFT, LANES), 1e4, np.float32)).size == 0
    block = _noise()
    block[:, 1:] = 0.0
    assert set(_search(block, sigma_min=3.0)["lane"].tolist()) == {0}


def test_lanes_do_not_feel_one_another() -> None:
    block = _noise(8)
    quiet = block.copy()
    quiet[:, 1:8] = 0.0
    quiet[:, 9:] = 0.0
    full, alone = (_search(each, sigma_min=3.0) for each in (block, quiet))
    for lane in (0, 8):
        np.testing.assert_array_equal(full[full["lane"] == lane], alone[alone["lane"] == lane])


def test_threads_give_the_same_as_one_after_the_other() -> None:
    blocks = [_noise(seed) for seed in range(4)]
    one_by_one = [_search(block, sigma_min=3.0) for block in blocks]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda block: _search(block, sigma_min=3.0), blocks))
    for expected, found in zip(one_by_one, together, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_only_rows_with_data_are_touched_by_the_mean() -> None:
    nsamples = NFFT - NFFT // 5
    block = np.zeros((NFFT, LANES), np.float32)
    block[:nsamples] = _noise(9, nsamples) + np.float32(1000.0)
    shifted = block.copy()
    shifted[:nsamples] -= np.float32(1000.0)
    first, second = (_search(each, nsamples, sigma_min=3.0) for each in (block, shifted))
    np.testing.assert_array_equal(first[["lane", "nharm"]], second[["lane", "nharm"]])
    np.testing.assert_allclose(first["power"], second["power"], rtol=1e-2)


def test_last_trial_and_last_sample_are_used() -> None:
    time = np.arange(NFFT)
    block = 0.1 * _noise(10)
    block[:, 3] += np.sin(np.pi * (NFFT - 1) * time / NFFT)  # half a bin below Nyquist
    best = _best(_search(block, nharm_max=1), 3)
    assert best["freq_hz"] == (NFFT - 1) / 2 / TOBS
    pulse = np.zeros((NFFT, LANES), np.float32)
    pulse[-1] = 1.0
    assert np.hypot(*np.moveaxis(real_spectra(pulse), 1, 0)).min() > 0.99


@pytest.mark.parametrize("nfft", [2, 10, 50, 135])
def test_short_series_are_searched_without_fault(nfft: int) -> None:
    table = _search(_noise(11, nfft), freq_min_hz=0.01)
    assert table.ndim == 1


def test_odd_lengths_are_searched_too() -> None:
    block = _noise(12, 1215)
    block[:, 0] += np.sin(2 * np.pi * 200 / 1215 * np.arange(1215))
    assert _best(_search(block, nharm_max=2), 0)["freq_hz"] == pytest.approx(200 / 1.215)


def test_trials_are_those_of_the_limits() -> None:
    # 100 s: frequencies of level l are multiples of 0.005 / 2^l Hz.
    assert _ntrials(100_000, 1.0, 2.0, 1) == 201
    assert _ntrials(100_000, 1.0, 2.0, 4) == 201 + 401 + 801
    assert _ntrials(100_000, 499.0, 1000.0, 1) == 200


def test_memory_is_block_spectra_and_little_more() -> None:
    nfft = next_fft_length(1_500_000)
    assert transform_plan(nfft).scratch_values * 4 < 1 << 22
    assert 128 * nfft < search_memory_bytes(nfft) < 128 * nfft + (8 << 20)


@compiled
def test_memory_stays_within_what_is_said() -> None:
    nfft = 1 << 17
    block = _noise(13, nfft)
    _search(block[:64], sigma_min=6.0)  # imports and tables
    tracemalloc.start()
    search_lane_block(block, nsamples=nfft, tsamp=TSAMP, freqs_hz=(1.0, 500.0), nharm_max=32, sigma_min=6.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    said = search_memory_bytes(nfft) - block.nbytes
    assert 0.8 * said < peak < 1.05 * said


@compiled
@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "tsamp", "freq_hz", "harmonics"),
    [
        ("J1807-0847_gbt", 163.84e-6, 6.10777, (1,)),
        ("B0329+54_lovell", 0.01, 1.39954, (1,)),
        ("B1929+10_lovell", 0.01, 4.41467, (1, 3)),
    ],
)
def test_real_pulsar_is_the_best_of_its_series(
    test_data: Path, name: str, tsamp: float, freq_hz: float, harmonics: tuple[int, ...]
) -> None:
    # The longer sums of B1929+10 also fit a third of its frequency, which a bright pulsar fills well enough.
    series = np.fromfile(test_data / "series" / f"{name}.dat", np.float32)
    block = np.zeros((next_fft_length(series.size), LANES), np.float32)
    block[: series.size, 5] = series
    best = _best(_search(block, series.size, tsamp=tsamp, freq_min_hz=0.2), 5)
    ratios = [freq_hz / (best["freq_hz"] * harmonic) for harmonic in harmonics]
    assert min(abs(ratio - 1.0) for ratio in ratios) < 1e-3
    assert best["sigma"] > 50


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nharm_max": 3}, "found nharm_max = 3, expected 1, 2, 4, 8, 16 or 32"),
        ({"freq_min_hz": 0.0}, r"found frequencies from 0\.0 to 500\.0 Hz"),
        ({"freq_max_hz": 0.5}, r"found frequencies from 1\.0 to 0\.5 Hz"),
        ({"tsamp": -1.0}, "expected positive numbers in ascending order"),
        ({"nsamples": 99}, "found 99 samples in a block of 50 rows"),
    ],
)
def test_bad_arguments_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _search(np.zeros((50, LANES), np.float32), **changes)


@compiled
def test_half_bins_of_padded_series_have_the_mean_of_bins() -> None:
    # One eighth of zeros: without its correction half bins are stronger by 14 %.
    rng, nsamples, total = np.random.default_rng(15), NFFT * 7 // 8, np.zeros(2)
    for _ in range(4):
        block = np.zeros((NFFT, LANES), np.float32)
        block[:nsamples] = rng.standard_normal((nsamples, LANES))
        powers = np.empty_like(block)
        whitened_powers(lane_spectra(block, nsamples), powers, nsamples)
        total += [powers[200::2].mean() / 4, powers[201::2].mean() / 4]
    np.testing.assert_allclose(total, 1.0, atol=0.01)
