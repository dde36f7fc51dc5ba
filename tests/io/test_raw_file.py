"""Reading ahead and the limit of open files; the rest of the raw file is tested through the readers."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fastpipe.errors import ResourceError
from fastpipe.io import raw_file
from fastpipe.io.raw_file import RawFile

STRETCH = 1 << 16


@pytest.fixture
def file(tmp_path: Path) -> RawFile:
    path = tmp_path / "x.bin"
    path.write_bytes(bytes(3 * STRETCH))
    return RawFile(path)


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="this system cannot be asked to read ahead")
def test_the_next_stretch_is_asked_for(file: RawFile, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, int]] = []
    monkeypatch.setattr(os, "posix_fadvise", lambda _descriptor, *arguments: asked.append(arguments))
    for start, nbytes in ((0, STRETCH), (STRETCH, 10), (2 * STRETCH, STRETCH)):
        file.read(start, nbytes)
    assert asked == [(STRETCH, STRETCH, os.POSIX_FADV_WILLNEED)]


def test_systems_that_cannot_be_asked(file: RawFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    np.testing.assert_array_equal(file.read(0, 2 * STRETCH), np.zeros(2 * STRETCH, np.uint8))


@pytest.fixture
def nfree() -> Iterator[int]:
    """Allow this process few more open files than it has, and give their largest number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    nfree = 8
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free + nfree, hard))
    yield nfree
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_more_files_than_the_soft_limit(file: RawFile, nfree: int) -> None:
    files = [RawFile(file.path) for _ in range(2 * nfree)]
    assert {each.read(0, 1).tobytes() for each in files} == {b"\0"}


def test_more_files_than_the_hard_limit(file: RawFile, nfree: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_file, "_allow_more_files", lambda: False)
    with pytest.raises(ResourceError, match="found as many files open as one process may have, expected room for"):
        _ = [RawFile(file.path) for _ in range(2 * nfree)]
