"""The cache of compiled kernels: where it is, and what happens where it cannot be."""

import errno
from pathlib import Path
from typing import Any

import pytest
from numba import config
from numba.core.caching import IndexDataCacheFile

from fastpipe_kernels import _jit

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="nothing is compiled or cached")


@pytest.fixture
def cache_in(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the folder of the cache, or one that cannot be written."""

    def set_folder(path: Path) -> None:
        monkeypatch.setenv("FASTPIPE_CACHE", str(path))
        monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
        _jit.cache_folder.cache_clear()

    yield set_folder
    monkeypatch.undo()
    _jit.cache_folder.cache_clear()


def _add(a, b):  # type: ignore[no-untyped-def]
    return a + b


def test_kernels_are_kept_in_the_folder_that_the_user_names(cache_in: Any, tmp_path: Path) -> None:
    cache_in(tmp_path)
    assert _jit.kernel(_add)(1, 2) == 3
    assert list(tmp_path.rglob("*.nbc"))


def test_without_a_folder_to_write_to_kernels_compile_all_the_same(cache_in: Any) -> None:
    cache_in(Path("/proc/nowhere"))
    assert _jit.cache_folder() is None
    assert _jit.kernel(_add)(1, 2) == 3


def test_a_full_disk_does_not_stop_a_kernel(cache_in: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(IndexDataCacheFile, "save", no_space)
    cache_in(tmp_path)
    assert _jit.kernel(_add)(1, 2) == 3
    assert not list(tmp_path.rglob("*.nbc"))
