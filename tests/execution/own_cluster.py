"""Processes of a test that end with it: a scheduler and workers as a user starts them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 40.0


def wait_until(condition: Callable[[], bool], seconds: float = LONGEST_S) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def processes_of(session: int) -> list[psutil.Process]:
    """Processes of a session that still run."""
    found = []
    for process in psutil.process_iter(["status"]):
        try:
            if os.getsid(process.pid) == session and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process)
        except OSError:
            continue
    return found


@contextmanager
def running(*arguments: str, temporary: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A command in a session of its own, which ends in any case."""
    command = [sys.executable, "-m", *arguments]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        for left in processes_of(process.pid):
            left.kill()
        process.wait(LONGEST_S)


@contextmanager
def scheduler(folder: Path, *options: str, nworkers: int = 2) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and workers as a user starts them; its address, and the processes, of which the first is the scheduler."""
    address_file = folder / "scheduler.json"
    common = ("--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(address_file))
    with ExitStack() as stack:
        processes = [
            stack.enter_context(running("distributed.cli.dask_scheduler", *common, "--port", "0", temporary=folder)),
        ]
        assert wait_until(address_file.exists)
        worker = ("distributed.cli.dask_worker", *common, "--nthreads", "1", *options)
        processes += [stack.enter_context(running(*worker, temporary=folder)) for _ in range(nworkers)]
        address = address_file.read_text().split('"address": "')[1].split('"')[0]
        yield address, processes
