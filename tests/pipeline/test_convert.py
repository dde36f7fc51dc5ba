"""Cutting and converting recordings."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastpipe.data.sample_levels import SAMPLE_LEVELS
from fastpipe.errors import ConfigError
from fastpipe.pipeline import convert as module
from fastpipe.pipeline.convert import Conversion, convert, plan_conversion
from tests.io.filterbanks import make_header, make_samples
from tests.pipeline.recordings import MemoryRecording


def recording_of(seed: int = 0, **changes: Any) -> MemoryRecording:
    """Return random spectra in memory, as a reader gives them."""
    header = make_header(**changes)
    samples = make_samples(header, seed)
    return MemoryRecording(header, samples if header.nbits <= 8 else samples.astype(np.float32))


def converted(recording: MemoryRecording, **options: Any) -> tuple[Any, NDArray[Any]]:
    plan = plan_conversion(recording.header, Conversion(**options))
    blocks = list(convert(recording, plan))
    assert len(blocks) == plan.nblocks
    data = np.concatenate(blocks)
    assert data.shape == (plan.header.nsamples, plan.header.nchans)
    return plan.header, data


@pytest.mark.parametrize("nbits", [1, 2, 4, 8, 16, 32])
def test_nothing_to_do_changes_nothing(nbits: int) -> None:
    recording = recording_of(nbits=nbits)
    header, data = converted(recording)
    assert header == recording.header
    np.testing.assert_array_equal(data, recording.data)
    assert data.dtype == {16: np.uint16, 32: np.float32}.get(nbits, np.uint8)


@given(
    start=st.integers(0, 48),
    length=st.integers(1, 50),
    first=st.integers(0, 15),
    nkept=st.integers(1, 16),
    foff=st.sampled_from([-1.0, 1.0]),
)
def test_cuts_are_slices(start: int, length: int, first: int, nkept: int, foff: float) -> None:
    recording = recording_of(foff=foff)
    stop, last = min(start + length, 50), min(first + nkept, 16)
    freqs = np.sort(recording.header.chan_freqs_mhz[first:last])
    options = {"start_s": start * 1e-3, "stop_s": stop * 1e-3, "channels_mhz": (freqs[0] - 0.4, freqs[-1] + 0.4)}
    header, data = converted(recording, **options)
    np.testing.assert_array_equal(data, recording.data[start:stop, first:last])
    np.testing.assert_allclose(header.chan_freqs_mhz, recording.header.chan_freqs_mhz[first:last])
    assert header.tstart == pytest.approx(60000.0 + start * 1e-3 / 86_400, abs=1e-11)


@given(downsample=st.integers(1, 9), block_values=st.sampled_from([1, 100, 10**6]))
def test_downsampling_averages(downsample: int, block_values: int) -> None:
    recording = recording_of()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK_VALUES", block_values)
        header, data = converted(recording, downsample=downsample, nbits=32)
    nsamples = 50 // downsample
    groups = recording.data[: nsamples * downsample].reshape(nsamples, downsample, 16)
    np.testing.assert_allclose(data, groups.mean(axis=1), rtol=1e-6)
    assert header.tsamp == pytest.approx(downsample * 1e-3)


@pytest.mark.parametrize("nbits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("downsample", [1, 4])
def test_noise_is_brought_to_its_level(nbits: int, downsample: int) -> None:
    random = np.random.default_rng(3)
    gains = np.linspace(1.0, 50.0, 16)
    data = (random.normal(size=(40_000, 16)) * gains + 20 * gains).astype(np.float32)
    data[:, 5] = 7.0
    data[100:110, 3], data[200, 4] = 1e9, np.nan
    recording = MemoryRecording(make_header(nbits=32, nsamples=40_000), data)
    _, found = converted(recording, nbits=nbits, downsample=downsample)
    level, spread = SAMPLE_LEVELS[nbits]
    good = [channel for channel in range(16) if channel != 5]
    assert found[:, good].mean(axis=0) == pytest.approx(level, abs=0.03 * spread)
    if nbits > 2:
        assert np.median(found[:, good].std(axis=0)) == pytest.approx(spread, rel=0.03)
    assert found[:, 5].std() == 0
    assert found.max() < 2**nbits
    expected = data[: len(found) * downsample, 0].reshape(-1, downsample).mean(axis=1)
    assert np.corrcoef(found[:, 0], expected)[0, 1] > {1: 0.79, 2: 0.93, 4: 0.99}.get(nbits, 0.999)


def test_few_bits_are_kept_where_they_fit() -> None:
    recording = recording_of(nbits=2)
    for nbits in (2, 4, 8, 16, 32):
        np.testing.assert_array_equal(converted(recording, nbits=nbits)[1], recording.data)


def test_sums_of_polarisations_are_kept_where_they_fit() -> None:
    recording = recording_of()
    both = MemoryRecording(replace(recording.header, nifs=2), 2 * recording.data.astype(np.float32))
    header, data = converted(both, nbits=16)
    assert header.nifs == 1
    np.testing.assert_array_equal(data, both.data)
    assert converted(both)[1].mean() == pytest.approx(96.0, abs=8.0)


def test_one_of_several_polarisations_is_kept() -> None:
    recording = recording_of()
    stokes = MemoryRecording(replace(recording.header, nifs=4), recording.data)
    np.testing.assert_array_equal(converted(stokes)[1], recording.data)


def test_scaled_whole_numbers_are_scaled_not_cut() -> None:
    random = np.random.default_rng(2)
    recording = recording_of()
    scaled = 4 * random.normal(96, 16, recording.data.shape).round().astype(np.float32)
    data = converted(MemoryRecording(recording.header, scaled))[1]
    assert data.mean() == pytest.approx(96.0, abs=8.0)


def test_fractions_are_scaled_not_cut() -> None:
    recording = recording_of()
    scaled = MemoryRecording(recording.header, recording.data / np.float32(1000.0))
    assert len(np.unique(converted(scaled)[1])) > 20


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"nbits": 3}, "found 3 bits, expected 1, 2, 4, 8, 16 or 32"),
        ({"start_s": 0.05}, "found the time range 0.05 to 0.05 s, expected one within the 0.05 s"),
        ({"start_s": -1.0}, "found the time range -1.0 to"),
        ({"start_s": float("nan")}, "found the time range nan"),
        ({"downsample": 0}, "found downsample = 0"),
        ({"downsample": 51}, "found 50 samples to average by 51"),
        (
            {"channels_mhz": (1600.0, 1700.0)},
            "found no channel from 1600.0 to 1700.0 MHz, expected some within 1485 to 1500",
        ),
        ({"channels_mhz": (1497.5, 1600.0), "nbits": 2}, "found 3 channels of 2 bits, expected whole bytes"),
    ],
)
def test_impossible_conversions_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        plan_conversion(make_header(), Conversion(**options))
