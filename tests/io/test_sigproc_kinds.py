"""Several IFs, tables of frequencies, unknown keywords and time series: what a SIGPROC header makes of its samples."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastpipe.errors import HeaderError
from fastpipe.io.recordings import open_recording
from fastpipe.io.sigproc import SigprocFile, write_filterbank
from fastpipe.io.sigproc_header import format_header
from tests.io.filterbanks import make_header, write_file

FILTERBANK = {"nchans": 3, "nbits": 8, "tsamp": 1e-3}


def write_ifs(path: Path, nbits: int, levels: tuple[float, ...]) -> NDArray[Any]:
    """Write IFs of the given mean levels and return their samples, shape [50, nifs, 16]."""
    dtype = {8: np.uint8, 16: np.uint16, 32: np.float32}[nbits]
    header = make_header(nbits=nbits, nifs=len(levels))
    noise = np.random.default_rng(0).normal(0.0, 2.0, (50, len(levels), 16))
    samples = (np.array(levels)[:, None] + noise).astype(dtype)
    write_filterbank(path, header, [samples])
    return samples


@pytest.mark.parametrize("nbits", [8, 16, 32])
@pytest.mark.parametrize(
    ("levels", "ifs_used", "sentence"),
    [
        ((100.0, 60.0), 2, "The two polarisations are summed."),
        ((100.0, 90.0, 30.0, 30.0), 2, "Of 4 IFs the first two are summed, taken for two polarisations by their levels."),
        ((190.0, 128.0, 127.0, 129.0), 1, "Of 4 IFs the first is used, the others are taken for Stokes Q, U, V"),
        ((100.0, 90.0, 30.0), 2, "Of 3 IFs the first two are summed"),
    ],
)
def test_polarisations_are_summed_and_stokes_are_not(
    tmp_path: Path, nbits: int, levels: tuple[float, ...], ifs_used: int, sentence: str
) -> None:
    samples = write_ifs(tmp_path / "x.fil", nbits, levels)
    recording = SigprocFile.open(tmp_path / "x.fil")
    expected = samples[:, :ifs_used].astype(np.float64).sum(axis=1)
    # The sum is that of float32 numbers, rounded once.
    np.testing.assert_allclose(recording.read(0, 50), expected, rtol=1e-7)
    assert (recording.header.nifs, recording.header.extra["ifs_used"]) == (len(levels), str(ifs_used))
    assert recording.oddities[0].startswith(sentence)


def test_stokes_around_zero(tmp_path: Path) -> None:
    samples = write_ifs(tmp_path / "x.fil", 32, (100.0, 0.0, 0.0, 0.0))
    np.testing.assert_array_equal(SigprocFile.open(tmp_path / "x.fil").read(0, 50), samples[:, 0])


@pytest.mark.parametrize(("nbits", "dtype"), [(1, np.uint8), (2, np.uint8), (4, np.uint8), (8, np.float32)])
def test_sums_of_few_bits_stay_bytes(tmp_path: Path, nbits: int, dtype: type) -> None:
    samples = write_file(tmp_path / "x.fil", nbits=nbits, nifs=2)
    found = SigprocFile.open(tmp_path / "x.fil").read(0, 50)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, samples[:, 0].astype(int) + samples[:, 1])


def test_files_whose_ifs_differ_are_not_joined(tmp_path: Path) -> None:
    write_ifs(tmp_path / "a.fil", 8, (100.0, 90.0, 30.0, 30.0))
    write_ifs(tmp_path / "b.fil", 8, (190.0, 128.0, 128.0, 128.0))
    with pytest.raises(HeaderError, match="found ifs_used = 2 and 1"):
        open_recording([tmp_path / "a.fil", tmp_path / "b.fil"])


def write_table(path: Path, freqs_mhz: list[float]) -> None:
    """Write a file of three channels with a table of frequencies in place of fch1 and foff."""

    def word(text: bytes) -> bytes:
        return struct.pack("<i", len(text)) + text

    table = b"".join(word(b"fchannel") + struct.pack("<d", freq) for freq in freqs_mhz)
    header = format_header(FILTERBANK)
    path.write_bytes(header[:-14] + word(b"FREQUENCY_START") + table + word(b"FREQUENCY_END") + header[-14:] + bytes(12))


def test_even_table_of_frequencies(tmp_path: Path) -> None:
    write_table(tmp_path / "x.fil", [1400.0, 1399.5, 1399.0])
    header = SigprocFile.open(tmp_path / "x.fil").header
    assert (header.fch1, header.foff, header.nsamples) == (1400.0, -0.5, 4)


@pytest.mark.parametrize(
    ("freqs_mhz", "message"),
    [
        ([1400.0, 1399.4, 1399.0], r"up to 0.1 MHz off an even spacing of -0.5 MHz"),
        ([1400.0, 1399.5], "found a table of 2 frequencies, expected 3, one a channel"),
        ([1400.0, float("nan"), 1399.0], "found a channel at nan MHz"),
        ([1e308, 0.0, -1e308], "found a channel at 1e.308 MHz"),
    ],
)
def test_other_tables_are_refused(tmp_path: Path, freqs_mhz: list[float], message: str) -> None:
    write_table(tmp_path / "x.fil", freqs_mhz)
    with pytest.raises(HeaderError, match=message):
        SigprocFile.open(tmp_path / "x.fil")


def test_unknown_keywords_are_reported(tmp_path: Path) -> None:
    header = format_header(FILTERBANK | {"fch1": 1500.0, "foff": -1.0})
    entry = struct.pack("<i4sd", 4, b"gain", 16.5)
    (tmp_path / "x.fil").write_bytes(header[:-14] + entry + header[-14:] + bytes(12))
    recording = SigprocFile.open(tmp_path / "x.fil")
    assert recording.header.extra["gain"] == "16.5"
    assert recording.oddities == ("The header has keywords that SIGPROC does not know, kept as they are: gain.",)


SERIES = {"data_type": 2, "nchans": 1, "nbits": 32, "tsamp": 1e-3, "refdm": 62.4, "fch1": 1400.0}


@pytest.mark.parametrize("kind", [{"data_type": 2}, {"data_type": 1}])
def test_series_of_floats(tmp_path: Path, kind: dict[str, int]) -> None:
    samples = np.random.default_rng(0).normal(size=20).astype("<f4")
    (tmp_path / "x.tim").write_bytes(format_header(SERIES | kind | {"foff": 0.0}) + samples.tobytes())
    recording = open_recording([tmp_path / "x.tim"])
    assert (recording.header.dm, recording.header.is_series, recording.oddities) == (62.4, True, ())
    np.testing.assert_array_equal(recording.read(0, 20)[:, 0], samples)


@pytest.mark.parametrize(("signed", "dtype"), [(0, np.uint8), (1, np.int8)])
def test_series_of_bytes(tmp_path: Path, signed: int, dtype: type) -> None:
    samples = np.arange(256).astype(dtype)
    (tmp_path / "x.tim").write_bytes(format_header(SERIES | {"nbits": 8, "signed": signed}) + samples.tobytes())
    found = open_recording([tmp_path / "x.tim"]).read(0, 256)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[:, 0], samples)


def test_series_without_dm(tmp_path: Path) -> None:
    values = {keyword: value for keyword, value in SERIES.items() if keyword != "refdm"}
    (tmp_path / "x.tim").write_bytes(format_header(values) + bytes(40))
    recording = open_recording([tmp_path / "x.tim"])
    assert recording.header.dm == 0.0
    assert recording.oddities == ("The header of the series does not say its DM: 0 is assumed.",)


def test_written_series_is_a_series(tmp_path: Path) -> None:
    samples = np.arange(50, dtype=np.float32)[:, None]
    write_filterbank(tmp_path / "x.tim", make_header(nchans=1, nbits=32, dm=12.5), [samples])
    recording = open_recording([tmp_path / "x.tim"])
    assert recording.header.dm == 12.5
    np.testing.assert_array_equal(recording.read(0, 50), samples)
