"""Whitening: medians against NumPy, and the chance of high powers in white and red noise."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import config

from fastpipe.algorithms.whitening import block_edges, whiten
from fastpipe.constants import LANES
from fastpipe_kernels.whitening import block_medians


def _noise(rng: np.random.Generator, nbins: int, level: np.ndarray | float = 1.0) -> np.ndarray:
    amplitude = np.sqrt(np.broadcast_to(level, nbins) / 2).astype(np.float32)
    return rng.standard_normal((nbins, 2, LANES), dtype=np.float32) * amplitude[:, np.newaxis, np.newaxis]


def _powers(spectra: np.ndarray) -> np.ndarray:
    return np.asarray(spectra[:, 0] ** 2 + spectra[:, 1] ** 2)


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
        spectra = _noise(rng, nbins, level)
        whiten(spectra)
        powers = _powers(spectra[first:])
        counts += [np.count_nonzero(powers > x) for x in (6, 8, 10)]
        total += float(powers.sum())
        ntests += powers.size
    assert total / ntests == pytest.approx(1.0, abs=0.01)
    np.testing.assert_allclose(counts / (ntests * np.exp([-6.0, -8.0, -10.0])), 1.0, atol=0.12)


@pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")
def test_red_noise_is_flat_down_to_a_tenth_of_a_hertz() -> None:
    rng = np.random.default_rng(8)
    bins = np.maximum(np.arange(600), 1)
    total = np.zeros(600)
    for _ in range(200):
        spectra = _noise(rng, 600, 1.0 + (60.0 / bins) ** 2)
        whiten(spectra)
        total += _powers(spectra).mean(axis=1) / 200
    edges = [6, 12, 24, 60, 200, 600]
    means = [total[start:stop].mean() for start, stop in pairwise(edges)]
    np.testing.assert_allclose(means, 1.0, atol=0.2)
