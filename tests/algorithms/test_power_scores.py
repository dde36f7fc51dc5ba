"""Scores of powers: zero on average in noise, and by formula what simulation gives."""

from itertools import pairwise

import numpy as np
import pytest

from benchmarks.conditional_noise import row_weights
from fastpipe.algorithms.power_scores import MEAN_SCORE, SCORE_GAIN, SCORE_STEP, own_scores, score_variance, scores
from fastpipe.constants import LANES
from fastpipe_kernels.whitening import block_scores


def test_moments_are_those_of_noise() -> None:
    powers = np.random.default_rng(1).exponential(size=2_000_000)
    found = scores(powers)
    assert found.mean() == pytest.approx(0.0, abs=0.003)
    assert found.var() == pytest.approx(score_variance(), rel=0.01)
    changed = (scores(powers * 1.02).mean() - scores(powers / 1.02).mean()) / (2 * np.log(1.02))
    assert changed == pytest.approx(1.0, rel=0.01)


def test_kernel_gives_the_means_of_the_scores() -> None:
    rng = np.random.default_rng(2)
    spectra = (rng.standard_normal((60, 2, LANES)) * 2.0).astype(np.float32)
    edges, nodes = np.array([1, 6, 20, 60]), np.array([1.0, 10.0, 59.0])
    gains, found = rng.uniform(0.2, 1.0, (3, LANES)).astype(np.float32), np.empty((3, LANES), np.float32)
    block_scores(spectra, edges, nodes, gains, MEAN_SCORE, found)
    for lane in (0, 7, 15):
        gain = np.interp(np.arange(60), nodes, gains[:, lane])
        each = scores((spectra[:, :, lane] ** 2).sum(axis=1) * gain**2)
        expected = [each[start:stop].mean() for start, stop in pairwise(edges)]
        np.testing.assert_allclose(found[:, lane] / SCORE_GAIN, expected, atol=1e-4)


@pytest.mark.parametrize("power", [1.0, 5.0, 20.0])
def test_own_scores_are_those_of_amplitudes_of_which_one_combination_is_known(power: float) -> None:
    rng, ndraws = np.random.default_rng(3), 100_000
    bins, weights = row_weights(41)
    amplitudes = (rng.standard_normal((bins.size, ndraws)) + 1j * rng.standard_normal((bins.size, ndraws))) * np.sqrt(0.5)
    amplitudes += weights[:, np.newaxis] * (np.sqrt(power) - weights @ amplitudes)
    found = scores(np.abs(amplitudes) ** 2).mean(axis=1).sum()
    assert own_scores()[1, round(power / SCORE_STEP)] == pytest.approx(found, abs=0.03)
    assert own_scores()[0, round(power / SCORE_STEP)] == pytest.approx(float(scores(np.array(power))))
