"""Locks on files, and disks that know none."""

import errno
import fcntl
import logging
import os
from pathlib import Path

import pytest

from fastpipe.io.night_log import holding_night
from fastpipe.io.run_folder import LOCK_FILE, is_owned, owning


def _refuse(_descriptor: int, _operation: int) -> None:
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))


def test_a_disk_without_locks_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(fcntl, "flock", _refuse)
    with caplog.at_level(logging.WARNING, "fastpipe"), owning(tmp_path / "x.run"), holding_night(tmp_path):
        # Nobody can tell; the age of what a search says of itself has to do.
        assert not is_owned(tmp_path / "x.run")
    assert len(caplog.messages) == 2
    assert all("cannot be locked (Function not implemented)" in message for message in caplog.messages)


def test_a_lock_file_that_cannot_be_written_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", fill)
    folder = tmp_path / "x.run"
    with owning(folder):
        assert is_owned(folder)
        assert (folder / LOCK_FILE).exists()
