"""From a manifest to the tasks of a job array."""

from pathlib import Path

import pytest

from fastpipe.data.manifest import ManifestEntry
from fastpipe.errors import ConfigError, InputMissingError
from fastpipe.pipeline.array_tasks import array_tasks

FAST = [f"J1900-0134_tracking-M{beam:02d}_{serial:04d}.fits" for beam in (1, 7) for serial in (1, 2)]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox [of one night]"
    (folder / "more").mkdir(parents=True)
    names = [*FAST, "a b.fil", "series.dat", "series.inf", "notes.txt", "more/a b.fil", "M33_arcdrift-M02_W_0007.fits"]
    for name in names:
        (folder / name).touch()
    return folder


def test_files_of_a_beam_are_one_observation(inbox: Path) -> None:
    tasks = array_tasks([ManifestEntry(files=("J1900*.fits",), dm_min=0.1, dm_max=1e-7, position="1 -2")], inbox)
    assert [task.name for task in tasks] == ["J1900-0134_tracking-M01", "J1900-0134_tracking-M07"]
    assert [path.name for task in tasks for path in task.files] == FAST
    assert tasks[0].options == ("--position=1 -2", "--dm-min=0.1", "--dm-max=1e-07")
    assert all(path.is_absolute() for path in tasks[0].files)


def test_an_entry_with_a_name_is_one_observation(inbox: Path) -> None:
    (task,) = array_tasks([ManifestEntry(files=("*M07_0002.fits", "*M07_*.fits"), name="again")], inbox)
    assert task.name == "again"
    assert [path.name for path in task.files] == [FAST[3], FAST[2]]


def test_patterns_match_recordings_only(inbox: Path) -> None:
    tasks = array_tasks([ManifestEntry(files=("[ahM]*",)), ManifestEntry(files=("s*", "more/*"))], inbox)
    assert [[path.name for path in task.files] for task in tasks] == [["a b.fil"], ["series.dat"], ["a b.fil"]]
    # Names are safe for folders and unique.
    assert len({task.name for task in tasks}) == 3
    assert all(" " not in task.name for task in tasks)


def test_a_pattern_may_be_absolute_or_the_name_of_a_file(inbox: Path, tmp_path: Path) -> None:
    odd = inbox / "x[1].fil"
    odd.touch()
    entries = [ManifestEntry(files=("x[1].fil",)), ManifestEntry(files=(str(inbox / "a b.fil"),))]
    with pytest.raises(InputMissingError, match=r"found no recording x\[1\]\.fil in "):
        array_tasks(entries[:1], tmp_path)
    tasks = array_tasks(entries, inbox)
    assert [task.files for task in tasks] == [(odd,), (inbox / "a b.fil",)]


@pytest.mark.parametrize("pattern", ["J2000*.fits", "notes.*", "more", "missing.fil", "M33_arcdrift-M02_W_*.fits"])
def test_an_entry_without_recordings_is_named(inbox: Path, pattern: str) -> None:
    with pytest.raises(InputMissingError, match=r"found no recording .* of night 7 in .*; correct it"):
        array_tasks([ManifestEntry(files=(FAST[0], pattern), name="night 7")], inbox)


def test_a_file_in_two_observations_is_refused(inbox: Path) -> None:
    entries = [ManifestEntry(files=("*M07*",)), ManifestEntry(files=(FAST[3],), name="again")]
    with pytest.raises(ConfigError, match=r"M07_0002\.fits in 2 observations, expected it in one"):
        array_tasks(entries, inbox)


def test_a_name_with_a_line_break_is_refused(inbox: Path) -> None:
    (inbox / "two\nlines.fil").touch()
    with pytest.raises(ConfigError, match=r"found a line break in .*two\\nlines"):
        array_tasks([ManifestEntry(files=("two*",))], inbox)
