"""Files that are still those that a search began with."""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from fastpipe.errors import IncompleteError, InputMissingError
from fastpipe.io.file_stamps import check_unchanged, content_digest, stamp_files


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A file that was written a while ago."""
    path = tmp_path / "x.fil"
    path.write_bytes(b"0123456789")
    os.utime(path, ns=(10**18, 10**18))
    return path


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"!")


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"!")


def _replace(path: Path) -> None:
    """Put another file of the same size and time in its place."""
    other = path.with_name("other")
    other.write_bytes(b"abcdefghij")
    os.utime(other, ns=(10**18, 10**18))
    other.replace(path)


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "appended": (_append, "10 and then 11 bytes"),
    "cut": (lambda path: os.truncate(path, 4), "10 and then 4 bytes"),
    "overwritten": (_overwrite, "another content"),
    "touched": (os.utime, "another content"),
    "replaced": (_replace, "another content"),
}


@pytest.mark.parametrize(("change", "words"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(recording: Path, change: Callable[[Path], object], words: str) -> None:
    stamps = stamp_files([recording])
    check_unchanged(stamps)
    change(recording)
    with pytest.raises(IncompleteError, match=words) as raised:
        check_unchanged(stamps)
    assert str(recording) in str(raised.value)
    assert "run again" in str(raised.value)
    assert raised.value.exit_code == 5


def test_reading_changes_nothing(recording: Path) -> None:
    stamps = stamp_files([recording])
    recording.read_bytes()
    check_unchanged(stamps)


def test_a_file_that_has_gone(recording: Path) -> None:
    stamps = stamp_files([recording])
    recording.unlink()
    with pytest.raises(InputMissingError, match=r"found no file .* expected a recording; check the path"):
        check_unchanged(stamps)


def test_each_of_many_files_counts(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.fits" for number in range(3)]
    for path in paths:
        path.write_text("x")
    stamps = stamp_files(paths)
    _append(paths[2])
    with pytest.raises(IncompleteError, match=r"2\.fits changed"):
        check_unchanged(stamps)


def test_digest_of_files_that_options_name(recording: Path, tmp_path: Path) -> None:
    assert content_digest("") == ""
    assert content_digest(str(recording)) == sha256(b"0123456789").hexdigest()
    assert content_digest(str(tmp_path / "missing")) == "unreadable"
