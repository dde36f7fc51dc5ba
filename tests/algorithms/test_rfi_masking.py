"""The mask: interference is found, noise and pulsars are not."""

from dataclasses import replace

import numpy as np
import pytest

from fastpipe.algorithms.rfi_masking import MaskingRules, channel_statistics, find_mask, mask_remarks
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape
from tests.algorithms.interval_recordings import recorded, statistics_of

INTERVAL = 1000
NSAMPLES = 25 * INTERVAL
NCHANS = 96


def shape(**options: object) -> FilterbankShape:
    found = {"nchans": NCHANS, "nsamples": NSAMPLES, "tsamp": 5e-4, "top_mhz": 1500.0, "bandwidth_mhz": 500.0} | options
    return FilterbankShape(**found)  # type: ignore[arg-type]


def mask_of(data: np.ndarray, nbits: int = 8, interval: int = INTERVAL) -> RFIMask:
    return find_mask(statistics_of(data, interval, nbits), MaskingRules())


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return recorded(shape(nbits=32))


@pytest.mark.parametrize("nbits", [1, 2, 4, 8, 32])
def test_noise_of_any_depth_is_left_alone(nbits: int) -> None:
    assert mask_of(recorded(shape(nbits=nbits)), nbits).masked_fraction < 0.005


@pytest.mark.parametrize("options", [{"bandpass_depth": 0.9}, {"nsamples": 2100}, {"nsamples": 700}, {"nsamples": 5100}])
def test_steep_bands_and_short_recordings_are_left_alone(options: dict[str, object]) -> None:
    assert mask_of(recorded(shape(**options))).masked_fraction < 0.005


def test_long_tails_and_drifts_of_the_gain_are_left_alone() -> None:
    rng = np.random.default_rng(3)
    gain = 1.0 + 0.02 * np.cumsum(rng.standard_normal(NSAMPLES // INTERVAL)).repeat(INTERVAL)[:, None]
    band = 10.0 + rng.standard_normal(NCHANS)
    for degrees in (1.0, 6.0):
        power = rng.gamma(degrees, size=(NSAMPLES, NCHANS)) * gain * band
        assert mask_of(power.astype(np.float32), 32).masked_fraction < 0.005


@pytest.mark.parametrize("dm", [3.0, 100.0])
@pytest.mark.parametrize("duty_cycle", [0.02, 0.5])
@pytest.mark.parametrize("period_s", [0.005, 0.5, 5.0])
def test_a_pulsar_of_300_sigma_is_left_alone(period_s: float, duty_cycle: float, dm: float) -> None:
    pulsar = SimulatedPulsar(period_s=period_s, dm=dm, snr=300.0, duty_cycle=duty_cycle)
    assert mask_of(recorded(shape(), pulsar)).masked_fraction < 0.005


def test_a_pulsar_that_scintillates_is_left_alone(noise: np.ndarray) -> None:
    pulses = 6.0 * (np.arange(NSAMPLES) % 100 < 3)[:, None] * np.exp(-0.5 * ((np.arange(NCHANS) - 30) / 8.0) ** 2)
    assert mask_of(noise + pulses.astype(np.float32), 32).masked_fraction < 0.01


def test_a_carrier_is_masked_for_as_long_as_it_is_on(noise: np.ndarray) -> None:
    rng = np.random.default_rng(4)
    steady, intermittent = noise.copy(), noise.copy()
    steady[:, 40] += 16.0 * rng.standard_normal(NSAMPLES, np.float32)
    steady[:, 94:] += 16.0 * rng.standard_normal((NSAMPLES, 2), np.float32)
    is_on = (np.arange(NSAMPLES) // INTERVAL) % 4 == 1
    intermittent[is_on, 40] += 16.0 * rng.standard_normal(np.count_nonzero(is_on), np.float32)
    found = mask_of(steady, 32)
    assert np.flatnonzero(found.bad_channels).tolist() == [40, 94, 95]
    assert ((found.reasons[:, 40] & Reason.SPREAD) != 0).mean() > 0.9
    found = mask_of(intermittent, 32)
    np.testing.assert_array_equal(found.mask[:, 40], np.arange(25) % 4 == 1)
    assert np.delete(found.mask, 40, axis=1).mean() < 0.005


def test_jumps_sparks_and_tones_of_one_channel_are_masked(noise: np.ndarray) -> None:
    rng = np.random.default_rng(5)
    data = noise.copy()
    data[7 * INTERVAL : 8 * INTERVAL, 20] += 12.0
    data[rng.random(NSAMPLES) < 0.004, 50] += 160.0
    data[:, 70] += 10.0 * np.sin(2.0 * np.pi * 0.025 * np.arange(NSAMPLES))
    found = mask_of(data, 32)
    assert found.reasons[7, 20] & Reason.LEVEL
    assert not found.mask[np.arange(25) != 7, 20].any()
    assert ((found.reasons[:, 50] & Reason.SHAPE) != 0).all()
    assert ((found.reasons[:, 70] & Reason.PERIODIC) != 0).all()
    assert np.delete(found.mask, [20, 50, 70], axis=1).mean() < 0.005


def test_clipped_channels_and_storms_are_masked() -> None:
    data = recorded(shape())
    # The gain of one channel is too high for 8 bits; the receiver saturates in two intervals.
    data[:, 30] = np.clip(96.0 + 8.0 * (data[:, 30] - 96.0), 0, 255)
    data[2 * INTERVAL : 4 * INTERVAL : 2] = 255
    found = mask_of(data)
    assert ((found.reasons[:, 30] & Reason.CLIPPED) != 0).mean() > 0.9
    assert np.flatnonzero(found.mask.all(axis=1)).tolist() == [2, 3]
    assert ((found.reasons[2:4] & Reason.INTERVAL) != 0).all()
    assert np.delete(found.mask, 30, axis=1)[np.r_[0:2, 4:25]].mean() < 0.005


def test_dead_channels_gaps_and_edges_have_their_reasons(noise: np.ndarray) -> None:
    data = 200.0 + noise
    data[:, :5] = 0.05 * noise[:, :5]
    data[:, 11] = 7.0
    data[:, 12] = np.nan
    data[3 * INTERVAL : 4 * INTERVAL] = np.inf
    data[6 * INTERVAL : 7 * INTERVAL, 60] = 0.0
    found = mask_of(data.astype(np.float32), 32)
    is_dead = (found.reasons & Reason.DEAD) != 0
    assert np.flatnonzero(is_dead.all(axis=0)).tolist() == [11, 12]
    assert np.flatnonzero(is_dead.all(axis=1)).tolist() == [3]
    assert is_dead[6, 60]
    assert np.flatnonzero(((found.reasons & Reason.EDGE) != 0).any(axis=0)).tolist() == [0, 1, 2, 3, 4]
    assert not found.bad_channels[[10, 13, 60]].any()
    assert mask_remarks(found) == ()


@pytest.mark.parametrize("nchans", [1, 2, 3, 8, 9, 10, 12])
def test_recordings_of_few_channels_are_searched_too(noise: np.ndarray, nchans: int) -> None:
    assert mask_of(noise[:, :nchans], 32).masked_fraction < 0.01
    assert mask_of(noise[:300, :nchans], 32).masked_fraction < 0.01


def test_a_recording_without_noise_is_all_dead() -> None:
    found = mask_of(np.full((2500, 16), 3, np.uint8))
    assert (found.reasons == Reason.DEAD).all()
    assert mask_remarks(found) == ("No channel records noise: nothing can be searched.",)
    statistics = channel_statistics(statistics_of(np.full((2500, 16), 3, np.uint8), INTERVAL), found)
    assert not statistics.std.any()
    assert statistics.nsamples == 0


def test_what_is_bad_often_is_masked_as_a_whole_but_never_most_of_the_band(noise: np.ndarray) -> None:
    rng = np.random.default_rng(6)
    draws = rng.random((25, NCHANS))
    few, most = (draws < 0.75) & (np.arange(NCHANS) % 10 == 0), draws < 0.6
    for is_lost, share in ((few, 0.104), (most, 0.6)):
        found = mask_of(np.where(is_lost.repeat(INTERVAL, axis=0), np.float32(0.0), noise), 32)
        assert found.masked_fraction == pytest.approx(share, abs=0.02)
        assert np.any(found.reasons & Reason.CHANNEL) == (is_lost is few)


def test_impulses_that_vanish_in_the_sum_over_the_band_are_no_reason(noise: np.ndarray) -> None:
    rng = np.random.default_rng(7)
    data = noise.copy()
    # One pulse an interval, as a scintillating pulsar gives in its brightest channel: kurtosis 4, and 3 % more noise.
    data[(np.arange(NSAMPLES) % INTERVAL) < 3, 30] += 16.0 * 5.0
    assert mask_of(data, 32).masked_fraction < 0.002
    data[rng.random(NSAMPLES) < 0.002, 30] += 16.0 * 15.0
    assert ((mask_of(data, 32).reasons[:, 30] & Reason.SHAPE) != 0).mean() > 0.7


def test_mask_does_not_depend_on_the_direction_of_the_band(noise: np.ndarray) -> None:
    data = noise.copy()
    data[:, 20:23] *= 2.0
    ascending = mask_of(np.ascontiguousarray(data[:, ::-1]), 32)
    np.testing.assert_array_equal(ascending.mask.all(axis=0)[::-1], mask_of(data, 32).mask.all(axis=0))


def test_thresholds_count(noise: np.ndarray) -> None:
    data = noise.copy()
    data[:, 40] *= 1.2
    statistics = statistics_of(data, INTERVAL, 32)
    assert find_mask(statistics, MaskingRules()).bad_channels[40]
    deaf = MaskingRules(spread_sigma=100.0, interval_sigma=100.0, shape_sigma=100.0, fourier_sigma=37.0)
    assert not find_mask(statistics, deaf).mask.any()


def test_channel_statistics_are_those_of_what_is_left() -> None:
    data = recorded(shape(nchans=12, nsamples=3500, nbits=32))
    statistics = statistics_of(data, INTERVAL, 32)
    reasons = np.zeros((4, 12), np.uint16)
    reasons[1, 3] = Reason.LEVEL
    reasons[:, 5] = Reason.GIVEN
    found = channel_statistics(statistics, RFIMask(reasons, INTERVAL, 3500))
    left = np.concatenate((data[:1000, 3], data[2000:, 3]))
    assert found.mean[3] == pytest.approx(left.mean(), rel=1e-6)
    assert found.std[3] == pytest.approx(left.std(), rel=5e-3)
    assert found.mean[5] == found.std[5] == 0.0
    assert found.nsamples == 3500


def test_a_mask_of_most_of_the_recording_is_remarked_upon() -> None:
    reasons = np.full((4, 10), Reason.SPREAD, np.uint16)
    reasons[:, :4] = 0
    mask = RFIMask(reasons, 100, 400)
    assert mask_remarks(mask) == (
        "60 % of what was recorded is masked as interference: look at the mask before you trust it.",
    )
    assert mask_remarks(replace(mask, reasons=np.zeros((4, 10), np.uint16))) == ()


def test_drifts_common_to_the_band_are_left_alone() -> None:
    data = recorded(shape(), None, SimulatedInterference(drift_amplitude=0.5))
    assert mask_of(data).masked_fraction < 0.005
