"""Other FITS files and damaged ones: a sentence, and never anything but our errors."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe.errors import ConfigError, FastpipeError, FileFormatError, HeaderError, InputMissingError
from fastpipe.io.psrfits import PsrfitsRecording
from fastpipe.io.psrfits_writer import write_psrfits
from fastpipe.io.recordings import open_recording
from tests.io.filterbanks import write_file
from tests.io.psrfits_files import edit, make_header, make_samples, patch_card, write_scan


def test_folded_profiles_are_refused(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    for mode, found in (("PSR", "folded profiles"), ("CAL", "folded profiles"), ("WHAT", "OBS_MODE = 'WHAT'")):
        edit(path, primary={"OBS_MODE": mode})
        with pytest.raises(FileFormatError, match=rf"found {found} in .*x.fits, expected PSRFITS search mode"):
            PsrfitsRecording.open([path])


def test_mode_that_nobody_filled_in(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    edit(path, primary={"OBS_MODE": ""})
    assert PsrfitsRecording.open([path]).header.nsamples == 96


def test_images_are_refused(tmp_path: Path) -> None:
    fits.PrimaryHDU(np.zeros((4, 4), np.float32)).writeto(tmp_path / "x.fits")
    with pytest.raises(FileFormatError, match=r"found no table SUBINT in .*x.fits, expected PSRFITS search mode"):
        open_recording([tmp_path / "x.fits"])


def test_spectral_backend_is_refused(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path, name="M33_arcdrift-M02_W_0007.fits")
    with pytest.raises(FileFormatError, match="found spectra of the spectral backend"):
        PsrfitsRecording.open([path])


def test_two_formats_are_refused(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    write_file(tmp_path / "x.fil")
    with pytest.raises(FileFormatError, match=r"found PSRFITS in .*x.fits and another format in .*x.fil"):
        open_recording([tmp_path / "x.fil", path])


def test_missing_file() -> None:
    with pytest.raises(InputMissingError, match="found no file"):
        PsrfitsRecording.open(["nowhere.fits"])


def test_truncated_file(tmp_path: Path) -> None:
    (path,), samples = write_scan(tmp_path)
    table_end = path.read_bytes().rindex(samples[-16:].tobytes()) + 16 * 8
    os.truncate(path, table_end)
    assert PsrfitsRecording.open([path]).header.nsamples == 96
    os.truncate(path, table_end - 1)
    with pytest.raises(FileFormatError, match=r"found 5 of 6 rows in .*x.fits, expected all of them; .* copy it again"):
        PsrfitsRecording.open([path])


def test_file_cut_while_open(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    recording = PsrfitsRecording.open([path])
    os.truncate(path, 8000)
    with pytest.raises(FileFormatError, match="as when it was opened"):
        recording.read(0, 96)


CARDS: list[tuple[str, str, type[FastpipeError], str]] = [
    ("NCHAN", "0", HeaderError, "found NCHAN = 0"),
    ("NCHAN", "9", HeaderError, "found 128 bytes of samples a row, expected 144"),
    ("NBITS", "7", HeaderError, "found NBITS = 7"),
    ("NBITS", "4", HeaderError, "found 128 bytes of samples a row, expected 64"),
    ("NPOL", "'*'", HeaderError, "found no NPOL"),
    ("NPOL", "1.5", HeaderError, "found NPOL = 1.5, expected an integer"),
    ("NSBLK", "'x'", HeaderError, "found NSBLK = 'x', expected a number"),
    ("TBIN", "-1.0", HeaderError, "found TBIN = -1.0 s"),
    ("TBIN", "1E-300", HeaderError, "found TBIN = 1e-300 s"),
    ("NAXIS2", "0", HeaderError, "found 0 rows"),
    ("NAXIS2", "9", FileFormatError, "found 6 of 9 rows|found 7 of 9 rows"),
    ("NAXIS2", "-2", HeaderError, "found data of .* bytes in 2 axes"),
    ("NAXIS1", "100", HeaderError, "found rows of 100 bytes and columns of"),
    ("TFORM17", "'1Y'", HeaderError, "found TFORM17 = '1Y'"),
    ("TTYPE17", "'WHAT'", HeaderError, "found no column DATA"),
    ("TFORM13", "'7D'", HeaderError, "bytes and columns of"),
    ("NSUBOFFS", "-1", HeaderError, "found NSUBOFFS = -1.0"),
    ("NSUBOFFS", "1E99", HeaderError, r"found NSUBOFFS = 1e\+99"),
    ("ZERO_OFF", "1E99", HeaderError, r"found TSCAL = 1.0, TZERO - ZERO_OFF = -1e\+99"),
    ("STT_IMJD", "-5", HeaderError, "found the start STT_IMJD = -5"),
    ("STT_SMJD", "1E30", HeaderError, "found the start STT_IMJD"),
]


@pytest.mark.parametrize(("keyword", "value", "error", "message"), CARDS)
def test_impossible_headers_are_refused(
    tmp_path: Path, keyword: str, value: str, error: type[FastpipeError], message: str
) -> None:
    (path,), _ = write_scan(tmp_path)
    patch_card(path, keyword, value)
    with pytest.raises(error, match=message) as caught:
        PsrfitsRecording.open([path])
    assert "x.fits" in str(caught.value)


def test_header_without_end(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"END     ", b"ENDE    "))
    with pytest.raises(FileFormatError, match=r"found a FITS header without END, .*x.fits"):
        PsrfitsRecording.open([path])


@pytest.mark.parametrize("changes", [{"nbits": 7}, {"nifs": 3}, {"nchans": 3, "nbits": 1}])
def test_what_cannot_be_written(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="found nbits"):
        write_psrfits(tmp_path / "x.fits", make_header(**changes), [])


def test_blocks_must_fit_the_header(tmp_path: Path) -> None:
    header = make_header()
    samples = make_samples(header)
    with pytest.raises(ConfigError, match="found 40 spectra, expected 96"):
        write_psrfits(tmp_path / "x.fits", header, [samples[:40]], nsblk=16)
    with pytest.raises(ConfigError, match="found more than 96 spectra"):
        write_psrfits(tmp_path / "x.fits", header, [samples, samples], nsblk=16)
    with pytest.raises(ConfigError, match="found a block of shape"):
        write_psrfits(tmp_path / "x.fits", header, [samples[:, :, :3]])
    with pytest.raises(ConfigError, match="found 0 spectra a row"):
        write_psrfits(tmp_path / "x.fits", header, [samples], nsblk=0)
    assert not list(tmp_path.iterdir())


@settings(max_examples=400)
@given(data=st.data())
def test_damaged_files_never_raise_anything_but_our_errors(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (path,), _ = write_scan(Path(folder), nbits=data.draw(st.sampled_from([1, 8, 16, 32])), nifs=2, nsamples=32)
        content = bytearray(path.read_bytes())
        header_bytes = content.rindex(b"END     ") + 80
        damage = data.draw(st.sampled_from(["digits", "bytes", "cut"]))
        if damage == "cut":
            del content[data.draw(st.integers(0, len(content))) :]
        else:
            values = st.sampled_from(b"0123456789-.E'TF ") if damage == "digits" else st.integers(0, 255)
            for _ in range(data.draw(st.integers(1, 4))):
                # Rows have times, weights and scales, which count as much as the header.
                content[data.draw(st.integers(0, header_bytes + 1000))] = data.draw(values)
        path.write_bytes(content)
        with suppress(FastpipeError):
            recording = open_recording([path])
            stop = min(recording.header.nsamples, 64)
            assert recording.read(0, stop).shape == (stop, recording.header.nchans)
