"""Whole simulated recordings."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastpipe.errors import ConfigError
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape
from tests.references.simulation import pulse_shape

SHAPE = FilterbankShape(nchans=16, nsamples=20_000, tsamp=256e-6)
PULSAR = SimulatedPulsar(period_s=0.0128, dm=30.0, snr=100.0, duty_cycle=0.1, accel=2e5)


def make(shape: FilterbankShape, *args: Any, **kwargs: Any) -> NDArray[np.uint8]:
    return np.concatenate(list(simulate(shape, *args, **kwargs)[1]))


def matched_filter_snr(counts: NDArray[np.uint8], shape: FilterbankShape, pulsar: SimulatedPulsar) -> float:
    """Return the S/N that the best filter finds in the recording, with the noise known."""
    template = pulse_shape(pulsar, shape.header(), 2, 4)
    template -= template.mean(axis=0)
    noise = make(shape, seed=99)
    scaled = (counts - counts.mean(axis=0)) / noise.std(axis=0)
    return float((scaled * template).sum() / np.sqrt((template**2).sum()))


# What is left of the S/N after cutting to bits: Max 1960, and sqrt(2 / pi) for one bit.
@pytest.mark.parametrize(("nbits", "kept"), [(8, 1.0), (4, 0.989), (2, 0.939), (1, 0.798)])
def test_measured_snr_is_the_stated_one(nbits: int, kept: float) -> None:
    shape = FilterbankShape(nchans=16, nsamples=20_000, tsamp=256e-6, nbits=nbits, bandpass_depth=0.0)
    found = matched_filter_snr(make(shape, PULSAR), shape, PULSAR)
    # The noise of a measured S/N is 1, and signal of 0.2 sigma a sample is a little beyond the small-signal limit.
    assert found == pytest.approx(100.0 * kept, abs=3.0)


def test_noise_has_the_stated_moments() -> None:
    shape = FilterbankShape(nchans=32, nsamples=8192)
    mean, std = shape.noise_counts()
    counts = make(shape)
    assert counts.dtype == np.uint8
    np.testing.assert_allclose(counts.mean(axis=0), mean, atol=5 * 16 / np.sqrt(8192))
    np.testing.assert_allclose(counts.std(axis=0), std, rtol=0.05)
    assert mean[0] < 0.85 * mean[16]


def test_same_seed_same_recording() -> None:
    first, again, other = make(SHAPE, PULSAR, seed=3), make(SHAPE, PULSAR, seed=3), make(SHAPE, PULSAR, seed=4)
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.9


def test_noise_does_not_depend_on_the_length() -> None:
    shorter = FilterbankShape(nchans=16, nsamples=5000, tsamp=256e-6)
    np.testing.assert_array_equal(make(shorter), make(SHAPE)[:5000])


def test_channels_of_interference() -> None:
    interference = SimulatedInterference(dead_channels=(0, 7), narrowband_channels=(3,))
    counts = make(SHAPE, PULSAR, interference)
    quiet = make(SHAPE, PULSAR)
    assert not counts[:, [0, 7]].any()
    assert counts[:, 3].mean() > quiet[:, 3].mean() + 3 * quiet[:, 3].std()
    assert counts[:, 3].std() > 3 * quiet[:, 3].std()
    others = [j for j in range(16) if j not in (0, 3, 7)]
    # The pulsar is a little brighter in what is left, so that its S/N stays.
    assert np.abs(counts[:, others].astype(float) - quiet[:, others]).max() <= 4


def test_mains_at_its_frequency() -> None:
    counts = make(SHAPE, None, SimulatedInterference(mains_hz=50.0, mains_amplitude=0.2))
    spectrum = np.abs(np.fft.rfft(counts.mean(axis=1)))[1:]
    assert spectrum.argmax() + 1 == round(50.0 * 20_000 * 256e-6)


def test_sparks_are_broadband() -> None:
    counts = make(SHAPE, None, SimulatedInterference(spark_rate_hz=4.0, spark_width_s=1e-3))
    band = counts.mean(axis=1)
    nsparks = ((band[1:] > 140) & (band[:-1] <= 140)).sum()
    assert 8 <= nsparks <= 35


def test_drift_is_slow() -> None:
    counts = make(SHAPE, None, SimulatedInterference(drift_amplitude=1.0))
    power = np.abs(np.fft.rfft(counts.mean(axis=1))) ** 2
    assert power[1:10].mean() > 1000 * power[1000:].mean()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nbits": 3}, "found nbits = 3"),
        ({"nchans": 0}, "in 0 channels"),
        ({"top_mhz": 300.0}, "expected positive frequencies"),
        ({"bandpass_depth": 1.0}, "found bandpass_depth = 1.0"),
    ],
)
def test_impossible_shapes_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        FilterbankShape(**changes)


def test_impossible_interference_is_refused() -> None:
    with pytest.raises(ConfigError, match="found interference in channel 16, expected 0 to 15"):
        simulate(SHAPE, None, SimulatedInterference(dead_channels=(16,)))
    with pytest.raises(ConfigError, match="found spark_rate_hz = -1"):
        SimulatedInterference(spark_rate_hz=-1.0)
    with pytest.raises(ConfigError, match="found seed = -1"):
        simulate(SHAPE, seed=-1)
