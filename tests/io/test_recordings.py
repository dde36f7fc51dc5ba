"""Formats told apart, files joined, digests."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fastpipe.errors import ConfigError, FileFormatError, InputMissingError
from fastpipe.io.recordings import digest, open_recording
from tests.io.filterbanks import write_file

DAY_S = 86_400.0


def write_three(folder: Path) -> tuple[list[Path], NDArray[np.uint8]]:
    """Write three consecutive files of 50, 30 and 1 samples."""
    paths, pieces, before = [], [], 0
    for i, nsamples in enumerate((50, 30, 1)):
        paths.append(folder / f"{i}.fil")
        pieces.append(write_file(paths[-1], seed=i, nsamples=nsamples, tstart=60000.0 + before * 1e-3 / DAY_S))
        before += nsamples
    return paths, np.concatenate(pieces)


def test_digest_is_of_all_bytes(tmp_path: Path) -> None:
    paths, _ = write_three(tmp_path)
    joined = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    assert digest(open_recording(paths)) == joined
    assert digest(open_recording(paths[:1])) == hashlib.sha256(paths[0].read_bytes()).hexdigest()


def test_digest_of_a_lost_file(tmp_path: Path) -> None:
    write_file(tmp_path / "x.fil")
    recording = open_recording([tmp_path / "x.fil"])
    (tmp_path / "x.fil").unlink()
    with pytest.raises(InputMissingError, match="impossible to read"):
        digest(recording)


def test_formats_that_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"text")
    with pytest.raises(FileFormatError, match="found neither SIGPROC nor PSRFITS nor a PRESTO series"):
        open_recording([tmp_path / "x.txt"])
    with pytest.raises(ConfigError, match="found no file"):
        open_recording([])
