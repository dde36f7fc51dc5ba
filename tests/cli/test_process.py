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
import fastpipe.execution.search as search
def run_search(paths, config, *, progress=None):
    print("started", flush=True)
    time.sleep(60)
search.run_search = run_search
from fastpipe.cli.main import main
sys.argv = ["fastpipe", "search", "x.fil", "-o", sys.argv[1]]
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
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
    assert "nothing was written under the name of the result; run the same command again" in errors
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


def test_one_thread_budget() -> None:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = {name: value for name, value in os.environ.items() if name not in names} | {"OMP_NUM_THREADS": "3"}
    code = f"import os, fastpipe.cli; print([os.environ[name] for name in {names}])"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['3', '1', '1', '1']"
