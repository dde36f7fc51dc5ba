"""Simulated polarisations."""

import numpy as np
import pytest

from fastpipe.errors import ConfigError
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.polarisations import simulate_polarisations
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape

SHAPE = FilterbankShape(nchans=16, nsamples=5000, tsamp=1e-3)
PULSAR = SimulatedPulsar(period_s=0.1, dm=0.0, snr=200.0)


def test_one_polarisation_is_the_plain_simulation() -> None:
    header, blocks = simulate_polarisations(SHAPE, 1, PULSAR, seed=3)
    plain_header, plain = simulate(SHAPE, PULSAR, seed=3)
    assert header == plain_header
    np.testing.assert_array_equal(np.concatenate(list(blocks)), np.concatenate(list(plain)))


@pytest.mark.parametrize("npol", [2, 4])
def test_pulsar_is_in_the_feeds_alone(npol: int) -> None:
    header, blocks = simulate_polarisations(SHAPE, npol, PULSAR, seed=3)
    samples = np.concatenate(list(blocks)).astype(np.float64)
    assert (header.nifs, samples.shape) == (npol, (5000, npol, 16))
    folded = samples.mean(axis=2).reshape(-1, 100, npol).mean(axis=0)
    heights = (folded.max(axis=0) - np.median(folded, axis=0)) / folded[:50].std(axis=0)
    assert folded[:, 0].std() == pytest.approx(folded[:, 1].std(), rel=0.1)
    assert np.corrcoef(folded[:, 0], folded[:, 1])[0, 1] > 0.9
    for cross in range(2, npol):
        assert folded[:, cross].std() < 0.3 * folded[:, 0].std()
        assert heights[cross] < 10
    noise = samples[:, :, 3] - samples[:, :, 3].mean(axis=0)
    assert abs(np.corrcoef(noise[:, 0], noise[:, npol - 1])[0, 1]) < 0.3


def test_number_of_polarisations() -> None:
    with pytest.raises(ConfigError, match="found 3 polarisations, expected 1, 2 or 4"):
        simulate_polarisations(SHAPE, 3)
