"""The version of the code: another one as soon as a source is another one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fastpipe
import fastpipe_kernels

PRINT = (
    "import sys; sys.path[:0] = sys.argv[1:]; from fastpipe.io import code_version as m; print(m.__file__, m.code_version())"
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with copies of both packages."""
    for package in (fastpipe, fastpipe_kernels):
        source = Path(str(package.__file__)).parent
        shutil.copytree(source, tmp_path / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def version_of(folder: Path) -> str:
    command = [sys.executable, "-B", "-c", PRINT, str(folder)]
    done = subprocess.run(command, cwd=folder, env=dict(os.environ), capture_output=True, text=True, check=True, timeout=60)
    path, version = done.stdout.split()
    assert Path(path).is_relative_to(folder)
    return version


def test_every_source_counts(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    version = version_of(copy)
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "site"
    shutil.copytree(copy, elsewhere)
    assert version_of(elsewhere) == version
    versions = {version}
    for name in (
        "fastpipe/constants.py",
        "fastpipe_kernels/folding.py",
        "fastpipe/algorithms/new.py",
        "fastpipe/io/telescopes.toml",
    ):
        with (copy / name).open("a") as file:
            file.write("# another line\n")
        versions.add(version_of(copy))
    assert len(versions) == 5
    (copy / "fastpipe" / "algorithms" / "new.py").unlink()
    (copy / "fastpipe" / "notes.txt").write_text("no source")
    (copy / "fastpipe" / "plotting" / "colours.py").write_text("# other colours\n")
    shutil.copy(elsewhere / "fastpipe" / "constants.py", copy / "fastpipe" / "constants.py")
    shutil.copy(elsewhere / "fastpipe" / "io" / "telescopes.toml", copy / "fastpipe" / "io" / "telescopes.toml")
    shutil.copy(elsewhere / "fastpipe_kernels" / "folding.py", copy / "fastpipe_kernels" / "folding.py")
    assert version_of(copy) == version
