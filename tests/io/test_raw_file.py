"""Reading ahead; the rest of the raw file is tested through the readers."""

import os
from pathlib import Path

import numpy as np
import pytest

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
