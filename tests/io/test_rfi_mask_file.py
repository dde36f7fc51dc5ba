"""Masks in HDF5 and as lists of channels."""

import dataclasses
from pathlib import Path

import h5py
import numpy as np
import pytest

from fastpipe.data.channel_ranges import parse_channels
from fastpipe.data.header import Header
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.errors import ConfigError, FileFormatError, InputMissingError
from fastpipe.io.channel_list import read_channel_list, write_channel_list
from fastpipe.io.presto_mask import of_rfi_mask, write_presto_mask
from fastpipe.io.rfi_mask_file import read_any_mask, read_rfi_mask, write_rfi_mask
from tests.fake_findings import fake_findings, fake_header

HEADER = Header(nchans=6, nsamples=50, tsamp=0.5, fch1=1400.0, foff=-1.0, nbits=8, tstart=59000.0)


def fake_mask() -> RFIMask:
    reasons = np.zeros((5, 6), np.uint16)
    reasons[:, 1] = Reason.SPREAD
    reasons[2, 3:] = Reason.LEVEL
    return RFIMask(reasons, 10, 50, np.array([[4, 6], [49, 50]]))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "mask.h5"
    write_rfi_mask(path, HEADER, fake_mask())
    return path


def assert_same(found: RFIMask, expected: RFIMask) -> None:
    np.testing.assert_array_equal(found.reasons, expected.reasons)
    np.testing.assert_array_equal(found.bad_samples, expected.bad_samples)
    assert (found.interval_samples, found.nsamples) == (expected.interval_samples, expected.nsamples)


def test_what_is_written_is_read(path: Path) -> None:
    assert_same(read_rfi_mask(path, HEADER), fake_mask())
    assert_same(read_any_mask(path, HEADER), fake_mask())


def test_findings_are_there_for_plain_h5py(tmp_path: Path) -> None:
    header = fake_header(16, 8)
    findings = fake_findings(header, 8)
    write_rfi_mask(tmp_path / "mask.h5", header, findings)
    with h5py.File(tmp_path / "mask.h5") as file:
        np.testing.assert_array_equal(file["mask"][()], findings.mask.mask)
        np.testing.assert_array_equal(file["channel_mean"][()], findings.channels.mean)
        np.testing.assert_allclose(file["intervals/kurtosis"][()], findings.intervals.kurtosis, rtol=1e-6)
        assert file["intervals/zero_dm"].shape == (header.nsamples,)
        assert "excess kurtosis" in file["intervals/kurtosis"].attrs["description"]
        assert findings.diode is not None
        np.testing.assert_array_equal(file["noise_diode/rise"][()], findings.diode.rise)
        assert [text.decode() for text in file["remarks"][()]] == list(findings.remarks)
        assert (file.attrs["nchans"], file.attrs["telescope"]) == (16, header.telescope)
    assert_same(read_rfi_mask(tmp_path / "mask.h5", header), findings.mask)


def test_same_content_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    write_rfi_mask(tmp_path / "again.h5", HEADER, fake_mask())
    assert (tmp_path / "again.h5").read_bytes() == path.read_bytes()


def test_mask_of_a_recording_of_another_length(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    longer = read_rfi_mask(path, dataclasses.replace(HEADER, nsamples=70))
    assert_same(longer, fake_mask().with_length(70))
    np.testing.assert_array_equal(longer.mask[5:], [[False, True, False, False, False, False]] * 2)
    assert "is a mask of 25 s and the recording has 35 s" in caplog.text


def test_mask_of_presto_of_a_shorter_recording(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_presto_mask(tmp_path / "a.mask", of_rfi_mask(fake_mask(), HEADER))
    read_any_mask(tmp_path / "a.mask", HEADER)
    read_any_mask(tmp_path / "a.mask", dataclasses.replace(HEADER, nsamples=45))
    assert not caplog.records
    longer = read_any_mask(tmp_path / "a.mask", dataclasses.replace(HEADER, nsamples=70))
    assert len(longer.reasons) == 7
    assert "is a mask of 25 s and the recording has 35 s" in caplog.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nchans": 5}, r"a mask of 6 channels of -1 MHz from 1400 MHz, expected 5 of -1 MHz"),
        ({"fch1": 1401.0}, r"expected 6 of -1 MHz from 1401 MHz; take a mask of this band"),
        ({"foff": 1.0}, r"expected 6 of 1 MHz from 1400 MHz"),
        ({"tsamp": 0.25}, r"a mask of samples of 0\.5 s, expected 0\.25 s; find the mask of this recording"),
    ],
)
def test_mask_of_another_set_up(path: Path, change: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_rfi_mask(path, dataclasses.replace(HEADER, **change))  # type: ignore[arg-type]


def test_damaged_and_foreign_files(path: Path, tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="found no file"):
        read_rfi_mask(tmp_path / "none.h5", HEADER)
    (tmp_path / "text").write_text("0:3")
    with pytest.raises(FileFormatError, match=r"found no HDF5 file in .*text, expected a mask of fastpipe"):
        read_rfi_mask(tmp_path / "text", HEADER)
    cut = tmp_path / "cut.h5"
    cut.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(FileFormatError, match=r"found a damaged mask in .*make it again with fastpipe rfi"):
        read_rfi_mask(cut, HEADER)
    with h5py.File(path, "a") as file:
        file.attrs["format_version"] = 2
    with pytest.raises(FileFormatError, match=r"found format version 2 in .*, expected at most 1; install a newer fastpipe"):
        read_rfi_mask(path, HEADER)
    with h5py.File(path, "a") as file:
        file.attrs["format"] = "fastpipe-catalogue"
    with pytest.raises(FileFormatError, match=r"found fastpipe-catalogue in .*, expected fastpipe-rfi-mask"):
        read_any_mask(path, HEADER)
    with h5py.File(path, "a") as file:
        file.attrs["format"], file.attrs["format_version"] = "fastpipe-rfi-mask", 1
        file.attrs["interval_samples"] = 0
    with pytest.raises(FileFormatError, match=r"found a damaged mask in .* \(ZeroDivisionError\)"):
        read_rfi_mask(path, HEADER)


def test_content_tells_the_kind(tmp_path: Path) -> None:
    presto, text = tmp_path / "a.txt", tmp_path / "b.h5"
    write_presto_mask(presto, of_rfi_mask(fake_mask(), HEADER))
    np.testing.assert_array_equal(read_any_mask(presto, HEADER).mask, fake_mask().mask)
    text.write_text("1  # radar\n3:4\n")
    mask = read_any_mask(text, HEADER)
    np.testing.assert_array_equal(mask.reasons, [[0, 2, 0, 2, 2, 0]])
    assert mask.nsamples == HEADER.nsamples


def test_lists_of_channels(tmp_path: Path) -> None:
    path = tmp_path / "channels.txt"
    path.write_text("# receiver edges\n0:1, 5\n\n 3 # walkie-talkie\n")
    is_named = read_channel_list(path, 6)
    np.testing.assert_array_equal(is_named, [True, True, False, True, False, True])
    write_channel_list(path, is_named, HEADER.chan_freqs_mhz)
    assert "0:1         # 1399.000 to 1400.000 MHz" in path.read_text().splitlines()
    np.testing.assert_array_equal(read_channel_list(path, 6), is_named)
    assert not parse_channels("", 6).any()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2-3", r"found '2-3' in a list of channels, expected numbers such as 0:12,100; correct it \(line 1 of "),
        ("0\n6", r"found channels 6 in a list, expected ascending ones from 0 to 5; .*\(line 2 of "),
        ("3:2", r"found channels 3:2 in a list"),
        ("\x80", r"found '.*' in a list of channels"),
    ],
)
def test_mistakes_in_lists_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "channels.txt"
    path.write_text(text, "latin-1")
    with pytest.raises(ConfigError, match=message):
        read_channel_list(path, 6)
