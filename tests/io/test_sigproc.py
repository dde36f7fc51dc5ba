"""Filterbank files: read what was written, and refuse what is damaged."""

import errno
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.errors import (
    BusyError,
    ConfigError,
    FastpipeError,
    FileFormatError,
    HeaderError,
    InputMissingError,
    ResourceError,
)
from fastpipe.io.recordings import log_oddities, open_recording
from fastpipe.io.sigproc import SigprocFile, write_filterbank
from fastpipe.io.sigproc_header import format_header
from tests.io.filterbanks import as_read, make_header, make_samples, write_file
from tests.references import sigproc as reference

SAME = (
    *("nchans", "nsamples", "nbits", "nifs", "tsamp", "fch1", "foff", "tstart", "source_name", "telescope", "machine"),
    *("ibeam", "is_barycentric"),
)
POSITIONS = st.tuples(st.floats(0, 359.99), st.floats(-90, 90)).filter(any)
HEADER_CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "nchans": st.integers(1, 8).map(lambda n: 8 * n),
        "nsamples": st.integers(1, 20),
        "nbits": st.sampled_from([1, 2, 4, 8, 16, 32]),
        "nifs": st.integers(1, 4),
        "tsamp": st.floats(1e-6, 1.0),
        "fch1": st.floats(100.0, 2000.0),
        "foff": st.floats(0.01, 1.0) | st.floats(-1.0, -0.01),
        "tstart": st.floats(0.0, 1e5),
        "source_name": st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30),
        "telescope": st.sampled_from(["FAST", "Parkes", "unknown", "unknown (77)"]),
        "machine": st.sampled_from(["FAKE", "SCAMP", "unknown", "unknown (77)"]),
        "ibeam": st.integers(0, 18),
        "is_barycentric": st.booleans(),
    },
)


@given(changes=HEADER_CHANGES, position=POSITIONS, data=st.data())
def test_file_written_and_read_back(changes: dict[str, Any], position: tuple[float, float], data: st.DataObject) -> None:
    header = make_header(**changes, ra_deg=position[0], dec_deg=position[1])
    samples = make_samples(header)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.fil")
        write_filterbank(path, header, [samples[:3], samples[3:]])
        recording = SigprocFile.open(path)
        expected = as_read(samples)
        cuts = sorted(data.draw(st.lists(st.integers(0, header.nsamples), max_size=4)))
        pieces = [recording.read(start, stop) for start, stop in pairwise([0, *cuts, header.nsamples])]
        np.testing.assert_array_equal(np.concatenate(pieces), expected)
        assert all(piece.dtype in (np.uint8, np.float32) and piece.flags.c_contiguous for piece in pieces)
        np.testing.assert_array_equal(reference.read_samples(path.read_bytes()).reshape(samples.shape), samples)
    found = recording.header
    for name in SAME:
        assert getattr(found, name) == getattr(header, name)
    assert (found.ra_deg, found.dec_deg) == pytest.approx(position, abs=1e-9)


@pytest.mark.parametrize("nbits", [1, 2, 4, 8, 16, 32])
def test_any_range_from_many_threads(tmp_path: Path, nbits: int) -> None:
    samples = write_file(tmp_path / "x.fil", nbits=nbits, nsamples=1000)
    recording = SigprocFile.open(tmp_path / "x.fil")
    ranges = [(start, min(start + 7 + start % 50, 1000)) for start in range(0, 1001, 13)]
    with ThreadPoolExecutor(4) as threads:
        for (start, stop), found in zip(ranges, threads.map(lambda r: recording.read(*r), ranges), strict=True):
            np.testing.assert_array_equal(found, samples[start:stop])


def test_range_outside_the_file_is_refused(tmp_path: Path) -> None:
    write_file(tmp_path / "x.fil")
    with pytest.raises(ConfigError, match="found the range 40 to 51, expected one within the 50 samples"):
        SigprocFile.open(tmp_path / "x.fil").read(40, 51)


@pytest.mark.parametrize(("signed", "expected"), [(1, [[0, 127], [128, 255]]), (-1, [[128, 255], [0, 127]])])
def test_signed_samples_are_shifted(tmp_path: Path, signed: int, expected: list[list[int]]) -> None:
    values = {"nchans": 2, "nbits": 8, "fch1": 1500.0, "foff": -1.0, "tsamp": 1e-3, "signed": signed}
    path = tmp_path / "x.fil"
    path.write_bytes(format_header(values) + np.array([-128, -1, 0, 127], np.int8).tobytes())
    assert SigprocFile.open(path).read(0, 2).tolist() == expected


PLAIN = {"nchans": 2, "nbits": 8, "fch1": 1500.0, "foff": -1.0, "tsamp": 1e-3}


def test_left_over_bytes_are_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "x.fil"
    path.write_bytes(format_header(PLAIN) + bytes(13))
    recording = open_recording([path])
    assert recording.header.nsamples == 6
    assert recording.oddities == ("The file ends within a spectrum: 1 bytes are left over, 6 whole spectra are used.",)
    log_oddities(recording)
    assert "x.fil: The file ends within a spectrum" in caplog.text


def test_more_spectra_than_promised_are_used(tmp_path: Path) -> None:
    path = tmp_path / "x.fil"
    path.write_bytes(format_header(PLAIN | {"nsamples": 4}) + bytes(12))
    recording = SigprocFile.open(path)
    assert recording.header.nsamples == 6
    assert recording.oddities == ("The file holds 6 spectra, its header says 4: all are used.",)


def test_values_that_are_no_numbers_stay(tmp_path: Path) -> None:
    samples = write_file(tmp_path / "x.fil", nbits=32)
    samples[3, 4], samples[5, 6] = np.nan, np.inf
    write_filterbank(tmp_path / "x.fil", make_header(nbits=32), [samples])
    np.testing.assert_array_equal(SigprocFile.open(tmp_path / "x.fil").read(0, 50), samples)


def test_signed_16_bit_samples_keep_their_sign(tmp_path: Path) -> None:
    path = tmp_path / "x.fil"
    path.write_bytes(format_header(PLAIN | {"nbits": 16, "signed": 1}) + np.array([-300, 7], "<i2").tobytes())
    assert SigprocFile.open(path).read(0, 1).tolist() == [[-300.0, 7.0]]


def test_fewer_spectra_than_promised_is_truncated(tmp_path: Path) -> None:
    path = tmp_path / "x.fil"
    path.write_bytes(format_header(PLAIN | {"nsamples": 10}) + bytes(12))
    with pytest.raises(FileFormatError, match=r"found 6 spectra, expected 10 .*truncated.*x.fil"):
        SigprocFile.open(path)


def test_written_file_cut_short_is_truncated(tmp_path: Path) -> None:
    path = tmp_path / "x.fil"
    write_file(path)
    os.truncate(path, path.stat().st_size - 160)
    with pytest.raises(FileFormatError, match="found 40 spectra"):
        SigprocFile.open(path)


def test_failing_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> int:
        raise OSError(errno.EIO, "Input/output error")

    write_file(tmp_path / "x.fil")
    recording = SigprocFile.open(tmp_path / "x.fil")
    monkeypatch.setattr(os, "preadv", fail)
    with pytest.raises(BusyError, match=r"found a read error \(EIO\) at byte"):
        recording.read(0, 1)


def test_file_cut_while_open(tmp_path: Path) -> None:
    path = tmp_path / "x.fil"
    write_file(path)
    recording = SigprocFile.open(path)
    os.truncate(path, path.stat().st_size - 200)
    with pytest.raises(FileFormatError, match="as when it was opened"):
        recording.read(0, 50)


REFUSED: list[tuple[dict[str, Any], type[FastpipeError], str]] = [
    ({"nbits": 7}, HeaderError, "found nbits = 7"),
    ({"nbits": 2, "nchans": 3}, HeaderError, "3 channels of 2 bits"),
    ({"nchans": 0}, HeaderError, "0 channels"),
    ({"nchans": -8}, HeaderError, "-8 channels"),
    ({"nifs": 5}, HeaderError, "found nifs = 5"),
    ({"nifs": 0}, HeaderError, "found nifs = 0"),
    ({"tsamp": 0.0}, HeaderError, "found tsamp = 0.0 s"),
    ({"tsamp": float("nan")}, HeaderError, "found tsamp = nan s"),
    ({"tstart": float("inf")}, HeaderError, "found tstart = inf"),
    ({"fch1": -5.0}, HeaderError, "expected positive frequencies"),
    ({"data_type": 2}, HeaderError, "time series of 4 channels"),
    ({"data_type": 2, "nchans": 1, "refdm": float("nan")}, HeaderError, "found refdm = nan"),
    ({"data_type": 4}, FileFormatError, "found an amplitude spectrum"),
    ({"nbits": 4, "signed": 1}, FileFormatError, "signed 4-bit"),
    ({"nchans": 2**30}, FileFormatError, "expected at least one spectrum"),
]


@pytest.mark.parametrize(("changes", "error", "message"), REFUSED)
def test_impossible_headers_are_refused(
    tmp_path: Path, changes: dict[str, Any], error: type[FastpipeError], message: str
) -> None:
    values = {"nchans": 4, "nbits": 8, "fch1": 1500.0, "foff": -1.0, "tsamp": 1e-3} | changes
    path = tmp_path / "x.fil"
    path.write_bytes(format_header(values) + bytes(64))
    with pytest.raises(error, match=message) as caught:
        SigprocFile.open(path)
    assert "x.fil" in str(caught.value)


def test_missing_keywords_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.fil"
    path.write_bytes(format_header({"nchans": 4, "nbits": 8, "fch1": 1500.0}) + bytes(64))
    with pytest.raises(HeaderError, match="found no foff, tsamp in the header"):
        SigprocFile.open(path)


def test_inputs_that_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "empty.fil").touch()
    (tmp_path / "text.fil").write_text("not a filterbank")
    os.mkfifo(tmp_path / "pipe.fil")
    for name, error in {
        "empty.fil": FileFormatError,
        "text.fil": FileFormatError,
        "pipe.fil": InputMissingError,
        "": InputMissingError,
        "nowhere.fil": InputMissingError,
        "text.fil/x.fil": InputMissingError,
        "x\0.fil": InputMissingError,
        "x" * 300: InputMissingError,
    }.items():
        with pytest.raises(error):
            SigprocFile.open(tmp_path / name)


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # File rights do not bind the superuser, so the refusal of the system is played.
    def refuse(*_: Any) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(InputMissingError, match="closed to reading"):
        SigprocFile.open(tmp_path / "x.fil")


def test_blocks_must_fit_the_header(tmp_path: Path) -> None:
    header = make_header(nbits=4)
    for blocks, message in (
        ([make_samples(header)[:10]], "found 10 spectra, expected 50"),
        ([np.zeros((2, 3), np.uint8)], r"found a block of shape \(2, 3\), expected \[n, 16\]"),
        ([np.zeros((50, 16), np.float32)], "found samples of float32, expected uint8 for 4 bits"),
        ([np.full((50, 16), 16, np.uint8)], "found the sample 16, expected less than 16"),
    ):
        with pytest.raises(ConfigError, match=message):
            write_filterbank(tmp_path / "x.fil", header, blocks)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("changes", [{"nbits": 5}, {"nbits": 1, "nchans": 12}])
def test_layout_must_be_supported(tmp_path: Path, changes: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=f"found nbits = {changes['nbits']}"):
        write_filterbank(tmp_path / "x.fil", make_header(**changes), [])


def test_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fill)
    with pytest.raises(ResourceError, match=r"found the disk of .*x.fil full"):
        write_file(tmp_path / "x.fil")
    assert not list(tmp_path.iterdir())


def test_missing_output_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file or directory"):
        write_file(tmp_path / "nowhere" / "x.fil")
