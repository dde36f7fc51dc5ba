"""``fastpipe submit`` and ``fastpipe status``."""

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    for name in ("one.fil", "two.fil"):
        (tmp_path / name).touch()
    path = tmp_path / "manifest.csv"
    path.write_text("files,dm_max\none.fil,30\ntwo.fil,\n")
    return path


def test_an_array_and_how_to_submit_it(run: Run, manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("submit", manifest, "--slurm", "-o", out, "--memory", "4GiB", "--threads", 2, "--time", "90min")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        f"# 2 observations in {out}/tasks.txt; submit them with\n"
        f"job1=$(sbatch --parsable {out}/search.sh)\nsbatch --dependency=afterany:$job1 {out}/merge.sh\n"
    )
    first, second = (shlex.split(line) for line in (out / "tasks.txt").read_text().splitlines())
    assert Path(first[0]).is_relative_to(Path(sys.executable).parent)
    assert "--dm-max=30" in first
    assert not [word for word in second if word.startswith("--dm")]
    assert str(tmp_path / "two.fil") in second
    assert {path.name for path in out.iterdir()} == {"tasks.txt", "search.sh", "merge.sh", "logs"}
    script = (out / "search.sh").read_text()
    assert all(words in script for words in ("--array=1-2\n", "--mem=4096M", "--cpus-per-task=2", "--time=01:30:00"))


def test_paths_are_absolute_wherever_it_runs(
    run: Run, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = tmp_path / "my settings.toml"
    settings.write_text("[dedispersion]\ndm_max = 50.0\n")
    assert run("submit", manifest.name, "--pbs", "-o", "out", "-c", settings.name).exit_code == 0
    words = shlex.split((tmp_path / "out" / "tasks.txt").read_text().splitlines()[0])
    assert {f"--config={settings}", str(tmp_path / "one.fil"), str(tmp_path / "out" / "one" / "catalogue.h5")} <= set(words)


def test_only_what_is_missing(run: Run, manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "one").mkdir(parents=True)
    (out / "one" / "catalogue.h5").touch()
    assert run("submit", manifest, "--pbs", "-o", out, "--missing").exit_code == 0
    assert len((out / "tasks.txt").read_text().splitlines()) == 1
    assert [search["state"] for search in json.loads(run("status", out, "--json").stdout)["observations"]] == [
        "waiting",
        "done",
    ]
    (out / "two").mkdir()
    (out / "two" / "catalogue.h5").touch()
    done = run("submit", manifest, "--pbs", "-o", out, "--missing")
    assert (done.exit_code, done.stdout) == (0, f"All observations of {manifest} have a catalogue in {out}.\n")


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ((), 2, "found neither --slurm nor --pbs, expected one of them"),
        (("--slurm", "--pbs"), 2, "found both --slurm and --pbs, expected one of them"),
        (("--slurm", "--memory", "64"), 2, "found --memory 64, expected more than the 370 MiB that Python takes"),
        (("--slurm", "--inbox", "nowhere"), 3, "found no folder"),
        (("--slurm", "--inbox", "."), 3, "found no recording one.fil in"),
        (("--slurm", "--memory", "much"), 2, "found memory size 'much'"),
        (("--slurm", "--time", "long"), 2, "found duration 'long'"),
        (("--slurm", "--threads", "0"), 2, "--threads"),
        (("--slurm", "--max-jobs", "0"), 2, "--max-jobs"),
        (("--slurm", "--queue", "a b"), 2, "found 'a b' as partition"),
        (("--pbs", "-c", "none.toml"), 3, "found no readable file at none.toml"),
    ],
)
def test_wrong_options_write_nothing(
    run: Run, manifest: Path, tmp_path: Path, options: tuple[str, ...], code: int, words: str
) -> None:
    done = run("submit", manifest, "-o", tmp_path / "out", *options)
    assert done.exit_code == code
    assert words in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_wrong_manifest(run: Run, tmp_path: Path) -> None:
    done = run("submit", tmp_path / "none.toml", "--slurm", "-o", tmp_path / "out")
    assert done.exit_code == 3
    (tmp_path / "bad.toml").write_text("[[observation]]\nfile = 'x'\n")
    done = run("submit", tmp_path / "bad.toml", "--slurm", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "did you mean files?" in done.stderr


def test_status_of_what_is_no_run(run: Run, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        done = run("status", path)
        assert done.exit_code == 3
        assert done.stderr.startswith("fastpipe status: found no ")


def test_status_for_machines(run: Run, manifest: Path, tmp_path: Path) -> None:
    assert run("submit", manifest, "--slurm", "-o", tmp_path / "out").exit_code == 0
    done = run("status", tmp_path / "out", "--json")
    content = json.loads(done.stdout)
    assert done.exit_code == content["exit_code"] == 5
    assert content["counts"] == {"done": 0, "running": 0, "interrupted": 0, "failed": 0, "waiting": 2}
    assert content["predicted_end_unix_s"] is None
    assert [search["name"] for search in content["observations"]] == ["one", "two"]
    assert "2 observations: 2 waiting." in run("status", tmp_path / "out").stdout
