"""Families of simulated interference: each is where and when it says, and leaves everything else as it was."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastpipe.errors import ConfigError
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.rfi_families import AviationPulses, Carrier, Mains, Radar, Satellite, Sparks, SwitchedDiode
from fastpipe.simulation.rfi_presets import RFI_FAMILIES, fast_interference, typical_interference
from fastpipe.simulation.rfi_signals import RFIFamily
from fastpipe.simulation.shape import FilterbankShape

# Floats, and noise of standard deviation 16: what is added is the difference of two recordings over 16.
SHAPE = FilterbankShape(nchans=40, nsamples=30_000, tsamp=1e-3, nbits=32, bandpass_depth=0.0)


def added_by(*families: RFIFamily, seed: int = 3, shape: FilterbankShape = SHAPE) -> NDArray[Any]:
    """Return what families add to a recording, in units of the noise, shape [nsamples, nchans]."""
    pulsar = SimulatedPulsar(period_s=0.2, dm=10.0, snr=50.0)
    with_rfi, without = (
        np.concatenate(list(simulate(shape, pulsar, SimulatedInterference(families=some), seed)[1]))
        for some in (families, ())
    )
    return (with_rfi - without) / 16.0


def test_a_carrier_is_in_its_channel() -> None:
    added = added_by(Carrier(freq_mhz=1200.0, amplitude=3.0))
    (channels,) = np.nonzero(np.abs(added).max(axis=0) > 1e-3)
    freqs = SHAPE.header().chan_freqs_mhz
    assert np.all(np.abs(freqs[channels] - 1200.0) <= 5.0)
    assert added[:, channels].mean() == pytest.approx(3.0, rel=0.05)
    assert added[:, channels].std() == pytest.approx(3.0, rel=0.05)


def test_bursts_fill_their_part_of_the_time() -> None:
    added = added_by(Carrier(freq_mhz=1101.0, amplitude=50.0, on_fraction=0.3, burst_s=0.2))
    is_on = np.abs(added[:, np.abs(added).max(axis=0) > 1.0]) > 1e-3
    assert is_on.mean() == pytest.approx(0.3, abs=0.1)
    assert np.count_nonzero(np.diff(is_on[:, 0].astype(int)) == 1) > 15


def test_sparks_are_in_all_channels_at_once() -> None:
    added = added_by(Sparks(rate_hz=2.0, amplitude=4.0, width_s=3e-3))
    (rows,) = np.nonzero(added[:, 0] > 1e-3)
    assert 3 * 30 < len(rows) < 3 * 100
    assert np.all(added[rows].min(axis=1) > 0)
    assert added[rows].mean() == pytest.approx(4.0, rel=0.5)


def test_mains_and_its_harmonics() -> None:
    added = added_by(Mains(freq_hz=50.0, nharm=3, amplitude=0.3, centre_mhz=1150.0, bandwidth_mhz=20.0))
    (channels,) = np.nonzero(np.abs(added).max(axis=0) > 1e-3)
    assert len(channels) == 2
    amplitudes = 2 * np.abs(np.fft.rfft(added[:, channels[0]])) / SHAPE.nsamples
    np.testing.assert_allclose(amplitudes[[1500, 3000, 4500]], [0.3, 0.15, 0.1], rtol=1e-3)


def test_radar_passes_once_a_turn() -> None:
    added = added_by(Radar(centre_mhz=1300.0, bandwidth_mhz=30.0, amplitude=30.0, passage_s=0.4))
    (channels,) = np.nonzero(np.abs(added).max(axis=0) > 1e-3)
    assert len(channels) in (3, 4)
    (rows,) = np.nonzero(np.abs(added[:, channels[0]]) > 0.1)
    times = rows * SHAPE.tsamp
    passages = np.split(times, np.flatnonzero(np.diff(times) > 1.0) + 1)
    assert len(passages) in (2, 3)
    np.testing.assert_allclose(np.diff([passage.mean() for passage in passages]), 12.0, atol=0.2)
    # 350 pulses a second of less than a sample each: samples of 1 ms are hit one or two times in three.
    assert 0.2 < len(passages[1]) * SHAPE.tsamp / np.ptp(passages[1]) < 0.7


def test_a_satellite_moves() -> None:
    added = added_by(Satellite(start_mhz=1180.0, drift_mhz_s=3.0, width_mhz=15.0, amplitude=10.0))
    freqs = SHAPE.header().chan_freqs_mhz
    early, late = (np.clip(part.mean(axis=0), 0, None) for part in (added[5000:10_000], added[20_000:25_000]))
    assert (late * freqs).sum() / late.sum() - (early * freqs).sum() / early.sum() == pytest.approx(45.0, abs=6.0)


def test_the_diode_raises_level_and_noise() -> None:
    family = SwitchedDiode(period_s=1.5, on_fraction=1 / 3, first_on_s=0.25, amplitude=2.0, slope=0.5)
    shape = FilterbankShape(nchans=40, nsamples=30_000, tsamp=1e-3, nbits=32, bandpass_depth=0.0)
    added = added_by(family, shape=shape)
    is_on = (np.arange(30_000) - 250) % 1500 < 500
    assert not added[~is_on].any()
    rise = added[is_on].mean(axis=0)
    assert rise.mean() == pytest.approx(2.0, rel=0.02)
    assert rise[:10].mean() > 1.3 * rise[-10:].mean()
    counts = np.concatenate(list(simulate(shape, None, SimulatedInterference(families=(family,)))[1]))
    # The level rises by a third, from 6 to 8 times the noise, and so does the noise.
    assert counts[is_on, 20].std() / counts[~is_on, 20].std() == pytest.approx(4 / 3, rel=0.03)


def test_aviation_pulses_are_short() -> None:
    added = added_by(AviationPulses(rate_hz=20.0, amplitude=100.0))
    (channels,) = np.nonzero(np.abs(added).max(axis=0) > 1e-3)
    np.testing.assert_allclose(SHAPE.header().chan_freqs_mhz[channels], 1090.0, atol=10.0)
    hits = np.count_nonzero(added[:, channels[0]])
    assert hits == pytest.approx(20.0 * 30.0, rel=0.15)


@pytest.mark.parametrize("name", RFI_FAMILIES)
def test_families_have_streams_of_their_own(name: str) -> None:
    (alone,) = typical_interference(SHAPE, [name]).families[:1]
    carrier = Carrier(freq_mhz=1449.0)
    both = added_by(alone, carrier)
    np.testing.assert_allclose(both[:, 5:], added_by(alone)[:, 5:], atol=1e-3)
    np.testing.assert_array_equal(added_by(alone), added_by(alone))
    short = FilterbankShape(nchans=40, nsamples=700, tsamp=1e-3, nbits=32)
    assert np.isfinite(added_by(*typical_interference(short, [name]).families, shape=short)).all()


def test_one_channel_and_a_narrow_band_hold_every_family() -> None:
    shape = FilterbankShape(nchans=1, nsamples=500, tsamp=1e-3, top_mhz=620.0, bandwidth_mhz=10.0)
    _, blocks = simulate(shape, None, typical_interference(shape, RFI_FAMILIES))
    assert next(blocks).shape == (500, 1)


def test_a_fair_day_has_no_diode() -> None:
    families = fast_interference(SHAPE).families
    assert not any(isinstance(family, SwitchedDiode) for family in families)
    assert {type(family) for family in families} >= {Carrier, Sparks, Mains, Radar, Satellite, AviationPulses}


def test_impossible_families_are_refused() -> None:
    with pytest.raises(ConfigError, match="found the family of interference storm, expected one of carriers, bursts"):
        typical_interference(SHAPE, ["storm"])
    with pytest.raises(ConfigError, match=r"found on_fraction = 0\.0, expected a fraction above 0"):
        Carrier(freq_mhz=1200.0, on_fraction=0.0)
    with pytest.raises(ConfigError, match=r"found rotation_s = -1\.0, expected a positive number"):
        Radar(centre_mhz=1200.0, rotation_s=-1.0)
