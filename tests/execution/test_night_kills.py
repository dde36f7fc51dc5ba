"""Nights that are killed."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from fastpipe.io.night_log import read_night_state
from tests.execution.fake_nights import FakeNight, observation, start_night, wait_for


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="the system does not show the commands of processes")
def test_killed_night_goes_on_with_what_still_runs(tmp_path: Path) -> None:
    night = FakeNight(tmp_path)
    night.search("a", "0")
    night.search("b", "sleep", "0")
    with start_night(night.folder, "a", "b") as process:
        wait_for(lambda: night.attempts("b"))
        process.kill()
    state = read_night_state(night.folder)
    assert state is not None
    orphan = state.searches["b"].pid
    assert state.searches["b"].status == "running"
    assert Path(f"/proc/{orphan}").exists()
    # The next night waits for the search that is left, and does not start it twice.
    threading.Timer(1.0, os.kill, (orphan, signal.SIGTERM)).start()
    night.polls = [[observation("a"), observation("b")]]
    start = time.monotonic()
    assert night.run().exit_code == 0
    assert time.monotonic() - start > 0.9
    assert (len(night.attempts("a")), len(night.attempts("b"))) == (1, 2)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="the system does not show the commands of processes")
def test_night_survives_being_killed_at_any_moment(tmp_path: Path) -> None:
    night = FakeNight(tmp_path)
    names = "abcdefgh"
    night.polls = [[night.search(name, "0") for name in names]]
    rng = random.Random(8)
    nkills = 6
    for _ in range(nkills):
        with start_night(night.folder, *names) as process:
            before = time.time()
            state = night.folder / "night.json"
            wait_for(lambda state=state, before=before: state.exists() and state.stat().st_mtime > before)
            time.sleep(0.25 * rng.random())
            process.kill()
    assert night.run().exit_code == 0
    nattempts = [len(night.attempts(name)) for name in names]
    # A kill costs the search that runs, and no other one.
    assert len(names) <= sum(nattempts) <= len(names) + nkills
