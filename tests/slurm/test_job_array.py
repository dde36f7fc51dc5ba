"""What ``fastpipe submit`` writes, run by Slurm."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from fastpipe.io.catalogue import read_catalogue
from tests.slurm.private_slurm import PrivateSlurm

pytestmark = pytest.mark.slurm

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = "[dedispersion]\ndm_min = 55.0\ndm_max = 65.0\n"


def fastpipe(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "fastpipe", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def local_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The disk of the node, as jobs see it."""
    folder = tmp_path / "local disk"
    folder.mkdir()
    monkeypatch.setenv("SLURM_TMPDIR", str(folder))
    return folder


def submit(slurm: PrivateSlurm, folder: Path, *options: str | Path) -> list[str]:
    """Write a job array, hand it over as the output says, and return the numbers of the jobs."""
    settings = folder / "settings.toml"
    settings.write_text(SETTINGS)
    common = ("--slurm", "--memory", "2GiB", "--threads", "1", "--time", "10min", "-c", settings, "-o", folder / "out")
    written = fastpipe("submit", folder / "manifest.toml", *common, *options)
    assert written.returncode == 0, written.stderr
    # The last command prints the number of the job that merges.
    shown = slurm.run("bash", "-c", f"set -e\n{written.stdout}\necho $job1")
    merge, search = shown.split()[-2:]
    return [search, merge]


def log_of(folder: Path) -> str:
    return "\n".join(path.read_text() for path in sorted((folder / "out").glob("**/*.log")))


def test_two_searches_and_their_merge(slurm: PrivateSlurm, tmp_path: Path, local_disk: Path) -> None:
    sample = ROOT / "sample_data" / "fake_pulsar.fil"
    for name in ("first one", "second"):
        (tmp_path / f"{name}.fil").write_bytes(sample.read_bytes())
    # Another digest: a recording may be in a merged catalogue once.
    with (tmp_path / "second.fil").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\0")
    (tmp_path / "manifest.toml").write_text('[[observation]]\nfiles = "*.fil"\n')
    _, merge = submit(slurm, tmp_path)
    state = slurm.wait_until(merge, ["COMPLETED", "FAILED", "CANCELLED"], 90.0)
    assert state == "COMPLETED", log_of(tmp_path)
    tables = read_catalogue(tmp_path / "out" / "night.h5")
    assert len(tables.observations) == 2
    assert [round(float(period), 4) for period in tables.candidates["period_s"][:2]] == [0.0893, 0.0893]
    assert fastpipe("status", tmp_path / "out").returncode == 0
    assert not any(local_disk.iterdir())
    assert len(list((tmp_path / "out" / "kernels").iterdir())) == 1


SEARCH_THAT_WAITS = """\
#!/bin/sh
# Ends by itself when it runs for the second time.
trap 'echo "ended by the system"; exit 143' TERM
for output; do :; done
mkdir -p "$(dirname "$output")"
if [ -e "$output.begun" ]; then echo done >"$output"; exit 0; fi
echo begun >"$output.begun"
while true; do sleep 0.1; done
"""


@pytest.fixture
def waiting_search(tmp_path: Path) -> Path:
    """A stand-in for the search: the array is that of ``fastpipe submit`` but for the command in its list."""
    program = tmp_path / "fastpipe"
    program.write_text(SEARCH_THAT_WAITS)
    program.chmod(0o755)
    return program


def hand_over_stand_in(slurm: PrivateSlurm, folder: Path, program: Path) -> tuple[str, Path]:
    from fastpipe.data.array_job import ArrayJob, ArrayTask
    from fastpipe.pipeline.job_array import LOG_FOLDER, SEARCH_SCRIPT, TASKS_FILE, search_script, task_lines

    job = ArrayJob(
        system="slurm",
        folder=folder / "out",
        program=(str(program),),
        memory_bytes=1 << 28,
        nthreads=1,
        wall_s=600.0,
        max_jobs=2,
    )
    lines = task_lines(job, [ArrayTask(name="one", files=(folder / "one.fil",))])
    (job.folder / LOG_FOLDER).mkdir(parents=True)
    (job.folder / TASKS_FILE).write_text(lines)
    (job.folder / SEARCH_SCRIPT).write_text(search_script(job, lines))
    number = slurm.run("sbatch", "--parsable", job.folder / SEARCH_SCRIPT).strip()
    catalogue = job.folder / "one" / "catalogue.h5"
    wait_for(Path(f"{catalogue}.begun"), 20.0)
    return number, catalogue


def wait_for(path: Path, timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    while not path.exists():
        assert time.monotonic() < end, f"{path} did not appear"
        time.sleep(0.1)


def test_a_job_whose_time_is_over_comes_back(slurm: PrivateSlurm, tmp_path: Path, waiting_search: Path) -> None:
    job, catalogue = hand_over_stand_in(slurm, tmp_path, waiting_search)
    # What Slurm sends before the time limit, and to whom.
    slurm.run("scancel", "--signal=USR1", "--batch", job)
    wait_for(catalogue, 30.0)
    slurm.wait_until(job, ["COMPLETED"], 20.0)
    assert "Restarts=1" in slurm.run("scontrol", "show", "job", job)
    log = log_of(tmp_path)
    assert "exit code 143" in log
    assert "exit code 0" in log


def test_a_job_that_is_cancelled_does_not_come_back(slurm: PrivateSlurm, tmp_path: Path, waiting_search: Path) -> None:
    job, catalogue = hand_over_stand_in(slurm, tmp_path, waiting_search)
    slurm.run("scancel", job)
    slurm.wait_until(job, ["CANCELLED"], 20.0)
    wait_for(catalogue.with_name("exit_code"), 10.0)
    assert catalogue.with_name("exit_code").read_text() == "143\n"
    assert "Restarts=0" in slurm.run("scontrol", "show", "job", job)
    assert not catalogue.exists()
