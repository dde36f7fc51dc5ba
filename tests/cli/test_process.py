"""The command as a process: signals and environment."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SLOW_SEARCH = """
import signal, sys, time
# A test that runs in the background inherits an ignored Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
import fastpipe.execution.search as search
def search_to_catalogue(*args, **options):
    print("started", flush=True)
    time.sleep(60)
search.search_to_catalogue = search_to_catalogue
from fastpipe.cli.main import main
sys.argv = ["fastpipe", "search", "x.fil", "-o", sys.argv[1]]
main()
"""


BUSY_THREAD = """
import threading, time
import fastpipe.execution.search as search
def search_to_catalogue(*args, **options):
    threading.Thread(target=time.sleep, args=(60,)).start()
    raise KeyboardInterrupt
search.search_to_catalogue = search_to_catalogue
from fastpipe.cli.main import main
import sys
sys.argv = ["fastpipe", "search", "x.fil", "-o", sys.argv[1]]
main()
"""


def test_interrupted_search_does_not_wait_for_its_threads(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BUSY_THREAD, str(tmp_path / "out.h5")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.startswith("fastpipe search: interrupted: what was finished is kept; run the same command again")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_interrupted_search_leaves_nothing(number: signal.Signals, code: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SLOW_SEARCH, str(tmp_path / "out.h5")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        process.send_signal(number)
        try:
            _, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == code
    assert "what was finished is kept; run the same command again to go on from there" in errors
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


def test_one_thread_budget() -> None:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = {name: value for name, value in os.environ.items() if name not in names} | {"OMP_NUM_THREADS": "3"}
    code = f"import os, fastpipe.cli; print([os.environ[name] for name in {names}])"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['3', '1', '1', '1']"


WARNING = """
import logging
from fastpipe.cli.main import show_warnings
logging.basicConfig()
logger = logging.getLogger("fastpipe")
show_warnings(logger)
logger.warning("the header has no %s", "position")
logger.info("nobody asked")
"""


def test_a_warning_is_one_line_on_standard_error() -> None:
    done = subprocess.run([sys.executable, "-c", WARNING], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "fastpipe: warning: the header has no position\n")


def test_closed_streams_stop_nothing(tmp_path: Path) -> None:
    recording = tmp_path / "fake.fil"
    command = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", sys.executable, "-c", "from fastpipe.cli.main import main; main()"]
    options = ["--duration", "1", "--tsamp", "0.001", "--nchans", "16"]
    assert subprocess.run([*command, "simulate", "-o", str(recording), *options], check=False).returncode == 0
    assert recording.exists()


def test_a_mistyped_name_leaves_no_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fastpipe", "search", str(tmp_path / "none.fil"), "-o", str(tmp_path / "out.h5")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "expected a recording; check the path" in done.stderr
    assert list(tmp_path.iterdir()) == []
