"""Scripts of job arrays: what they ask for, and what bash makes of them without a batch system."""

import os
import re
import shlex
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fastpipe.data.array_job import ArrayJob, ArrayTask, BatchSystem
from fastpipe.errors import ConfigError
from fastpipe.pipeline import job_array
from fastpipe.pipeline.job_array import merge_script, search_script, submit_commands, task_lines

SYSTEMS: tuple[BatchSystem, ...] = ("slurm", "pbs")
# The options that the manuals list: sbatch(1) of Slurm 22.05, and qsub(1B) of OpenPBS.
KNOWN = {
    "slurm": r"--(requeue|(job-name|array|signal|output|open-mode|nodes|ntasks|[\w-]+-task|mem|time|account|partition)=\S+)",
    "pbs": r"-(N \S+|J \d+-\d+(%\d+)?|r y|j oe|o \S+|l select=1:ncpus=\d+:mem=\d+mb|l walltime=\d+:\d\d:\d\d|q \S+|A \S+)",
}
# Says what it was given, and ends as its folder is called.
STAND_IN = """\
#!/bin/bash
output=${@: -1}
name=$(basename "$(dirname "$output")")
echo "cache=$FASTPIPE_CACHE threads=$NUMBA_NUM_THREADS$OMP_NUM_THREADS$OPENBLAS_NUM_THREADS$MKL_NUM_THREADS words=$#"
ls "$FASTPIPE_CACHE"/kernels/* 2>/dev/null
mkdir -p "$FASTPIPE_CACHE/kernels/abc" && touch "$FASTPIPE_CACHE/kernels/abc/kernel.nbi"
if [ "$1" = merge ] || [ "$1" = status ]; then echo "$@"; exit 0; fi
case $name in
  waits) trap 'echo "told to end"; sleep 0.3; exit 143' TERM; touch "$output.begun"; while true; do sleep 0.05; done ;;
  fails) echo "found no file"; exit 3 ;;
  *) echo catalogue >"$output" ;;
esac
"""


def job_of(folder: Path, system: BatchSystem = "slurm") -> ArrayJob:
    return ArrayJob(
        system=system,
        folder=folder,
        program=(str(folder / "fast pipe"),),
        memory_bytes=16 << 30,
        nthreads=8,
        wall_s=90000.0,
        max_jobs=50,
        queue="main@site",
        account="me",
    )


@pytest.fixture(params=SYSTEMS)
def job(request: pytest.FixtureRequest, tmp_path: Path) -> ArrayJob:
    """An array of three tasks that a stand-in for fastpipe runs, without a batch system."""
    job = job_of(tmp_path / "out", request.param)
    (job.folder / "logs").mkdir(parents=True)
    program = Path(job.program[0])
    program.write_text(STAND_IN)
    program.chmod(0o755)
    kernels = tmp_path / "warm" / "abc"
    kernels.mkdir(parents=True)
    (kernels / "of the user.nbi").touch()
    job = replace(job, kernels=kernels)
    tasks = [ArrayTask(name=name, files=(tmp_path / "it's a 'file' $HOME.fil",)) for name in ("good", "fails", "waits")]
    lines = task_lines(job, tasks)
    (job.folder / "tasks.txt").write_text(lines)
    (job.folder / "search.sh").write_text(search_script(job, lines))
    (job.folder / "merge.sh").write_text(merge_script(job))
    return job


def environment(job: ArrayJob, index: int) -> dict[str, str]:
    local = job.folder.parent / "local disk"
    local.mkdir(exist_ok=True)
    outer = {name: text for name, text in os.environ.items() if not name.startswith(("SLURM_", "PBS_", "FASTPIPE_"))}
    name = "SLURM_ARRAY_TASK_ID" if job.system == "slurm" else "PBS_ARRAY_INDEX"
    return outer | {name: str(index), "TMPDIR": str(local)}


def run_script(job: ArrayJob, name: str, index: int = 1) -> "subprocess.CompletedProcess[str]":
    command = ["bash", str(job.folder / name)]
    return subprocess.run(
        command, env=environment(job, index), cwd="/", capture_output=True, text=True, check=False, timeout=30
    )


def directives(script: str) -> list[str]:
    return re.findall(r"^#(?:SBATCH|PBS) (.*)$", script, re.MULTILINE)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("ntasks", [1, 3, 70, 1900])
def test_directives_are_those_of_the_manual(system: BatchSystem, ntasks: int, tmp_path: Path) -> None:
    job = job_of(tmp_path, system)
    for script in (search_script(job, "x\n" * ntasks), merge_script(job)):
        assert script.startswith("#!/bin/bash\n# ")
        assert all(re.fullmatch(KNOWN[system], words) for words in directives(script)), directives(script)
        assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
        # Directives after the first command are ignored.
        assert "#SBATCH" not in script.partition("\n\n")[2]
        assert "#PBS" not in script.partition("\n\n")[2]


def test_slurm_is_asked_for_what_was_said(tmp_path: Path) -> None:
    words = directives(search_script(job_of(tmp_path), "x\n" * 70))
    wanted = ["--array=1-70%50", "--cpus-per-task=8", "--mem=16384M", "--time=25:00:00", "--signal=B:USR1@120", "--requeue"]
    assert not set(wanted) - set(words)
    assert not {"--partition=main@site", "--account=me", f"--output={tmp_path}/logs/%A_%a.log"} - set(words)


def test_pbs_is_asked_for_what_was_said(tmp_path: Path) -> None:
    job = job_of(tmp_path, "pbs")
    words = directives(search_script(job, "x\n" * 70))
    wanted = ["-J 1-70%50", "-l select=1:ncpus=8:mem=16384mb", "-l walltime=25:00:00", "-r y", "-q main@site", "-A me"]
    assert not set(wanted) - set(words)
    # PBS refuses an array of one.
    assert not [words for words in directives(search_script(job, "x\n")) if words.startswith("-J")]


def test_large_nights_are_several_arrays(tmp_path: Path) -> None:
    slurm = submit_commands(job_of(tmp_path), 2001)
    assert [command.partition("sbatch ")[2].rpartition(" ")[0] for command in slurm] == [
        "--parsable",
        "--parsable --array=1-1000%50 --export=ALL,FASTPIPE_OFFSET=1000",
        "--parsable --array=1-1 --export=ALL,FASTPIPE_OFFSET=2000",
        "--dependency=afterany:$job1:$job2:$job3",
    ]
    pbs = submit_commands(job_of(tmp_path, "pbs"), 1002)
    assert [command.partition("qsub ")[2].rpartition(" ")[0] for command in pbs] == [
        "",
        "-J 1-2 -v FASTPIPE_OFFSET=1000",
        '-W "depend=afterany:$job1:$job2"',
    ]


@pytest.mark.parametrize("name", ["a b", "a:b", "a%b", 'a"b', "ä"])
def test_what_a_directive_cannot_hold_is_refused(name: str, tmp_path: Path) -> None:
    for job in (replace(job_of(tmp_path), queue=name), job_of(tmp_path / name), replace(job_of(tmp_path), account=name)):
        with pytest.raises(ConfigError, match=r"expected letters, digits and .* only"):
            search_script(job, "x\n")


def test_a_task_is_one_quoted_line(tmp_path: Path) -> None:
    tasks = [ArrayTask(name="one", files=(tmp_path / "it's.fil", tmp_path / "b c.fil"), options=("--position=1 -2",))]
    job = replace(job_of(tmp_path), config=tmp_path / "my settings.toml")
    (line,) = task_lines(job, tasks).splitlines()
    assert shlex.split(line) == [
        str(tmp_path / "fast pipe"),
        "search",
        f"--memory={int(0.8 * 16 * 1024)}MiB",
        "--threads=8",
        "--quiet",
        f"--config={tmp_path}/my settings.toml",
        "--position=1 -2",
        f"{tmp_path}/it's.fil",
        f"{tmp_path}/b c.fil",
        "-o",
        f"{tmp_path}/one/catalogue.h5",
    ]


def test_a_job_searches_its_line(job: ArrayJob) -> None:
    done = run_script(job, "search.sh")
    assert done.returncode == 0, done.stderr
    assert (job.folder / "good" / "catalogue.h5").exists()
    assert (job.folder / "good" / "exit_code").read_text() == "0\n"
    log = (job.folder / "good" / "search.log").read_text()
    assert re.search(r"cache=.*/local disk/fastpipe-\w{8}/cache threads=1111 words=7", log)
    # It found the kernels of the user, left all for the next job, and nothing on the disk of the node.
    assert "of the user.nbi" in log
    (left,) = (job.folder / "kernels").iterdir()
    assert {path.name for path in left.iterdir()} == {"kernel.nbi", "of the user.nbi"}
    assert not any((job.folder.parent / "local disk").iterdir())
    run_script(job, "search.sh")
    assert "kernel.nbi" in (job.folder / "good" / "search.log").read_text()
    assert list((job.folder / "kernels").iterdir()) == [left]


def test_a_job_ends_as_its_search(job: ArrayJob) -> None:
    done = run_script(job, "search.sh", 2)
    assert done.returncode == 3
    assert "found no file\nexit code 3\n" in done.stdout
    assert (job.folder / "fails" / "exit_code").read_text() == "3\n"
    assert not (job.folder / "kernels").exists()


# Slurm gives notice of the time limit by the second one.
@pytest.mark.parametrize(
    ("job", "number"), [("slurm", signal.SIGTERM), ("slurm", signal.SIGUSR1), ("pbs", signal.SIGTERM)], indirect=["job"]
)
def test_a_signal_lets_the_search_end_by_itself(job: ArrayJob, number: signal.Signals) -> None:
    begun = job.folder / "waits" / "catalogue.h5.begun"
    command = ["bash", str(job.folder / "search.sh")]
    with subprocess.Popen(command, env=environment(job, 3), stdout=subprocess.PIPE, text=True) as process:
        try:
            end = time.monotonic() + 10
            while not begun.exists():
                assert time.monotonic() < end
                time.sleep(0.02)
            process.send_signal(number)
            shown, _ = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 143
    assert shown.count("told to end") == 1
    assert not any((job.folder.parent / "local disk").iterdir())


@pytest.mark.parametrize("job", ["pbs"], indirect=True)
def test_pbs_searches_end_before_their_time_is_over(job: ArrayJob) -> None:
    script = job.folder / "search.sh"
    script.write_text(re.sub(r"^search_s=.*$", "search_s=1", script.read_text(), flags=re.MULTILINE))
    done = run_script(job, "search.sh", 3)
    assert done.returncode == 143
    assert done.stdout.count("told to end") == 1
    assert "hand the array over again" in done.stdout


def test_a_job_refuses_another_list_and_other_numbers(job: ArrayJob) -> None:
    assert run_script(job, "search.sh", 4).returncode == 2
    tasks = job.folder / job_array.TASKS_FILE
    tasks.write_text(tasks.read_text() * 2)
    done = run_script(job, "search.sh")
    assert done.returncode == 2
    assert "written anew" in done.stderr


def test_the_merge_takes_what_is_there(job: ArrayJob) -> None:
    assert "status" in run_script(job, "merge.sh").stdout
    assert not (job.folder / "night.h5").exists()
    for name in ("a", "b"):
        (job.folder / name).mkdir()
        (job.folder / name / "catalogue.h5").write_text(name)
        done = run_script(job, "merge.sh")
        assert done.returncode == 0
    assert f"merge {job.folder}/a/catalogue.h5 {job.folder}/b/catalogue.h5 -o {job.folder}/night.h5" in done.stdout
    # One catalogue is copied.
    assert (job.folder / "night.h5").read_text() == "a"
