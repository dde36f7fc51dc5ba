"""Powers at any DM from 16 sub-bands, against dedispersion sample by sample."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import config

from fastpipe.algorithms.dedispersion import ZERO_LEVEL, channel_length, dedisperse
from fastpipe.algorithms.end_matching import subtract_trend
from fastpipe.algorithms.subband_spectra import make_subbands, subband_plan
from fastpipe.constants import LANES
from fastpipe.dispersion import dm_delay_s
from tests.algorithms.subband_blocks import SHAPE, spectra_of

compiled = pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")


@pytest.mark.parametrize("nchans", [1, 3, 16, 40, 4096, 9000])
def test_plan_adds_every_channel_once_into_its_sub_band(nchans: int) -> None:
    plan = subband_plan(nchans)
    channels = np.full((plan.nchans, channel_length(plan, 8)), ZERO_LEVEL, np.uint8)
    channels[:nchans, 3] += (np.arange(nchans) % 7).astype(np.uint8)
    out = np.zeros((1, 8, LANES), np.float32)
    dedisperse(channels, 0, plan, out, 0, 8)
    expected = np.zeros(plan.nchans)
    expected[:nchans] = np.arange(nchans) % 7
    np.testing.assert_array_equal(out[0, 3], expected.reshape(LANES, -1).sum(axis=1))
    assert not out[0, :3].any()
    assert not out[0, 4:].any()


@settings(max_examples=10, deadline=None)
@given(st.integers(20, 400), st.floats(0.0, 30.0), st.integers(0, 100))
def test_power_at_a_dm_is_that_of_the_dedispersed_sum(fourier_bin: int, dm: float, seed: int) -> None:
    shape = replace(SHAPE, nsamples=1000, nchans=16, tsamp=1e-3)
    header = shape.header()
    data = np.random.default_rng(seed).standard_normal((1000, 16)).astype(np.float32)
    subbands = spectra_of(data.copy(), header)
    row = np.array([2 * fourier_bin])
    found = subbands.largest_powers(row, dm, dm)[0]
    flat = data / data.std(axis=0)
    subtract_trend(flat, 1000)
    turns = fourier_bin / 1.0 * dm_delay_s(dm, header.chan_freqs_mhz)
    amplitude = (np.fft.rfft(flat, axis=0)[fourier_bin] * np.exp(2j * np.pi * turns)).sum()
    gain = float(subbands.gains[fourier_bin])
    assert found == pytest.approx(abs(amplitude * gain) ** 2, rel=1e-3, abs=1e-4)


@compiled
def test_largest_power_is_at_least_what_the_best_dm_has() -> None:
    header = SHAPE.header()
    time_s = (np.arange(SHAPE.nsamples) * SHAPE.tsamp)[:, np.newaxis]
    freq_hz = 300 / (SHAPE.nsamples * SHAPE.tsamp) * 10
    data = np.random.default_rng(2).standard_normal((SHAPE.nsamples, SHAPE.nchans)).astype(np.float32)
    data += 0.1 * np.cos(2 * np.pi * freq_hz * (time_s - dm_delay_s(6.1, header.chan_freqs_mhz)))
    subbands = spectra_of(data, header)
    rows = np.array([6000])
    at_dm, best, at_zero = (float(subbands.largest_powers(rows, *dms)[0]) for dms in ((6.1, 6.1), (1, 100), (0, 0)))
    assert at_dm == pytest.approx(0.01 / 4 * SHAPE.nsamples * SHAPE.nchans, rel=0.2)
    assert best > 0.97 * at_dm
    assert at_zero < 0.05 * at_dm


@compiled
def test_noise_has_powers_of_mean_one() -> None:
    shape = replace(SHAPE, nsamples=2**14)
    data = np.random.default_rng(3).standard_normal((shape.nsamples, shape.nchans)).astype(np.float32)
    data[:, 5:8] = 0.0
    subbands = spectra_of(data, shape.header())
    rows = np.arange(2000, 16000)
    assert subbands.largest_powers(rows, 0.0, 0.0).mean() == pytest.approx(1.0, abs=0.05)
    assert subbands.row_powers()[2000:].mean() == pytest.approx(1.0, abs=0.05)


def test_dead_sub_bands_have_no_part_in_the_sweep() -> None:
    freqs = SHAPE.header().descending_freqs_mhz
    good = np.ones(32, bool)
    good[:4] = False
    subbands = make_subbands(freqs, good, subband_plan(32))
    assert subbands.nchans.tolist() == [0, 0] + 14 * [2]
    delays = dm_delay_s(1.0, freqs).reshape(16, 2).mean(axis=1)
    assert subbands.sweep_s == pytest.approx(delays[15] - delays[2])
