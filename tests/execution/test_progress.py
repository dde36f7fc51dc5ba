"""What progress writes, on a terminal and in a log."""

import io
import threading

import pytest

from fastpipe.execution.progress import SilentProgress, TerminalProgress


class Clock:
    """A clock that the test moves."""

    now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("fastpipe.execution.progress.time", clock)
    return clock


def test_log_gets_a_line_a_minute_and_one_at_the_end(clock: Clock) -> None:
    stream = io.StringIO()
    progress = TerminalProgress(stream)
    progress.stage("dedispersion", 100)
    for _ in range(100):
        clock.now_s += 1.25
        progress.advance()
    progress.close()
    assert stream.getvalue().splitlines() == [
        "dedispersion:  48 % 0.8/s, 1 min 05 s left",
        "dedispersion:  96 % 0.8/s, 5 s left",
        "dedispersion: done in 2 min 05 s",
    ]


def test_terminal_line_is_redrawn_in_place(clock: Clock) -> None:
    stream = io.StringIO()
    progress = TerminalProgress(stream, in_place=True)
    progress.stage("folding", 4)
    clock.now_s = 2.0
    progress.advance(2)
    progress.close()
    drawn = stream.getvalue().split("\r")
    assert "50 % [###############...............] 1/s, 2 s left" in drawn[2]
    assert {len(line.rstrip("\n")) for line in drawn[1:]} == {79}
    assert drawn[-1].startswith("folding: stopped at 2 of 4 after 2 s")
    assert stream.getvalue().count("\n") == 1


def test_next_stage_ends_the_one_before() -> None:
    stream = io.StringIO()
    progress = TerminalProgress(stream)
    progress.stage("cleaning", 1)
    progress.advance()
    progress.stage("sifting", 0)
    progress.close()
    progress.close()
    assert [line.split(":")[0] for line in stream.getvalue().splitlines()] == ["cleaning", "sifting"]


def test_advanced_from_many_threads_counts_every_step() -> None:
    stream = io.StringIO()
    progress = TerminalProgress(stream)
    progress.stage("searching", 4000)

    def work() -> None:
        for _ in range(1000):
            progress.advance()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    progress.close()
    assert "searching: done in" in stream.getvalue()


def test_silent_progress_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    progress = SilentProgress()
    progress.stage("searching", 1)
    progress.advance()
    progress.close()
    assert capfd.readouterr() == ("", "")
