"""Birdies: every kind of line at DM 0 is found, and no pulsar loses a harmonic."""

from dataclasses import replace

import numpy as np
import pytest
from numba import config

from fastpipe.algorithms.birdies import BirdieRules, find_lines, join_birdies, listed_birdies
from fastpipe.data.birdies import Comb, ListedBirdie
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape
from tests.algorithms.subband_blocks import MAINS, RULES, SHAPE, lines_of, spectra_of

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")


@pytest.mark.parametrize(("freq_hz", "amplitude"), [(123.4, 0.03), (123.4, 0.3), (11.2, 0.3), (777.0, 0.05)])
def test_a_line_at_dm_zero_is_found_with_its_wings(freq_hz: float, amplitude: float) -> None:
    birdies = lines_of(interference=SimulatedInterference(mains_hz=freq_hz, mains_amplitude=amplitude)).table
    best = birdies[np.argmax(birdies["power_dm0"])]
    assert abs(best["freq_hz"] - freq_hz) < best["width_hz"] / 2
    power = amplitude**2 / 4 * SHAPE.nsamples * SHAPE.nchans
    assert best["power_dm0"] == pytest.approx(power, rel=0.4)
    reach_hz = min(np.sqrt(power / 4.0) / np.pi / (SHAPE.nsamples * SHAPE.tsamp), 0.1 * freq_hz)
    assert 0.6 * reach_hz < best["width_hz"] / 2 < 1.5 * reach_hz + 0.2
    assert best["source"] == b"found"
    assert len(birdies) == 1


def test_mains_are_found_where_they_wander_and_at_a_lower_threshold() -> None:
    # Power 18: below the threshold of 30 for lines that nobody expects.
    amplitude = 2 * np.sqrt(18.0 / SHAPE.nsamples / SHAPE.nchans)
    birdies = lines_of(interference=SimulatedInterference(mains_hz=100.04, mains_amplitude=amplitude), seed=3).table
    assert birdies[["source", "harmonic"]].tolist() == [(b"mains", 2)]
    unexpected = lines_of(interference=SimulatedInterference(mains_hz=104.04, mains_amplitude=amplitude), seed=3).table
    assert len(unexpected) == 0


def test_comb_of_a_diode_is_found_with_its_harmonics() -> None:
    rules = replace(RULES, combs=(Comb(25.0, 3, 1e-4, "diode"), *MAINS))
    lines = SimulatedInterference(mains_hz=75.0, mains_amplitude=0.05)
    birdies = lines_of(interference=lines, rules=rules).table
    assert birdies[["source", "harmonic"]].tolist() == [(b"diode", 3)]
    assert len(lines_of(interference=lines, rules=BirdieRules(sigma=np.inf)).table) == 0


@pytest.mark.parametrize("period_s", [0.005, 0.0199, 0.02, 0.1, 0.5, 2.0])
@pytest.mark.parametrize("dm", [3.0, 10.0, 30.0, 100.0])
def test_no_harmonic_of_a_bright_pulsar_is_a_birdie(period_s: float, dm: float) -> None:
    for duty_cycle in (0.02, 0.5):
        pulsar = SimulatedPulsar(period_s=period_s, dm=dm, snr=300.0, duty_cycle=duty_cycle)
        assert len(lines_of(pulsar, seed=round(dm)).table) == 0


def test_a_pulsar_beside_mains_keeps_what_is_its_own() -> None:
    pulsar = SimulatedPulsar(period_s=0.3, dm=3.0, snr=300.0)
    mains = SimulatedInterference(mains_amplitude=0.05)
    birdies = lines_of(pulsar, mains).table
    assert birdies["source"].tolist() == [b"mains"]
    assert birdies["width_hz"].sum() < 3.0


def test_a_line_that_the_band_cannot_judge_is_left_alone() -> None:
    narrow = FilterbankShape(nchans=32, nsamples=2**15, tsamp=2e-4, nbits=32, top_mhz=5001.0, bandwidth_mhz=1.0)
    line = SimulatedInterference(mains_hz=77.0, mains_amplitude=0.1)
    assert len(lines_of(interference=line, shape=narrow).table) == 0
    assert len(lines_of(interference=line, shape=replace(narrow, nchans=1)).table) == 0
    mains = replace(line, mains_hz=50.0)
    for nchans in (1, 2, 17, 32):
        assert lines_of(interference=mains, shape=replace(narrow, nchans=nchans)).table["harmonic"][0] == 1


def _with_lines(powers: dict[float, float], shape: FilterbankShape = SHAPE) -> np.ndarray:
    """Noise with lines of these frequencies in Hz and expected powers in all channels alike."""
    data = np.random.default_rng(8).standard_normal((shape.nsamples, shape.nchans), np.float32)
    time_s = np.arange(shape.nsamples) * shape.tsamp
    for freq_hz, power in powers.items():
        amplitude = 2.0 * np.sqrt(power / shape.nsamples / shape.nchans)
        data += np.float32(amplitude) * np.cos(2.0 * np.pi * freq_hz * time_s, dtype=np.float32)[:, np.newaxis]
    return data


def test_weak_lines_of_a_comb_are_found_where_strong_ones_say() -> None:
    # In windows as wide as the mains wander, noise is as high as the weak lines.
    strong, weak = {50.03: 300.0, 150.09: 300.0}, {200.12: 13.0, 350.21: 13.0}
    both = find_lines(spectra_of(_with_lines(strong | weak), SHAPE.header()), RULES).table
    found = both[both["source"] == b"mains"]["freq_hz"]
    assert all(np.abs(found - freq_hz).min() < 0.1 for freq_hz in strong | weak)
    # Noise gives a line in one of a hundred of the 49 windows around multiples of 50.03 Hz.
    assert len(found) <= 6
    assert len(find_lines(spectra_of(_with_lines(weak), SHAPE.header()), RULES).table) == 0


@pytest.mark.parametrize(
    ("freqs_hz", "harmonics"),
    [
        ((50.0,), {1}),
        ((100.0, 300.0), set()),
        ((100.0, 200.0, 300.0), {2, 4, 6}),
        ((550.0, 600.0, 650.0), set()),
    ],
)
def test_mains_without_dms_need_more_evidence(freqs_hz: tuple[float, ...], harmonics: set[int]) -> None:
    shape = replace(SHAPE, nchans=1)
    rules = BirdieRules(sigma=np.inf, combs=MAINS[:1], dm_max=0.0)
    data = _with_lines(dict.fromkeys(freqs_hz, 100.0), shape)
    found = set(find_lines(spectra_of(data, shape.header()), rules).table["harmonic"].tolist())
    assert harmonics <= found <= set(range(1, 11))
    assert bool(harmonics) == bool(found)


def test_noise_has_no_birdies() -> None:
    drifting = SimulatedInterference(drift_amplitude=0.3)
    shape = replace(SHAPE, nsamples=2**15, nchans=16)
    found = [lines_of(interference=drifting if seed % 2 else None, shape=shape, seed=seed).table for seed in range(20)]
    # With 0.1 a recording, five or more in 20 recordings come once in 20 cases; what is expected is 0.003 a recording.
    assert sum(map(len, found)) <= 1


def test_the_strongest_are_kept_where_too_much_would_go() -> None:
    rng = np.random.default_rng(5)
    header = SHAPE.header()
    time_s = np.arange(SHAPE.nsamples) * SHAPE.tsamp
    data = rng.standard_normal((SHAPE.nsamples, SHAPE.nchans), np.float32)
    for freq_hz, amplitude in ((300.0, 0.3), (400.0, 0.1), (500.0, 0.05)):
        data += np.float32(amplitude) * np.cos(2 * np.pi * freq_hz * time_s, dtype=np.float32)[:, np.newaxis]
    birdies = find_lines(spectra_of(data, header), BirdieRules(max_zapped=2.4e-3))
    assert birdies.table["freq_hz"].round().tolist() == [300.0]
    assert birdies.remarks[0].startswith("2 of 3 birdies stay in the spectrum")


def test_silence_and_short_recordings_have_no_birdies() -> None:
    header = replace(SHAPE, nsamples=64).header()
    for data in (np.zeros((64, 32), np.float32), np.ones((64, 32), np.float32)):
        assert len(find_lines(spectra_of(data, header), RULES).table) == 0
    for nsamples in (1, 2, 3, 135):
        shape = replace(SHAPE, nsamples=nsamples)
        assert len(lines_of(shape=shape).table) == 0


def test_lists_become_birdies_of_the_recording_s_frame() -> None:
    entries = (
        ListedBirdie(freq_hz=10.0, width_hz=0.2, nharm=3, is_growing=True),
        ListedBirdie(freq_hz=20.0, width_hz=0.0, is_barycentric=True),
    )
    table = join_birdies([listed_birdies(entries, 25.0, False, 1.0001)])
    assert table["freq_hz"].tolist() == [10.0, 20.0, 20.0 * 1.0001]
    assert table["width_hz"].tolist() == [0.2, 0.4, 0.0]
    assert table["harmonic"].tolist() == [1, 2, 1]
    assert table["birdie_id"].tolist() == [1, 2, 3]
    assert listed_birdies(entries, 25.0, True, 1.0001)["freq_hz"].tolist() == [10.0 * 1.0001, 20.0 * 1.0001, 20.0]
    assert len(listed_birdies((), 25.0, True, 1.0)) == 0
