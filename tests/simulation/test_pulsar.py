"""Simulated pulses against their definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastpipe.errors import ConfigError
from fastpipe.simulation.pulsar import SimulatedPulsar, make_pulse_templates
from fastpipe.simulation.shape import FilterbankShape
from tests.references.simulation import pulse_shape

SHAPE = FilterbankShape(nchans=5, nsamples=1200, tsamp=1e-3, top_mhz=500.0, bandwidth_mhz=100.0)
SMALL = FilterbankShape(nchans=3, nsamples=300, tsamp=1e-3, top_mhz=500.0, bandwidth_mhz=60.0)


def made_signal(pulsar: SimulatedPulsar, shape: FilterbankShape) -> NDArray[np.float32]:
    header = shape.header()
    templates = make_pulse_templates(pulsar, header, np.ones(shape.nchans, np.bool_))
    signal = np.zeros((shape.nsamples, shape.nchans), np.float32)
    templates.add(0, signal)
    return signal


@settings(max_examples=25)
@given(
    period_s=st.floats(0.02, 0.3),
    dm=st.floats(0.0, 20.0),
    duty_cycle=st.floats(0.03, 0.6),
    accel=st.floats(-1e6, 1e6),
)
def test_pulses_equal_the_definition(period_s: float, dm: float, duty_cycle: float, accel: float) -> None:
    pulsar = SimulatedPulsar(period_s=period_s, dm=dm, snr=50.0, duty_cycle=duty_cycle, accel=accel)
    made = made_signal(pulsar, SMALL).astype(np.float64)
    expected = pulse_shape(pulsar, SMALL.header(), 8, 64)
    scale = (made * expected).sum() / (expected**2).sum()
    # What is left is the coarseness of the steps of the brute force, most at narrow pulses.
    assert np.abs(made - scale * expected).max() < 0.02 * np.abs(made).max()


@pytest.mark.parametrize(("duty_cycle", "dm"), [(0.05, 0.0), (0.3, 5.0), (0.02, 30.0), (0.9, 0.0)])
def test_sum_over_the_recording_is_the_stated_snr(duty_cycle: float, dm: float) -> None:
    # 20 whole turns in the recording, so the mean over turns is that over samples.
    pulsar = SimulatedPulsar(period_s=0.06, dm=dm, snr=37.0, duty_cycle=duty_cycle)
    signal = made_signal(pulsar, SHAPE).astype(np.float64)
    assert np.sqrt(((signal - signal.mean(axis=0)) ** 2).sum()) == pytest.approx(37.0, rel=2e-3)


def test_peak_at_the_middle_of_the_recording() -> None:
    shape = FilterbankShape(nchans=4, nsamples=101, tsamp=1e-3)
    signal = made_signal(SimulatedPulsar(period_s=0.5, dm=0.0, snr=10.0), shape)
    assert signal[:, 0].argmax() == 50


def test_blocks_do_not_matter() -> None:
    pulsar = SimulatedPulsar(period_s=0.0123, dm=10.0, snr=20.0, accel=100.0)
    header = SHAPE.header()
    templates = make_pulse_templates(pulsar, header, np.ones(5, np.bool_))
    whole, pieces = np.zeros((2, 1200, 5), np.float32)
    templates.add(0, whole)
    for start in range(0, 1200, 77):
        templates.add(start, pieces[start : start + 77])
    np.testing.assert_array_equal(whole, pieces)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"period_s": 0.0}, "found period_s = 0.0"),
        ({"duty_cycle": 1.5}, "found duty_cycle = 1.5"),
        ({"dm": -1.0}, "found dm = -1.0"),
        ({"snr": float("nan")}, "found snr = nan"),
        ({"accel": float("inf")}, "found accel = inf"),
    ],
)
def test_impossible_pulsars_are_refused(changes: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SimulatedPulsar(**({"period_s": 0.1, "dm": 1.0, "snr": 1.0} | changes))
