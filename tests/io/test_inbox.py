"""Listing of an inbox, and looks at its files."""

import errno
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from fastpipe.errors import BusyError, InputMissingError, ResourceError
from fastpipe.io import file_look
from fastpipe.io.file_look import look_at
from fastpipe.io.inbox import list_inbox
from tests.io.filterbanks import write_file
from tests.io.psrfits_files import write_scan

LISTED = [
    "J1_tracking-M01_0001.fits",
    "M13_drift-M19_0926.fits.fz",
    "x.fil",
    "X.FITS",
    "deep/er/y.sf",
    "z.tim",
    "a.dat",
    "a.inf",
]
NOT_LISTED = [
    ".x.fil.Ab3dEf",
    ".hidden.fil",
    "x.fil.tmp",
    "x.fits.part",
    ".partial/x.fil",
    "M33_arcdrift-M02_W_0007.fits",
    "x.txt",
    "x.h5",
    "alone.dat",
    "alone_rfifind.inf",
    "both.DAT",
    ".fits",
]


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")


def names_in(folder: Path) -> list[str]:
    return [file.path.relative_to(folder).as_posix() for file in list_inbox(folder)]


def test_recordings_are_listed_and_nothing_else(tmp_path: Path) -> None:
    touch(tmp_path, *LISTED, *NOT_LISTED)
    assert names_in(tmp_path) == sorted(LISTED, key=lambda name: tmp_path / name)
    file = list_inbox(tmp_path)[0]
    assert file.nbytes == 5
    assert file.modified_unix_s == file.path.stat().st_mtime


def test_packed_copy_beside_its_original_does_not_count(tmp_path: Path) -> None:
    touch(tmp_path, "a.fits", "a.fits.fz", "b.fits.fz")
    assert names_in(tmp_path) == ["a.fits", "b.fits.fz"]


def test_links_are_followed_and_loops_are_not(tmp_path: Path) -> None:
    inbox, archive = tmp_path / "inbox", tmp_path / "archive"
    touch(archive, "x.fil", "deep/y.fil")
    touch(inbox, "own.fil")
    (inbox / "link").symlink_to(archive)
    (inbox / "link2").symlink_to(archive)
    (archive / "deep" / "back").symlink_to(inbox)
    (inbox / "dangling.fil").symlink_to(tmp_path / "nothing")
    (inbox / "one.fil").symlink_to(archive / "x.fil")
    os.mkfifo(inbox / "pipe.fil")
    assert names_in(inbox) == ["link/deep/y.fil", "link/x.fil", "one.fil", "own.fil"]


def test_no_folder(tmp_path: Path) -> None:
    touch(tmp_path, "x.fil")
    for path in (tmp_path / "none", tmp_path / "x.fil"):
        with pytest.raises(InputMissingError, match="expected an inbox; check the path"):
            list_inbox(path)


class FailingScan:
    """`os.scandir` that fails for some folders."""

    def __init__(self, code: int, *names: str, nworking: int = 0) -> None:
        self.code = code
        self.names = names
        self.nworking = nworking
        self.scandir = os.scandir

    def __call__(self, path: Path) -> Any:
        if Path(path).name in self.names:
            self.nworking -= 1
            if self.nworking < 0:
                raise OSError(self.code, os.strerror(self.code))
        return self.scandir(path)


@pytest.mark.parametrize("nworking", [0, 1, 2])
@pytest.mark.parametrize("code", [errno.ESTALE, errno.EIO])
def test_disk_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, nworking: int) -> None:
    touch(tmp_path / "inbox", "x.fil", "deep/y.fil")
    monkeypatch.setattr(os, "scandir", FailingScan(code, "inbox", "deep", nworking=nworking))
    with pytest.raises(BusyError, match="not answering") as caught:
        list_inbox(tmp_path / "inbox")
    assert caught.value.exit_code == 75


@pytest.mark.parametrize("code", [errno.ESTALE, errno.EIO])
def test_one_broken_folder_does_not_hold_up_the_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    touch(tmp_path, "x.fil", "broken/y.fil", "z/z.fil")
    monkeypatch.setattr(os, "scandir", FailingScan(code, "broken"))
    assert names_in(tmp_path) == ["x.fil", "z/z.fil"]


def test_closed_folder_is_left_out_with_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    touch(tmp_path, "x.fil", "closed/y.fil")
    monkeypatch.setattr(os, "scandir", FailingScan(errno.EACCES, "closed"))
    with caplog.at_level(logging.WARNING, "fastpipe"):
        assert names_in(tmp_path) == names_in(tmp_path) == ["x.fil"]
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path / 'closed'} is left out of the inbox: Permission denied"
    ]


def test_what_vanishes_between_listing_and_look_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    touch(tmp_path, "x.fil", "gone/y.fil")
    monkeypatch.setattr(os, "scandir", FailingScan(errno.ENOENT, "gone"))
    assert names_in(tmp_path) == ["x.fil"]
    assert not caplog.records


def test_look_at_whole_files(tmp_path: Path) -> None:
    write_file(tmp_path / "x.fil", source_name="B0329+54", ibeam=3)
    look = look_at(tmp_path / "x.fil")
    assert look is not None
    assert (look.source, look.beam, look.tstart, look.error, look.doubt) == ("B0329+54", 3, 60000.0, "", "")
    assert look.tobs_s == pytest.approx(0.05)
    for name, tstart in (("x.fits", 59000.0), ("J0534+2200_tracking-M02_0001.fits", 0.0)):
        write_scan(tmp_path, name=name)
        look = look_at(tmp_path / name)
        assert look is not None
        assert (look.source, look.beam, look.tstart, look.error, look.doubt) == ("J0534+2200", 2, tstart, "", "")


@pytest.mark.parametrize("name", ["x.fits", "J0534+2200_tracking-M02_0001.fits"])
def test_look_at_cut_fits(tmp_path: Path, name: str) -> None:
    (path,), _ = write_scan(tmp_path, name=name)
    content = path.read_bytes()
    path.write_bytes(content + bytes(100))
    look = look_at(path)
    assert look is not None
    assert not look.error
    assert look.doubt.startswith("found 100 bytes after the last whole block of 2880")
    path.write_bytes(content[: len(content) * 2 // 3])
    look = look_at(path)
    assert look is not None
    assert str(path) in look.error


@pytest.mark.parametrize("content", [b"", b"12345", b"SIMPLE  =", b"\x0c\x00\x00\x00HEADER_START"])
@pytest.mark.parametrize("name", ["x.fil", "x.fits", "x.dat"])
def test_look_at_damage(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    look = look_at(tmp_path / name)
    assert look is not None
    assert look.error


def test_look_that_says_nothing_about_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def far_away(_: object) -> None:
        raise BusyError("found a read error (ESTALE)") from OSError(errno.ESTALE, "Stale file handle")

    def too_many(_: object) -> None:
        raise ResourceError("found as many files open as one process may have")

    for open_recording in (far_away, too_many):
        monkeypatch.setattr(file_look, "open_recording", open_recording)
        assert look_at(tmp_path / "x.fil") is None
    assert look_at(tmp_path / "vanished.fits") is None
