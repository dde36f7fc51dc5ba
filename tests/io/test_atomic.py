"""Files that appear whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from fastpipe.errors import ConfigError, InputMissingError, ResourceError
from fastpipe.io.atomic import replacing


def test_file_appears_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    with replacing(path) as temporary:
        assert temporary.parent == tmp_path
        assert not path.exists()
        temporary.write_text("whole")
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_rights_are_those_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with replacing(tmp_path / "x.h5"):
        pass
    assert (tmp_path / "x.h5").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError(), InputMissingError("found no file")])
def test_failure_leaves_the_old_file(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "x.h5"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_full_disk(tmp_path: Path, code: int) -> None:
    with pytest.raises(ResourceError, match="free space or write elsewhere"), replacing(tmp_path / "x.h5"):
        raise OSError(code, os.strerror(code))
    assert not list(tmp_path.iterdir())


def test_path_that_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Is a directory"), replacing(tmp_path):
        pytest.fail("found out too late")


def test_long_name(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    with replacing(path):
        pass
    assert path.exists()
