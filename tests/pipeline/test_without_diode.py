"""A recording without its diode: the rise goes, everything else stays, however it is read."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.data.noise_diode import NoiseDiode
from fastpipe.data.recording import Chunk
from fastpipe.pipeline.without_diode import WithoutDiode, without_diode
from tests.pipeline.recordings import MemoryRecording


def _subtracted(data: NDArray[np.generic], diode: NoiseDiode) -> NDArray[np.float64]:
    """Subtract by the definition: sample by sample in double precision."""
    fraction = diode.fraction_on(0, len(data))
    return np.array([spectrum.astype(np.float64) - on * diode.rise for spectrum, on in zip(data, fraction, strict=True)])


def _without(data: NDArray[np.generic], period_samples: float = 12.5) -> WithoutDiode:
    nsamples, nchans = data.shape
    header = Header(nchans=nchans, nsamples=nsamples, tsamp=1e-3, fch1=1450.0, foff=-400.0 / nchans, nbits=8 * data.itemsize)
    diode = NoiseDiode(period_samples, 0.3 * period_samples, 2.25, np.linspace(1.0, 30.0, nchans))
    return without_diode(MemoryRecording(header, data), diode)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize(("nsamples", "nchans"), [(1, 1), (1000, 1), (203, 300), (30, 40_000)])
def test_the_rise_is_subtracted_while_it_is_on(nsamples: int, nchans: int, dtype: type, order: str) -> None:
    data = np.random.default_rng(1).integers(0, 256, (nsamples, nchans)).astype(dtype)
    recorded = np.asarray(data, order="F" if order == "F" else "C")
    without = _without(recorded)
    found = without.read(0, nsamples)
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    np.testing.assert_allclose(found, _subtracted(data, without.diode), rtol=1e-5, atol=1e-4)
    np.testing.assert_array_equal(recorded, data)


def test_samples_without_diode_and_what_is_not_finite_stay() -> None:
    data = np.random.default_rng(2).normal(90.0, 10.0, (400, 20)).astype(np.float32)
    data[5, 3], data[17, 4], data[30:60, 7] = np.inf, -np.inf, np.nan
    without = _without(data, period_samples=100.0)
    found = without.read(0, 400)
    is_off = without.diode.fraction_on(0, 400) == 0
    np.testing.assert_array_equal(found[is_off], data[is_off])
    np.testing.assert_array_equal(np.isfinite(found), np.isfinite(data))


@given(start=st.integers(0, 1000), length=st.integers(0, 1000), period=st.floats(2.0, 300.0))
def test_any_stretch_is_that_of_the_whole(start: int, length: int, period: float) -> None:
    data = np.random.default_rng(3).integers(0, 256, (1000, 100), np.uint8)
    without = _without(data, period)
    stop = min(start + length, 1000)
    np.testing.assert_array_equal(without.read(start, stop), without.read(0, 1000)[start:stop])


def test_it_is_a_recording_of_floats_and_otherwise_the_same() -> None:
    plain = _without(np.zeros((10, 4), np.uint8))
    recording = MemoryRecording(
        plain.recording.header, np.zeros((10, 4), np.uint8), (Path("a.fil"),), (Chunk(3, 5),), ("The band is odd.",)
    )
    without = replace(plain, recording=recording)
    assert without.header == replace(recording.header, nbits=32)
    assert (without.paths, without.gaps, without.oddities) == (recording.paths, recording.gaps, recording.oddities)
