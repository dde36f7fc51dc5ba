"""Whitening: medians against NumPy, and the chance of high powers in white and red noise."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import config

from benchmarks.whitened_noise import Noise, powers_of, tail_excess
from fastpipe.algorithms.noise_levels import block_edges, low_bins
from fastpipe.algorithms.periodicity import lane_spectra
from fastpipe.algorithms.whitening import correct_powers, whiten
from fastpipe.constants import LANES
from fastpipe_kernels.half_bins import half_bin_powers
from fastpipe_kernels.whitening import block_medians

compiled = pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")


def _noise(rng: np.random.Generator, nbins: int, level: np.ndarray | float = 1.0) -> np.ndarray:
    amplitude = np.sqrt(np.broadcast_to(level, nbins) / 2).astype(np.float32)
    return rng.standard_normal((nbins, 2, LANES), dtype=np.float32) * amplitude[:, np.newaxis, np.newaxis]


def _powers(spectra: np.ndarray) -> np.ndarray:
    return np.asarray(spectra[:, 0] ** 2 + spectra[:, 1] ** 2)


def _searched_powers(spectra: np.ndarray) -> np.ndarray:
    """Whiten and return the powers at half bins as the search takes them."""
    whiten(spectra)
    powers = np.empty((2 * len(spectra) - 2, LANES), np.float32)
    half_bin_powers(spectra, 0.0, powers)
    correct_powers(powers, len(spectra))
    return powers


@given(lengths=st.lists(st.integers(1, 40), min_size=1, max_size=5), seed=st.integers(0, 2**31))
def test_medians_equal_numpy(lengths: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    edges = np.concatenate([[1], 1 + np.cumsum(lengths)])
    spectra = _noise(rng, int(edges[-1]), 10.0 ** rng.uniform(-6, 6, int(edges[-1])))
    medians = np.empty((len(lengths), LANES), np.float32)
    block_medians(spectra, edges, np.empty(max(lengths) * LANES, np.float32), medians)
    for i in range(len(lengths)):
        ordered = np.sort(_powers(spectra[edges[i] : edges[i + 1]]), axis=0)
        np.testing.assert_allclose(medians[i], ordered[lengths[i] // 2], rtol=2e-4)


@given(nbins=st.integers(0, 20000))
def test_blocks_cover_every_bin_but_the_first_once(nbins: int) -> None:
    edges = block_edges(nbins)
    lengths = np.diff(edges)
    assert edges[0] == 1
    assert edges[-1] == max(nbins, 1)
    assert np.all(lengths[:-1] % 2 == 1)
    assert np.all((lengths > 0) & (lengths <= 1.5 * 2049 + 1))
    assert not edges.flags.writeable


@pytest.mark.parametrize("nbins", [0, 1, 2, 3, 7, 12])
def test_short_spectra(nbins: int) -> None:
    spectra = _noise(np.random.default_rng(3), nbins)
    whiten(spectra)
    assert np.all(np.isfinite(spectra))
    assert not spectra[:1].any()


def test_zero_lanes_stay_zero_and_others_do_not_depend_on_them() -> None:
    spectra = _noise(np.random.default_rng(4), 300, 5.0)
    alone = spectra.copy()
    alone[:, :, 1:] = 0.0
    whiten(spectra)
    whiten(alone)
    assert not alone[:, :, 1:].any()
    np.testing.assert_array_equal(alone[:, :, 0], spectra[:, :, 0])


def test_zero_stretches_give_zero() -> None:
    spectra = _noise(np.random.default_rng(4), 9000)
    spectra[2000:] = 0.0
    whiten(spectra)
    assert np.all(np.isfinite(spectra))
    assert not spectra[2000:].any()


def test_scale_does_not_matter() -> None:
    spectra = _noise(np.random.default_rng(5), 400)
    scaled = spectra * np.float32(1024.0)
    whiten(spectra)
    whiten(scaled)
    np.testing.assert_allclose(scaled, spectra, rtol=1e-5)


def test_strong_signal_keeps_its_power() -> None:
    spectra = _noise(np.random.default_rng(6), 9000)
    spectra[[1000, 8500], 0] = 30.0
    whiten(spectra)
    powers = _powers(spectra)[[1000, 8500]].mean(axis=1)
    np.testing.assert_allclose(powers, [900, 900], rtol=0.03)


# Bins, corner of the red noise in bins (bin 60 is 1 Hz of a series of 60 s), its index, first bin of the test.
@pytest.mark.skipif(config.DISABLE_JIT, reason="ten million powers take hours without the compiler")
@pytest.mark.parametrize(
    ("nbins", "corner", "index", "first"), [(600, 0, 0, 100), (600, 60, 2, 30), (600, 60, 3, 30), (12000, 600, 2, 3000)]
)
def test_high_powers_are_as_rare_as_in_pure_noise(nbins: int, corner: float, index: float, first: int) -> None:
    rng = np.random.default_rng(7)
    level = 1.0 + (corner / np.maximum(np.arange(nbins), 1)) ** index
    repeats = 20_000_000 // (LANES * (nbins - first))
    counts, total, ntests = np.zeros(3), 0.0, 0
    for _ in range(repeats):
        powers = _searched_powers(_noise(rng, nbins, level))[2 * first :: 2]
        counts += [np.count_nonzero(powers > x) for x in (6, 8, 10)]
        total += float(powers.sum())
        ntests += powers.size
    assert total / ntests == pytest.approx(1.0, abs=0.01)
    np.testing.assert_allclose(counts / (ntests * np.exp([-6.0, -8.0, -10.0])), 1.0, atol=0.12)


@compiled
def test_red_noise_is_flat_down_to_a_tenth_of_a_hertz() -> None:
    rng = np.random.default_rng(8)
    bins = np.maximum(np.arange(600), 1)
    total = np.zeros(1198)
    for _ in range(200):
        total += _searched_powers(_noise(rng, 600, 1.0 + (60.0 / bins) ** 2)).mean(axis=1) / 200
    means = [total[2 * start : 2 * stop].mean() for start, stop in pairwise([6, 12, 24, 60, 200, 600])]
    np.testing.assert_allclose(means, 1.0, atol=0.09)


@compiled
@pytest.mark.parametrize("row", [120, 121, 480, 481, 2000, 2001])
def test_far_tail_is_no_heavier_than_exponential(row: int) -> None:
    # Half bins of corrected amplitudes had 2 to 5 times as many; twenty draws say little about powers of 23.
    excess = tail_excess(row, 20)
    assert np.all((excess[:4] > 0.5) & (excess[:4] < 1.15))


def test_corrections_are_for_rows_that_exist() -> None:
    for nbins in (0, 1, 2, 3, 7, 30):
        powers = np.full((max(2 * nbins - 2, 0), LANES), 2.0, np.float32)
        correct_powers(powers, nbins)
        assert np.all(powers > 0)


def test_corrections_keep_order_and_grow_like_the_ratio_beyond_noise() -> None:
    powers = np.geomspace(1e-3, 1e6, 400).astype(np.float32)
    corrected = []
    for power in powers:
        block = np.full((402, LANES), power, np.float32)
        correct_powers(block, 5000)
        corrected.append(block[60, 0])
    assert np.all(np.diff(corrected) > 0)
    assert corrected[-1] / powers[-1] > 0.9


@compiled
@pytest.mark.parametrize("noise", [Noise(0, 0), Noise(600, 2), Noise(60, 3)], ids=str)
def test_noise_is_exponential_at_bins_and_half_bins(noise: Noise) -> None:
    nsamples, nblocks, limits = 1 << 14, 50, np.array([0.1054, 0.6931, 2.3026])
    rng, bands = np.random.default_rng(21), list(pairwise([12, 60, 300, 2000]))
    above = np.zeros((len(bands), 2, limits.size))
    for _ in range(nblocks):
        powers = powers_of(lane_spectra(noise.block(rng, nsamples), nsamples), nsamples)
        for band, (start, stop) in enumerate(bands):
            for half in (0, 1):
                inside = powers[2 * start + half : 2 * stop : 2]
                above[band, half] += (inside[..., np.newaxis] > limits).mean(axis=(0, 1)) / nblocks
    expected = np.broadcast_to(np.exp(-limits), above.shape[1:])
    for found, tolerance in zip(above, (0.045, 0.03, 0.015), strict=True):
        np.testing.assert_allclose(found, expected, rtol=tolerance)


@compiled
def test_levels_scatter_as_little_as_the_corrections_say() -> None:
    rng, nbins, found = np.random.default_rng(5), 1000, []
    for _ in range(150):
        spectra = _noise(rng, nbins)
        before = np.abs(spectra[:, 0]).copy()
        whiten(spectra)
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(2.0 * np.log(before / np.abs(spectra[:, 0])))
    rows = [12, 20, 30, 60, 120, 300]
    variances = np.concatenate(found, axis=1)[rows].var(axis=1)
    ratios = variances * low_bins(nbins).corrections()[rows, 1]
    assert np.all((ratios > 0.65) & (ratios < 1.1))  # on the safe side in white noise


@compiled
def test_a_strong_slow_pulsar_does_not_hide_itself() -> None:
    rng, harmonics = np.random.default_rng(9), np.array([29.1, 58.2, 87.3])
    spectra = _noise(rng, 2000)
    distance = np.arange(2000)[:, np.newaxis] - harmonics
    wings = (100.0 * np.sinc(distance) * np.exp(-1j * np.pi * distance)).sum(axis=1)
    spectra[:, 0] += wings.real[:, np.newaxis]
    spectra[:, 1] += wings.imag[:, np.newaxis]
    assert np.all(_searched_powers(spectra)[58] > 120)


@pytest.mark.parametrize("largest", [1e20, 3e38])
def test_powers_beyond_float32_neither_hang_nor_crash(largest: float) -> None:
    spectra = _noise(np.random.default_rng(10), 600)
    spectra[:, :, 3] *= np.float32(largest / 10.0)
    spectra[5, 0, 7] = np.nan
    with np.errstate(over="ignore", invalid="ignore"):
        powers = _searched_powers(spectra)
    others = np.delete(powers[100:], [3, 7], axis=1)
    assert others.mean() == pytest.approx(1.0, abs=0.1)
