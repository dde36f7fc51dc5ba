"""What the stages keep of a pulse, against brute force: every channel moved by its exact delay, rounded once."""

import numpy as np
import pytest

from benchmarks.dedispersion_losses import WIDTHS_SAMPLES, kept_by_best_filter
from benchmarks.fast_band import TSAMP, band_freqs_mhz
from benchmarks.requantisation_losses import kept_by_requantisation
from fastpipe.algorithms.dedispersion import ZERO_LEVEL, channel_length, dedisperse
from fastpipe.algorithms.radix_plan import RadixPlan, make_radix_plan
from fastpipe.constants import LANES
from tests.references.dedispersion import add_delayed, exact_delays, gaussian_pulse, kept_by_pairs, kept_snr

CHANNEL_COUNTS = (96, 336, 512, 1024, 3000, 4096, 16384)


def _series(plan: RadixPlan, channels: np.ndarray, nsamples: int) -> np.ndarray:
    blocks = np.full((-(-len(plan.dm_trials) // LANES), nsamples, LANES), np.nan, np.float32)
    dedisperse(channels, 0, plan, blocks, 0, nsamples)
    return blocks.transpose(0, 2, 1).reshape(-1, nsamples)[: len(plan.dm_trials)]


def _channels(plan: RadixPlan, data: np.ndarray, nsamples: int) -> np.ndarray:
    """Put data that begin `lead_samples` before the series into the rows and columns that the stages read."""
    channels = np.full((plan.nchans, channel_length(plan, nsamples)), ZERO_LEVEL, np.uint8)
    ncolumns = min(channels.shape[1], data.shape[1])
    channels[: len(data), :ncolumns] = data[:, :ncolumns]
    return channels


@pytest.mark.parametrize("nchans", [96, 336, 1024])
def test_stages_agree_with_brute_force_to_the_rounding_of_their_delays(nchans: int) -> None:
    freqs, nsamples = band_freqs_mhz(nchans), 200
    dms = 20.0 + 0.3 * np.arange(24)
    plan = make_radix_plan(freqs, 4 * TSAMP, dms)
    data = np.random.default_rng(nchans).integers(0, 256, (nchans, channel_length(plan, nsamples)), np.uint8)
    delays, once = plan.delays()[:, :nchans], np.rint(exact_delays(freqs, 4 * TSAMP, dms)).astype(np.int64)
    assert np.abs(delays - once).max() <= len(plan.stages)
    expected = add_delayed(data, delays, plan.lead_samples, nsamples) - ZERO_LEVEL * nchans
    np.testing.assert_array_equal(_series(plan, _channels(plan, data, nsamples), nsamples), expected)


@pytest.mark.parametrize(("nchans", "width_samples"), [(96, 4), (512, 4), (1024, 16)])
def test_a_pulse_keeps_what_the_delays_say(nchans: int, width_samples: int) -> None:
    freqs, nsamples, middle = band_freqs_mhz(nchans), 128, 63.3
    dms = 50.0 + 0.7 * np.arange(16)
    plan = make_radix_plan(freqs, TSAMP, dms)
    exact = exact_delays(freqs, TSAMP, dms)
    predicted = kept_by_best_filter(plan.delays()[:, :nchans] - exact, width_samples)
    aligned = gaussian_pulse(np.zeros(nchans), nsamples, middle, width_samples).sum(axis=0) - float(ZERO_LEVEL) * nchans
    for trial in range(0, len(dms), 5):
        ncolumns = channel_length(plan, nsamples)
        data = gaussian_pulse(exact[trial], ncolumns, plan.lead_samples + middle, width_samples)
        found = _series(plan, _channels(plan, data, nsamples), nsamples)[trial]
        assert np.sqrt((found**2).sum() / (aligned**2).sum()) == pytest.approx(predicted[trial], abs=2e-3)


@pytest.mark.parametrize("nchans", CHANNEL_COUNTS)
@pytest.mark.parametrize(("dm_min", "dm_step", "downsample"), [(0.0, 0.1, 1), (200.0, 0.5, 4), (2000.0, 3.0, 32)])
def test_snr_kept_by_pulses_of_4_and_16_samples(nchans: int, dm_min: float, dm_step: float, downsample: int) -> None:
    dms, freqs = dm_min + dm_step * np.arange(96), band_freqs_mhz(nchans)
    plan = make_radix_plan(freqs, TSAMP * downsample, dms)
    errors = plan.delays()[:, :nchans] - exact_delays(freqs, TSAMP * downsample, dms)
    four_samples = kept_by_best_filter(errors, 4)
    assert four_samples.min() >= 0.97
    assert four_samples.mean() >= 0.975
    assert kept_by_best_filter(errors, 16).min() >= 0.99


def test_snr_kept_is_the_sum_over_pairs_of_channels() -> None:
    errors = np.random.default_rng(2).uniform(-1.5, 1.5, (3, 40))
    for width in WIDTHS_SAMPLES:
        expected = [kept_by_pairs(row, width) for row in errors]
        np.testing.assert_allclose(kept_by_best_filter(errors, width), expected, atol=1e-3)


def test_the_best_filter_keeps_no_less_than_the_one_for_the_pulse_itself() -> None:
    exact = np.random.default_rng(3).uniform(0.0, 100.0, (20, 500))
    delays = np.rint(exact + 0.4 * np.sin(exact)).astype(np.int64)
    for width in WIDTHS_SAMPLES:
        assert np.all(kept_by_best_filter(delays - exact, width) >= kept_snr(delays, exact, width) - 1e-4)


@pytest.mark.parametrize("downsample", [1, 2, 8])
def test_clean_samples_keep_the_snr_of_weak_and_of_strong_signals(downsample: int) -> None:
    weak, strong, clipped = kept_by_requantisation(downsample, 10.0, (0.1, 4.0, 8.0))
    assert 0.999 < weak < 1.0005
    assert strong > 0.999
    assert 0.92 < clipped < 0.97
