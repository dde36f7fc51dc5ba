"""PSRFITS files: what was written is read, whatever the depth, polarisations, band order, rows and files."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastpipe.errors import ConfigError
from fastpipe.io.psrfits import PsrfitsRecording
from fastpipe.io.psrfits_writer import write_psrfits
from fastpipe.io.recordings import digest, open_recording
from tests.io.psrfits_files import edit, make_header, make_samples, write_scan
from tests.references import psrfits as reference

KINDS = list(product([1, 2, 4, 8, 16, 32], [1, 2, 4]))
SHAPES = st.fixed_dictionaries(
    {
        "nbits": st.sampled_from([1, 2, 4, 8, 16, 32]),
        "nifs": st.sampled_from([1, 2, 4]),
        "nchans": st.sampled_from([1, 2, 3, 8]).map(lambda n: 8 * n),
        "nsamples": st.integers(1, 60),
        "foff": st.sampled_from([-0.5, 0.5, 0.1220703125]),
        "tsamp": st.sampled_from([49.152e-6, 196.608e-6, 1e-3]),
        "tstart": st.floats(50_000.0, 60_000.0),
    }
)


def total_intensity(samples: NDArray[Any], recording: PsrfitsRecording) -> NDArray[Any]:
    """Add the feeds of the written samples with weights that fit what was read; they must add up to 2."""
    if samples.shape[1] == 1:
        return samples[:, 0]
    feeds = samples[:, :2].astype(np.float64)
    found = recording.read(0, recording.header.nsamples).astype(np.float64)
    weights = np.linalg.lstsq(np.stack([feed.ravel() for feed in feeds.swapaxes(0, 1)], axis=1), found.ravel())[0]
    if np.abs(feeds[:, 0] - feeds[:, 1]).max() > 0:
        assert weights.sum() == pytest.approx(2.0, rel=1e-4)
    return np.asarray((feeds * weights[:, np.newaxis]).sum(axis=1))


@settings(max_examples=150)
@given(changes=SHAPES, nsblk=st.integers(1, 20), rows_per_file=st.one_of(st.none(), st.integers(1, 4)))
def test_file_written_and_read_back(changes: dict[str, Any], nsblk: int, rows_per_file: int | None) -> None:
    header = make_header(**changes)
    samples = make_samples(header)
    with tempfile.TemporaryDirectory() as folder:
        blocks = [samples[:7], samples[7:8], samples[8:]]
        paths = write_psrfits(Path(folder, "x.fits"), header, blocks, nsblk=nsblk, rows_per_file=rows_per_file)
        recording = PsrfitsRecording.open(paths[::-1])
        found = recording.read(0, header.nsamples)
        expected = total_intensity(samples, recording)
        assert recording.paths == paths
    assert found.dtype == (np.uint8 if header.nifs == 1 and header.nbits <= 8 else np.float32)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * 2**header.nbits if header.nifs > 1 else 0.0)
    assert recording.gaps == ()
    for name in ("nchans", "nsamples", "nbits", "nifs", "tsamp", "fch1", "source_name", "telescope", "machine", "ibeam"):
        assert getattr(recording.header, name) == getattr(header, name)
    assert recording.header.foff == pytest.approx(header.foff, rel=1e-9)
    assert recording.header.tstart == pytest.approx(header.tstart, abs=1e-10)
    assert (recording.header.ra_deg, recording.header.dec_deg) == pytest.approx((83.5, -0.25), abs=1e-8)


@pytest.mark.parametrize(("nbits", "nifs"), KINDS)
def test_any_chunk_gives_the_same_samples(tmp_path: Path, nbits: int, nifs: int) -> None:
    paths, _ = write_scan(tmp_path, nbits=nbits, nifs=nifs, nsamples=45, nsblk=7, rows_per_file=3)
    recording = PsrfitsRecording.open(paths)
    whole = recording.read(0, 45)
    for start in range(46):
        for stop in range(start, 46):
            np.testing.assert_array_equal(recording.read(start, stop), whole[start:stop])


@pytest.mark.parametrize(("nbits", "nifs"), [(4, 1), (8, 2)])
def test_many_threads(tmp_path: Path, nbits: int, nifs: int) -> None:
    paths, _ = write_scan(tmp_path, nbits=nbits, nifs=nifs, nsamples=1000, rows_per_file=5)
    whole = PsrfitsRecording.open(paths).read(0, 1000)
    recording = PsrfitsRecording.open(paths)
    ranges = [(start, min(start + 7 + start % 50, 1000)) for start in range(0, 1001, 13)]
    with ThreadPoolExecutor(4) as threads:
        for (start, stop), found in zip(ranges, threads.map(lambda r: recording.read(*r), ranges), strict=True):
            np.testing.assert_array_equal(found, whole[start:stop])


@pytest.mark.parametrize(("nbits", "npol"), KINDS)
def test_astropy_reads_what_is_written(tmp_path: Path, nbits: int, npol: int) -> None:
    (path,), samples = write_scan(tmp_path, nbits=nbits, nifs=npol)
    np.testing.assert_array_equal(reference.stored_samples(path), samples)


def test_scales_offsets_and_weights_are_applied(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    rng = np.random.default_rng(1)
    columns = {name: rng.uniform(0.5, 2.0, (6, 8)) for name in ("DAT_SCL", "DAT_OFFS", "DAT_WTS")}
    edit(path, subint={"ZERO_OFF": 7.5}, columns=columns)
    recording = PsrfitsRecording.open([path])
    np.testing.assert_allclose(recording.read(0, 96), reference.intensities(path)[:, 0], rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize(("pol_type", "used"), [("IQUV", 0), ("AABBCRCI", None), ("STOKES", 0), ("XX,YY", None)])
def test_polarisations_of_the_intensity(tmp_path: Path, pol_type: str, used: int | None) -> None:
    (path,), samples = write_scan(tmp_path, nifs=4)
    edit(path, subint={"POL_TYPE": pol_type})
    recording = PsrfitsRecording.open([path])
    expected = total_intensity(samples if used is None else samples[:, :1], recording)
    np.testing.assert_allclose(recording.read(0, 96), expected, rtol=1e-5)
    assert recording.oddities == ()


def test_unknown_polarisations(tmp_path: Path) -> None:
    (path,), samples = write_scan(tmp_path, nifs=2)
    edit(path, subint={"POL_TYPE": "WHAT"})
    recording = PsrfitsRecording.open([path])
    np.testing.assert_array_equal(recording.read(0, 96), samples[:, 0])
    assert "found POL_TYPE = WHAT for 2 polarisations" in recording.oddities[0]


@pytest.mark.parametrize("gain", [0.25, 1.0, 3.0])
def test_feeds_are_weighted_by_their_noise(tmp_path: Path, gain: float) -> None:
    header = make_header(nifs=2, nsamples=4096)
    noise = np.random.default_rng(0).normal(size=(4096, 2, 8)) * np.array([8.0, 8.0 * gain])[:, np.newaxis]
    samples = np.clip(np.rint(100.0 + noise), 0, 255).astype(np.uint8)
    write_psrfits(tmp_path / "x.fits", header, [samples], nsblk=256)
    recording = PsrfitsRecording.open([tmp_path / "x.fits"])
    first = gain / (1.0 + gain) * 2.0
    expected = samples[:, 0] * first + samples[:, 1] * (2.0 - first)
    np.testing.assert_allclose(recording.read(0, 4096), expected, rtol=0.02)
    assert bool(recording.oddities) == (gain != 1.0)


@pytest.mark.parametrize(("dead", "name"), [(0, "first"), (1, "second")])
def test_dead_feed_is_left_out(tmp_path: Path, dead: int, name: str) -> None:
    header = make_header(nifs=2)
    samples = make_samples(header)
    samples[:, dead] = 100
    write_psrfits(tmp_path / "x.fits", header, [samples])
    recording = PsrfitsRecording.open([tmp_path / "x.fits"])
    np.testing.assert_array_equal(recording.read(0, header.nsamples), 2.0 * samples[:, 1 - dead])
    assert recording.oddities == (f"found the {name} polarisation never to change: only the other is used",)


def test_opened_like_any_recording(tmp_path: Path) -> None:
    paths, samples = write_scan(tmp_path, rows_per_file=2)
    recording = open_recording(paths[::-1])
    np.testing.assert_array_equal(recording.read(0, 96), samples[:, 0])
    assert len(digest(recording)) == 64


def test_range_outside_the_recording_is_refused(tmp_path: Path) -> None:
    paths, _ = write_scan(tmp_path)
    with pytest.raises(ConfigError, match="found the range 40 to 97, expected one within the 96 samples"):
        PsrfitsRecording.open(paths).read(40, 97)


def test_no_files() -> None:
    with pytest.raises(ConfigError, match="found no file"):
        PsrfitsRecording.open([])


def test_telescopes_have_one_name(tmp_path: Path) -> None:
    paths, _ = write_scan(tmp_path, telescope="MURRIYANG")
    assert PsrfitsRecording.open(paths).header.telescope == "Parkes"
