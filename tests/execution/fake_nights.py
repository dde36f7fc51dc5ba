"""Nights whose searches end as a test wants, in this process or in one of its own."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fastpipe.data.known_pulsars import NO_PULSARS
from fastpipe.data.night import InboxFile, NightObservation
from fastpipe.data.night_state import NightState
from fastpipe.data.night_summary import NightSummary
from fastpipe.execution.night import NightEnd, run_night
from fastpipe.execution.night_options import NightOptions
from fastpipe.execution.night_searches import SearchTask
from fastpipe.io.night_log import read_night_state
from fastpipe.pipeline.night_merge import MergedNight
from fastpipe.pipeline.night_summary import summarise_night

# Each attempt does the next step of the file "steps" in the folder of its observation, and the last one for ever after.
FAKE_SEARCH = """
import os, signal, sys, time
from pathlib import Path
catalogue = Path(sys.argv[1])
done = catalogue.with_name("attempts")
attempts = done.read_text().splitlines() if done.exists() else []
done.write_text("\\n".join([*attempts, " ".join(sys.argv[2:])]) + "\\n")
steps = catalogue.with_name("steps").read_text().split()
step = steps[min(len(attempts), len(steps) - 1)]
if step == "sleep":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    time.sleep(60)
elif step == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("here I stay", flush=True)
    time.sleep(60)
elif step == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
elif step == "0":
    time.sleep(0.05)
    catalogue.write_text("done")
else:
    print("fastpipe search: found something, expected more; wait", file=sys.stderr)
    sys.exit(int(step))
"""


def fake_command(task: SearchTask) -> list[str]:
    limits = [str(task.memory_bytes), str(task.nthreads), task.position, str(task.dm_max)]
    return [sys.executable, "-S", "-c", FAKE_SEARCH, str(task.catalogue), *limits]


class FakeReport:
    """The summary, without a catalogue."""

    nwritten = 0

    def write(self, state: NightState, observations: Sequence[NightObservation], *, is_over: bool) -> NightSummary:
        self.nwritten += 1
        merged = MergedNight(None, {}, ())
        return summarise_night(state, observations, merged, NO_PULSARS, updated_unix_s=time.time(), is_over=is_over)


def observation(name: str, state: str = "complete", *, nbytes: int = 10, reason: str = "") -> NightObservation:
    file = InboxFile(path=Path(f"/inbox/{name}.fil"), nbytes=nbytes, modified_unix_s=1.0)
    return NightObservation(
        name=name, files=(file,), source="", beam=0, pointing=None, serials=(), state=state, reason=reason, entry=None
    )


@dataclass
class FakeNight:
    """A night whose inbox shows one list after the other, and the last one for ever after."""

    folder: Path
    polls: list[list[NightObservation]] = field(default_factory=list)
    options: dict[str, object] = field(default_factory=dict)
    npolls: int = 0

    def poll(self, _now_s: float) -> list[NightObservation]:
        self.npolls += 1
        return self.polls[min(self.npolls, len(self.polls)) - 1]

    def search(self, name: str, *steps: str) -> NightObservation:
        """An observation whose attempts end like this."""
        (self.folder / name).mkdir(exist_ok=True)
        (self.folder / name / "steps").write_text(" ".join(steps))
        return observation(name)

    def attempts(self, name: str) -> list[str]:
        path = self.folder / name / "attempts"
        return path.read_text().splitlines() if path.exists() else []

    def run(self, **options: object) -> NightEnd:
        given = {"memory_bytes": 1000, "nthreads": 4, "wait_s": 0.2, "poll_s": 0.05, "pause_s": 0.01, "tick_s": 0.02}
        limits = NightOptions(inbox=Path("/inbox"), folder=self.folder, **(given | self.options | options))
        return run_night(limits, self, FakeReport(), fake_command)

    def status(self, name: str) -> str:
        state = read_night_state(self.folder)
        assert state is not None
        return state.searches[name].status


NIGHT_PROCESS = """
import sys
from pathlib import Path
from tests.execution.fake_nights import FakeNight, observation
folder = Path(sys.argv[1])
night = FakeNight(folder, [[observation(name) for name in sys.argv[2:]]])
sys.exit(night.run().exit_code)
"""


def start_night(folder: Path, *names: str) -> subprocess.Popen[bytes]:
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen([sys.executable, "-c", NIGHT_PROCESS, str(folder), *names], cwd=root)


def wait_for(condition: Callable[[], object], timeout_s: float = 20.0) -> None:
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)
