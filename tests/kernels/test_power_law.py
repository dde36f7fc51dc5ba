"""The fit of white noise and a power law to levels."""

import numpy as np
import pytest

from fastpipe.constants import LANES
from fastpipe_kernels.power_law import fit_power_laws

LOG_BINS = np.log(np.geomspace(3.0, 4000.0, 22))
VARIANCES = 2.0 / np.exp(LOG_BINS) + 0.01


def _fitted(levels: np.ndarray) -> np.ndarray:
    curves = np.empty((3, LANES))
    fit_power_laws(levels, LOG_BINS, VARIANCES, curves)
    return np.asarray(np.logaddexp(curves[0], curves[1] - curves[2] * (LOG_BINS - LOG_BINS[0])[:, np.newaxis]))


@pytest.mark.parametrize(("corner", "slope"), [(60.0, 1.0), (60.0, 2.0), (600.0, 2.0), (60.0, 3.0), (20.0, 4.0), (3.0, 2.0)])
def test_the_curve_that_levels_follow_is_found(corner: float, slope: float) -> None:
    truth = np.log1p((corner / np.exp(LOG_BINS)) ** slope)[:, np.newaxis] + np.linspace(-40.0, 40.0, LANES)
    np.testing.assert_allclose(_fitted(truth), truth, atol=0.1)


def test_white_noise_and_a_few_raised_levels_give_a_flat_curve() -> None:
    levels = np.zeros((LOG_BINS.size, LANES))
    levels[6:8] = 4.0
    assert np.abs(_fitted(levels)[8:]).max() < 0.1


def test_lanes_without_levels_give_level_one() -> None:
    levels = np.full((LOG_BINS.size, LANES), -np.inf)
    levels[:, 1] = 3.0
    fitted = _fitted(levels)
    assert np.all(fitted[:, 0] == 0.0)
    np.testing.assert_allclose(fitted[:, 1], 3.0, atol=0.05)
