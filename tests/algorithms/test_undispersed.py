"""Interference at DM 0 against pulses that sweep through the band."""

import numpy as np
import pytest

from fastpipe.algorithms.undispersed import is_undispersed
from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe.dispersion import dm_delay_s

NCHANS, NSAMPLES, TSAMP = 128, 400, 1e-4
FREQS = 1500.0 - 500.0 * (np.arange(NCHANS) + 0.5) / NCHANS
CHANNELS = ChannelStatistics(np.full(NCHANS, 96.0), np.full(NCHANS, 16.0), NSAMPLES)
ALL = np.ones(NCHANS, np.bool_)
EVENT = NSAMPLES // 2


def event(dm: float, width: int, snr: float, seed: int, sign: float = 1.0) -> np.ndarray:
    """Noise with a pulse of some samples in each channel, at the event in the highest one."""
    values = np.random.default_rng(seed).standard_normal((NSAMPLES, NCHANS))
    delays = np.rint(dm_delay_s(dm, FREQS, FREQS.max()) / TSAMP).astype(int)
    for channel, delay in enumerate(delays):
        values[EVENT + delay : EVENT + delay + width, channel] += sign * snr / np.sqrt(NCHANS * width)
    return np.clip(np.rint(96.0 + 16.0 * values), 0, 255).astype(np.uint8)


def share(dm: float, width: int, snr: float, sign: float = 1.0) -> float:
    """Fraction of events that are taken for interference."""
    sweep = round(float(dm_delay_s(dm, FREQS.min(), FREQS.max())) / TSAMP)
    stretch = (EVENT, EVENT + width + sweep)
    verdicts = [is_undispersed(event(dm, width, snr, seed, sign), CHANNELS, ALL, FREQS, stretch) for seed in range(12)]
    return float(np.mean([verdict is True for verdict in verdicts]))


@pytest.mark.parametrize("width", [1, 3, 20])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_sparks_are_interference(width: int, sign: float) -> None:
    assert share(0.0, width, 12.0, sign) > 0.8
    assert share(0.0, width, 50.0, sign) == 1.0


@pytest.mark.parametrize(("dm", "width"), [(1.0, 2), (3.0, 5), (3.0, 30), (6.0, 10)])
def test_pulses_are_not(dm: float, width: int) -> None:
    assert share(dm, width, 12.0) < 0.2
    assert share(dm, width, 60.0) == 0.0


def test_what_is_in_a_part_of_the_band_is_not() -> None:
    spectra = event(0.0, 2, 0.0, 1)
    spectra[EVENT : EVENT + 2, 30:60] = 255
    assert not is_undispersed(spectra, CHANNELS, ALL, FREQS, (EVENT, EVENT + 2))


def test_bad_channels_floats_and_bands_of_either_direction() -> None:
    spectra = event(0.0, 2, 40.0, 1).astype(np.float32)
    spectra[:, 7] = np.nan
    spectra[100:200, 90:] = np.inf
    is_good = ALL.copy()
    is_good[::5] = False
    assert is_undispersed(spectra, CHANNELS, is_good, FREQS, (EVENT, EVENT + 2))
    ascending = np.ascontiguousarray(spectra[:, ::-1])
    assert is_undispersed(ascending, CHANNELS, is_good[::-1], FREQS[::-1], (EVENT, EVENT + 2))
    swept = event(3.0, 2, 40.0, 1)[:, ::-1]
    assert not is_undispersed(swept, CHANNELS, ALL, FREQS[::-1], (EVENT, EVENT + 70))


def test_few_channels_cannot_tell() -> None:
    spectra = event(0.0, 2, 100.0, 1)
    is_good = ALL.copy()
    is_good[15:] = False
    assert not is_undispersed(spectra, CHANNELS, is_good, FREQS, (EVENT, EVENT + 2))


def test_events_at_the_ends_of_a_recording() -> None:
    spectra = event(0.0, 2, 50.0, 1)[EVENT:]
    assert is_undispersed(spectra, CHANNELS, ALL, FREQS, (0, 2))
    assert is_undispersed(spectra[:3], CHANNELS, ALL, FREQS, (0, 2)) is not True


def test_what_is_in_bad_channels_alone_is_nothing() -> None:
    spectra = event(0.0, 2, 0.0, 1)
    spectra[EVENT : EVENT + 2, 30:60] = 255
    is_good = ALL.copy()
    is_good[30:60] = False
    assert is_undispersed(spectra, CHANNELS, is_good, FREQS, (EVENT, EVENT + 2)) is None
