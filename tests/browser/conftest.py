"""A browser's server as a person starts it, and a page of a real web browser."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fastpipe.cli.main import group
from fastpipe.io.catalogue import write_catalogue
from tests.many_candidates import many_candidates

NCANDIDATES = 10_000
_END_S = 30.0


@dataclass(frozen=True)
class Served:
    """A running ``fastpipe browse``."""

    url: str
    process: subprocess.Popen[str]

    @property
    def origin(self) -> str:
        return self.url.rsplit("/", 2)[0]

    def stop(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(_END_S)


@pytest.fixture(scope="session")
def large_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("browser") / "large.h5"
    write_catalogue(path, many_candidates(NCANDIDATES))
    return path


@pytest.fixture
def catalogue(large_catalogue: Path, tmp_path: Path) -> Path:
    """Catalogue of ten thousand candidates without labels."""
    path = tmp_path / "large.h5"
    path.hardlink_to(large_catalogue)
    return path


def find_chromium() -> str | None:
    """Return the path of a Chromium of the system; None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


@contextmanager
def running(catalogue: Path, user: str = "ann", *options: str, with_window: bool = False) -> Iterator[Served]:
    command = [sys.executable, "-m", "fastpipe", "browse", str(catalogue), "--user", user, *options]
    command += [] if with_window else ["--no-open"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://\S+/", line)
            assert found, line + process.stdout.read()
            yield Served(found.group(), process)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


@pytest.fixture
def serve() -> Callable[..., Any]:
    return running


# Not for the session: while it lives, no other test could run an event loop of its own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install --group web")
    path = find_chromium()
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run ``fastpipe`` with some arguments in this process."""

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(group, [str(argument) for argument in arguments], prog_name="fastpipe")

    return run
