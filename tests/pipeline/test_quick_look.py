"""A first look at recordings that are odd on purpose."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.data.recording import Chunk
from fastpipe.pipeline.quick_look import look_at
from tests.pipeline.recordings import MemoryRecording


def recording_of(data: NDArray[Any], gaps: tuple[Chunk, ...] = (), **options: Any) -> MemoryRecording:
    """Return a recording that is an array, with nothing odd in its header but what is asked for."""
    nsamples, nchans = data.shape
    values: dict[str, Any] = {"tsamp": 0.01, "fch1": 1400.0, "foff": -1.0, "nbits": 8, "tstart": 58000.0}
    header = Header(nchans=nchans, nsamples=nsamples, **values | {"ra_deg": 10.0, "dec_deg": 20.0} | options)
    return MemoryRecording(header, data, (Path("memory"),), gaps)


@pytest.fixture
def noise() -> NDArray[np.uint8]:
    return np.random.default_rng(1).normal(96, 16, (1600, 8)).round().astype(np.uint8)


def test_statistics_are_those_of_the_data(noise: NDArray[np.uint8]) -> None:
    look = look_at(recording_of(noise))
    np.testing.assert_allclose(look.statistics.mean, noise.mean(axis=0))
    np.testing.assert_allclose(look.statistics.std, noise.std(axis=0))
    assert (look.smallest, look.largest, look.bad_fraction) == (noise.min(), noise.max(), 0.0)
    assert look.oddities == ()


def test_dead_channels(noise: NDArray[np.uint8]) -> None:
    noise[:, 3] = 0
    look = look_at(recording_of(noise))
    assert look.is_dead.nonzero()[0].tolist() == [3]
    assert look.oddities == ("1 of 8 channels never change: they are dead or were masked before.",)


def test_clipping(noise: NDArray[np.uint8]) -> None:
    noise[::10] = 255
    noise[5::10] = 0
    look = look_at(recording_of(noise))
    assert (look.high_fraction, look.low_fraction) == (0.1, 0.1)
    assert "10 % of the values are the largest 8 bits hold: clipped at the top." in look.oddities
    assert "10 % of the values are 0: clipped at the bottom, or data that were lost." in look.oddities


@pytest.mark.parametrize("nbits", [8, 16])
def test_scaled_and_signed_values_are_not_called_clipped(noise: NDArray[np.uint8], nbits: int) -> None:
    look = look_at(recording_of(noise.astype(np.float32) // 16 - 6, nbits=nbits))
    assert np.isnan(look.low_fraction)
    assert look.oddities == ()


def test_few_bits_are_not_called_clipped(noise: NDArray[np.uint8]) -> None:
    assert look_at(recording_of((noise > 96).astype(np.uint8), nbits=1)).oddities == ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ra_deg": None}, "no sky position"),
        ({"ra_deg": 0.0, "dec_deg": 0.0}, "no sky position"),
        ({"tstart": 0.0}, "began at MJD 0.0"),
        ({"tsamp": 0.001}, "lasts 1.6 s only"),
    ],
)
def test_odd_headers(noise: NDArray[np.uint8], options: dict[str, Any], message: str) -> None:
    (sentence,) = look_at(recording_of(noise, **options)).oddities
    assert message in sentence


@pytest.mark.parametrize("nsamples", [1, 5, 17])
def test_short_recordings_and_series(nsamples: int) -> None:
    data = np.random.default_rng(2).standard_normal((nsamples, 1)).astype(np.float32)
    look = look_at(recording_of(data, nbits=32, dm=30.0))
    assert np.isfinite(look.statistics.std).all()
    assert np.isnan(look.high_fraction)


def test_values_that_are_no_numbers(noise: NDArray[np.uint8]) -> None:
    data = noise.astype(np.float32)
    data[:160, 2], data[:, 5] = np.nan, np.inf
    look = look_at(recording_of(data, nbits=32))
    np.testing.assert_allclose(look.statistics.mean[2], noise[160:, 2].mean())
    assert (look.smallest, look.largest) == (np.delete(noise, 5, 1).min(), np.delete(noise, 5, 1).max())
    assert look.is_dead.nonzero()[0].tolist() == [5]
    assert look.oddities[1] == "14 % of the values are no finite numbers."


def test_gaps_are_said(noise: NDArray[np.uint8]) -> None:
    (sentence,) = look_at(recording_of(noise, gaps=(Chunk(2, 10), Chunk(20, 28)))).oddities
    assert sentence == "2 stretches of 16 samples in all (1 %) were not recorded; they are filled."
