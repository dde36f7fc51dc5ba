"""Fixtures that every test may use."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

# Examples are the same in every run, and a slow machine is no failure.
settings.register_profile("fastpipe", derandomize=True, deadline=None)
settings.load_profile("fastpipe")


_SESSION = "FASTPIPE_TEST_SESSION"
_END_S = 10.0
"""Longest wait for processes that end by themselves."""


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fail the run if its tests leave processes or temporary files behind."""
    # Known before temporary files go to a folder of this session alone; its name is short, as names of sockets must be.
    tmp_path_factory.getbasetemp()
    folder, mark, shared = Path(tempfile.mkdtemp(prefix="tests-")), secrets.token_hex(8), _shared_memory()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(_SESSION, mark)
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)
        yield
        _, alive = psutil.wait_procs(_processes(mark), timeout=_END_S)
    processes = [f"{process.pid} {' '.join(process.cmdline())}" for process in alive if process.is_running()]
    files = [path.name for path in folder.iterdir()]
    shutil.rmtree(folder, ignore_errors=True)
    assert not processes, "tests left processes behind"
    assert not files, "tests left temporary files behind"
    assert not _shared_memory() - shared, "tests left shared memory behind"


def _processes(mark: str) -> list[psutil.Process]:
    """Return the processes that this session started and that live, whoever is their parent now."""
    found = []
    for process in {*psutil.process_iter(), *psutil.Process().children(recursive=True)}:
        with suppress(psutil.Error):
            is_ours = process.environ().get(_SESSION) == mark or process.ppid() == os.getpid()
            # Python ends its tracker with the session.
            is_tracker = "resource_tracker" in " ".join(process.cmdline())
            if is_ours and not is_tracker and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _shared_memory() -> set[str]:
    return {path.name for path in Path("/dev/shm").glob("fastpipe*")}


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Folder of the real recordings; the test is skipped where there is none."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("FASTPIPE_TEST_DATA", default))
    if not (folder / "recordings").is_dir():
        pytest.skip(f"no real recordings in {folder}: set FASTPIPE_TEST_DATA to their folder")
    return folder
