"""Polls of an inbox on a disk."""

import os
from pathlib import Path

import pytest

from fastpipe.data.manifest import ManifestEntry
from fastpipe.data.night import FileLook, NightRules
from fastpipe.errors import InputMissingError
from fastpipe.io.psrfits_writer import write_psrfits
from fastpipe.io.sigproc import write_filterbank
from fastpipe.pipeline import night_inbox
from fastpipe.pipeline.night_inbox import InboxWatch
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.inboxes import states

SHAPE = FilterbankShape(nchans=16, nsamples=256, tsamp=1e-3)
RULES = NightRules(settle_s=10.0, patience_s=100.0)


def write_fil(path: Path) -> None:
    header, blocks = simulate(SHAPE)
    write_filterbank(path, header, blocks)


def write_fits(path: Path, rows_per_file: int | None = None) -> tuple[Path, ...]:
    header, blocks = simulate(SHAPE)
    return write_psrfits(path, header, blocks, nsblk=32, rows_per_file=rows_per_file)


def test_night_of_real_files(tmp_path: Path) -> None:
    watch = InboxWatch(tmp_path, RULES, [ManifestEntry(files=("deep/*",), dm_max=70.0)])
    assert watch.poll(0.0) == []
    (tmp_path / "deep").mkdir()
    write_fil(tmp_path / "deep" / "x.fil")
    write_fits(tmp_path / "J1900_tracking-M07.fits", rows_per_file=4)
    write_fits(tmp_path / "y.fits", rows_per_file=4)
    whole = (tmp_path / "y_0002.fits").read_bytes()
    (tmp_path / "y_0002.fits").write_bytes(whole[: len(whole) // 2])
    names = {"J1900_tracking-M07": "waiting", "deep_x": "waiting", "y_0001": "waiting", "y_0002": "waiting"}
    assert states(watch.poll(1.0)) == names
    observations = watch.poll(11.0)
    assert states(observations) == names | dict.fromkeys(["J1900_tracking-M07", "deep_x", "y_0001"], "complete")
    assert "y_0002.fits" in observations[-1].reason
    first, second, _, _ = observations
    assert (first.beam, first.serials, first.source) == (7, (1, 2), "J1900")
    assert second.entry is not None
    assert second.entry.dm_max == 70.0
    # The copy goes on after a while.
    (tmp_path / "y_0002.fits").write_bytes(whole)
    assert states(watch.poll(50.0))["y_0001"] == "waiting"
    observations = watch.poll(60.0)
    assert [file.path.name for file in observations[-1].files] == ["y_0001.fits", "y_0002.fits"]
    assert set(states(observations).values()) == {"complete"}


def test_cut_files_are_bad_in_the_end(tmp_path: Path) -> None:
    write_fil(tmp_path / "x.fil")
    write_fits(tmp_path / "y.fits")
    os.truncate(tmp_path / "x.fil", 100)
    os.truncate(tmp_path / "y.fits", (tmp_path / "y.fits").stat().st_size // 2)
    watch = InboxWatch(tmp_path, RULES)
    for now_s in range(0, 110, 10):
        assert states(watch.poll(float(now_s))) == {"x": "waiting", "y": "waiting"}
    observations = watch.poll(110.0)
    assert states(observations) == {"x": "bad", "y": "bad"}
    assert "copy" in observations[0].reason
    assert "y.fits" in observations[1].reason


def test_new_time_of_a_file_is_a_change(tmp_path: Path) -> None:
    write_fil(tmp_path / "x.fil")
    watch = InboxWatch(tmp_path, RULES)
    watch.poll(0.0)
    os.utime(tmp_path / "x.fil", (1e9, 1e9))
    assert states(watch.poll(10.0)) == {"x": "waiting"}
    (before,) = watch.poll(20.0)
    assert before.state == "complete"
    os.utime(tmp_path / "x.fil", (2e9, 2e9))
    (after,) = watch.poll(30.0)
    assert after.state == "waiting"
    assert after.key != before.key


def test_files_are_opened_once_unless_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def look_at(path: Path) -> FileLook | None:
        opened.append(path.name)
        return {"good": FileLook(), "bad": FileLook(error="found nothing")}.get(path.stem)

    monkeypatch.setattr(night_inbox, "look_at", look_at)
    monkeypatch.setattr(night_inbox, "_MOST_LOOKS", 3)
    for name in ("good.fil", "bad.fil", "unanswered.fil", "yet_another.fil"):
        (tmp_path / name).write_bytes(b"x")
    watch = InboxWatch(tmp_path, RULES)
    watch.poll(0.0)
    assert opened == []
    assert states(watch.poll(10.0)) == {
        "bad": "waiting",
        "good": "complete",
        "unanswered": "waiting",
        "yet_another": "waiting",
    }
    assert opened == ["bad.fil", "good.fil", "unanswered.fil"]
    opened.clear()
    watch.poll(15.0)
    assert opened == ["yet_another.fil", "unanswered.fil"]
    opened.clear()
    watch.poll(20.0)
    assert opened == ["bad.fil", "unanswered.fil", "yet_another.fil"]


def test_inbox_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="expected an inbox"):
        InboxWatch(tmp_path / "none").poll(0.0)
