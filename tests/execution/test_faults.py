"""What can happen to a search that runs: signals, disks without room, files that change, another search."""

import json
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from fastpipe.io.run_folder import LOCK_FILE, is_owned, read_progress
from tests.execution.search_process import Scene

pytestmark = pytest.mark.slow

AGAIN = "what was finished is kept; run the same command again to go on from there"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    # Shards of one lane block: with the tasks that run, all that was begun is finished.
    return Scene(tmp_path_factory.mktemp("faults"), dm_step=0.5, shard_trials=16, nsamples=2**15).make()


@pytest.fixture(scope="module")
def undisturbed(made: Scene) -> bytes:
    """The catalogue of a search to which nothing happens."""
    end = made.run("--threads", "2")
    assert (end.code, end.errors) == (0, "")
    return made.result()


@pytest.fixture
def scene(made: Scene, undisturbed: bytes) -> Iterator[Scene]:
    """The recording before a first search."""
    assert undisturbed
    content, stat = made.recording.read_bytes(), made.recording.stat()
    made.clear()
    yield made
    made.recording.write_bytes(content)
    os.utime(made.recording, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    made.clear()


def _assert_resumes(scene: Scene, expected: bytes, kept: set[str]) -> None:
    """Search to the end; nothing that was kept is done again."""
    nbegun = len(scene.begun())
    end = scene.run("--threads", "2")
    assert (end.code, end.errors) == (0, "")
    assert not set(scene.begun()[nbegun:]) & kept
    assert kept <= scene.kept_shards()
    assert scene.result() == expected
    assert scene.leftovers() == []


@pytest.mark.parametrize("arguments", [("--threads", "2"), ("--serial",)], ids=["two threads", "serial"])
@pytest.mark.parametrize(
    ("number", "code", "state"), [(signal.SIGTERM, 143, "ended by the system"), (signal.SIGINT, 130, "interrupted")]
)
def test_a_signal_drains(
    scene: Scene, undisturbed: bytes, number: signal.Signals, code: int, state: str, arguments: tuple[str, ...]
) -> None:
    with scene.started(*arguments) as process:
        assert process.until_shards(3)
        process.popen.send_signal(number)
        end = process.wait()
    assert (end.code, end.errors) == (code, f"fastpipe search: {state}: {AGAIN}\n")
    told = read_progress(scene.run_folder)
    assert told is not None
    assert (told.state, told.exit_code) == ("interrupted", code)
    assert not is_owned(scene.run_folder)
    kept = scene.kept_shards()
    # One after the other runs in the thread that the signal stops; the others end what they began.
    assert len(set(scene.begun()) - kept) <= (1 if "--serial" in arguments else 0)
    assert scene.leftovers() == []
    _assert_resumes(scene, undisturbed, kept)


@pytest.mark.parametrize("seed", range(2))
def test_a_signal_at_any_moment(scene: Scene, undisturbed: bytes, seed: int) -> None:
    with scene.started("--threads", "2") as process:
        assert process.until_it_works()
        time.sleep(np.random.default_rng(seed).uniform(0.0, 1.0))
        process.popen.send_signal(signal.SIGTERM)
        end = process.wait()
    # It may have been done before.
    assert end.code in (143, 0)
    assert "Traceback" not in end.errors
    assert scene.leftovers() == []
    _assert_resumes(scene, undisturbed, scene.kept_shards())


def _limit(nbytes: int) -> Callable[[], None]:
    """Return what makes files of more bytes impossible, which fastpipe takes as a full disk."""
    return partial(resource.setrlimit, resource.RLIMIT_FSIZE, (nbytes, nbytes))


def test_no_room_for_a_checkpoint(scene: Scene, undisturbed: bytes) -> None:
    # Enough for shards of noise, not for the one that holds the pulsar.
    end = scene.run("--threads", "2", preexec_fn=_limit(8192))
    assert end.code == 6
    assert end.errors.count("\n") == 1
    assert end.errors.startswith("fastpipe search: found the disk of ")
    assert ".checkpoint full, expected room for the output; free space or write elsewhere" in end.errors
    told = read_progress(scene.run_folder)
    assert told is not None
    assert (told.state, told.exit_code) == ("failed", 6)
    assert not scene.output.exists()
    assert scene.leftovers() == []
    _assert_resumes(scene, undisturbed, scene.kept_shards())


def test_no_room_for_the_catalogue(scene: Scene, undisturbed: bytes) -> None:
    assert scene.run("--threads", "2").code == 0
    old, kept = scene.output.read_bytes(), scene.kept()
    end = scene.run("--threads", "2", preexec_fn=_limit(65536))
    full = f"found the disk of {scene.output} full, expected room for the output; free space or write elsewhere"
    assert (end.code, end.errors) == (6, f"fastpipe search: {full}\n")
    assert scene.output.read_bytes() == old
    assert scene.leftovers() == []
    scene.output.unlink()
    assert scene.run("--threads", "2", preexec_fn=_limit(65536)).code == 6
    assert not scene.output.exists()
    _assert_resumes(scene, undisturbed, scene.kept_shards())
    assert scene.kept() == kept


def _in_own_mounts(scene: Scene, script: str) -> "subprocess.CompletedProcess[str]":
    """Run a shell script that may mount what it likes, for nobody else sees it; `search` is a function in it."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("only root may mount, and not everywhere")
    search = " ".join(f"'{word}'" for word in scene.command("--threads", "2"))
    script = f"set -e\nOUT='{scene.output.parent}'\nsearch() {{ {search}; }}\n{script}"
    command = ["unshare", "-m", "sh", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2], timeout=120)


def test_a_disk_that_is_full(scene: Scene, undisturbed: bytes) -> None:
    script = """
    mount -t tmpfs -o size=200k tmpfs "$OUT"
    code=0; search || code=$?; echo "$code"; find "$OUT" -name "*.tmp" | wc -l
    mount -o remount,size=20M "$OUT"
    search; echo "$?"
    cp "$OUT/x.h5" "$OUT/../copy.h5"
    """
    done = _in_own_mounts(scene, script)
    assert done.stdout.split() == ["6", "0", "0"], done.stderr
    assert done.stderr.count("full, expected room for the output; free space or write elsewhere") == 1
    shutil.move(scene.folder / "copy.h5", scene.output)
    assert scene.result() == undisturbed


@pytest.mark.parametrize(
    ("place", "words"),
    [("$OUT", "may not be written to, expected write permission"), ("$OUT/x.h5.run", "(Read-only file system), expected")],
)
def test_a_folder_that_may_only_be_read(scene: Scene, place: str, words: str) -> None:
    scene.run_folder.mkdir(exist_ok=True)
    script = f'mount --bind "{place}" "{place}"; mount -o remount,ro,bind "{place}"; search'
    done = _in_own_mounts(scene, script)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("fastpipe search: found ")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(scene.run_folder.iterdir()) == []


@pytest.mark.parametrize("name", ["file/x.h5", "missing/x.h5", "/proc/x.h5"])
def test_a_folder_that_cannot_be_written(made: Scene, name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    scene = Scene(made.folder)
    command = scene.command("--threads", "2")
    command[command.index(str(scene.output))] = str(tmp_path / name)
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "expected" in done.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["file"]


def test_a_run_folder_that_is_none(scene: Scene, undisturbed: bytes) -> None:
    shutil.rmtree(scene.run_folder)
    scene.run_folder.write_text("no folder")
    end = scene.run()
    assert (end.code, end.errors.count("\n")) == (2, 1)
    assert "x.h5.run impossible to write" in end.errors
    scene.run_folder.unlink()
    scene.run_folder.mkdir()
    (scene.run_folder / LOCK_FILE).write_bytes(b"\xff\0no lock")
    _assert_resumes(scene, undisturbed, set())


def _truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _extend(path: Path) -> None:
    with path.open("ab") as file:
        file.write(bytes(32))


def _replace(path: Path) -> None:
    other = path.with_name("other.fil")
    other.write_bytes(path.read_bytes()[:-1] + b"\x80")
    other.replace(path)


CHANGES: dict[str, tuple[Callable[[Path], object], int, str]] = {
    "truncated": (_truncate, 5, "changed while it was searched"),
    "extended": (_extend, 5, "changed while it was searched"),
    "replaced": (_replace, 5, "changed while it was searched"),
    "touched": (os.utime, 5, "changed while it was searched"),
    "removed": (Path.unlink, 3, "found no file"),
}


MOMENTS = [
    *(("three shards", change) for change in CHANGES),
    ("nothing", "truncated"),
    ("nothing", "replaced"),
    ("the folds", "touched"),
    ("the folds", "removed"),
]


@pytest.mark.parametrize(("after", "name"), MOMENTS)
def test_a_recording_that_changes(scene: Scene, undisturbed: bytes, after: str, name: str) -> None:
    change, code, words = CHANGES[name]
    content = scene.recording.read_bytes()
    with scene.started("--threads", "2") as process:
        match after:
            case "nothing":
                assert process.until_it_works()
                assert process.until(lambda: '"stage": ""' not in (scene.run_folder / "progress.json").read_text())
            case "three shards":
                assert process.until_shards(3)
            case _:
                assert process.until(lambda: any(name.startswith("folds") for name in scene.kept()))
        with process.stopped():
            kept, is_too_late = scene.kept_shards(), scene.output.exists()
            change(scene.recording)
        end = process.wait()
    if is_too_late:
        pytest.skip("the search was done before it could be stopped")
    assert (end.code, end.errors.count("\n")) == (code, 1), end.errors
    assert words in end.errors
    assert str(scene.recording) in end.errors
    assert not scene.output.exists()
    told = read_progress(scene.run_folder)
    assert told is not None
    assert (told.state, told.exit_code) == ("failed", code)
    assert told.sentence in end.errors
    scene.recording.write_bytes(content)
    _assert_resumes(scene, undisturbed, kept)


def test_two_searches_with_one_output(scene: Scene, undisturbed: bytes) -> None:
    with scene.started("--threads", "2") as first:
        assert first.until_shards(1)
        with first.stopped():
            second = scene.run("--threads", "2")
            told = read_progress(scene.run_folder)
        assert second.code == 75
        assert second.errors.count("\n") == 1
        assert f"x.h5.run in use by process {first.pid} on " in second.errors
        # The second has not touched what the first tells.
        assert told is not None
        assert told.pid == first.pid
        end = first.wait()
    assert (end.code, end.errors) == (0, "")
    assert scene.result() == undisturbed


def test_a_damaged_checkpoint_is_a_warning(scene: Scene, undisturbed: bytes) -> None:
    assert scene.run("--threads", "2").code == 0
    damaged = sorted(scene.run_folder.glob("shard-*.checkpoint"))[0]
    damaged.write_bytes(damaged.read_bytes()[:-1])
    nbegun = len(scene.begun())
    end = scene.run("--threads", "2")
    assert (end.code, end.errors) == (
        0,
        f"fastpipe: warning: {damaged} is damaged; what it held is computed again\n",
    )
    assert scene.begun()[nbegun:] == [damaged.stem]
    assert scene.result() == undisturbed


def test_stages_tell_what_was_done(scene: Scene) -> None:
    assert scene.run("--threads", "2").code == 0
    lines = (scene.run_folder / "stages.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    assert {record["outcome"] for record in records} == {"done"}
    assert sum(record["ntasks"] for record in records if record["stage"] == "Fourier search") == len(scene.begun())
