"""Texts after --cluster, and the scripts of jobs."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dask
import msgspec
import pytest

from fastpipe.config.cluster import ClusterConfig, load_cluster_config
from fastpipe.errors import ConfigError, InputMissingError
from fastpipe.execution.cluster import open_cluster
from fastpipe.execution.dask_settings import THREAD_VARIABLES, settings_as_variables, worker_environment
from fastpipe.execution.job_workers import job_workers, make_job_cluster

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "clusters"
PBS = ClusterConfig(
    kind="pbs", threads=16, memory="63.5GiB", walltime="1h", interface="lo", job_script_prologue=("module load x",)
)


@contextmanager
def script_of(config: ClusterConfig, folder: Path) -> Iterator[str]:
    """The job script, from a scheduler on loopback."""
    pytest.importorskip("dask_jobqueue")
    with dask.config.set({"temporary-directory": str(folder)}):
        cluster: Any = make_job_cluster(config)
        try:
            yield cluster.job_script()
        finally:
            cluster.close()


@pytest.mark.parametrize("text", ["local:", "local:0", "local:two", "local:-1"])
def test_number_of_local_workers(text: str) -> None:
    with pytest.raises(ConfigError, match=f"found cluster {text}, expected local or local:N with a number of workers"):
        open_cluster(text)


def test_texts_that_name_nothing() -> None:
    with pytest.raises(ConfigError, match=r"found cluster http://host:1, expected an address with tcp or tls"):
        open_cluster("http://host:1")
    with pytest.raises(InputMissingError, match=r"found no readable file at locl .* expected local, local:N"):
        open_cluster("locl")


def test_no_more_workers_than_cores() -> None:
    with (
        pytest.raises(ConfigError, match="found 500 workers wished on this machine, expected at most"),
        open_cluster("local:500"),
    ):
        pass


def test_dask_is_loaded_only_for_a_cluster() -> None:
    modules = "sys, fastpipe.execution.cluster, fastpipe.execution.distributed_tasks"
    code = f"import {modules}; assert not {{'dask', 'distributed'}} & {{*sys.modules}}"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask_jobqueue.pbs", None)
    with pytest.raises(ConfigError, match=r'found no package dask-jobqueue, .* pip install "fastpipe-pulsar\[cluster\]"'):
        make_job_cluster(PBS)


def test_interface_that_is_not_there() -> None:
    pytest.importorskip("dask_jobqueue")
    with (
        pytest.raises(ConfigError, match=r"found interface no-such without an address .* correct interface"),
        job_workers(msgspec.structs.replace(PBS, interface="no-such")),
    ):
        pass


def test_pbs_script_follows_the_manual(tmp_path: Path) -> None:
    # PBS Professional User's Guide, 2.6 (directives before the first command), 4.3 (select), 4.2.4 (GB is 2**30 bytes).
    with script_of(PBS, tmp_path) as script:
        lines = script.splitlines()
    directives = [line for line in lines if line.startswith("#PBS")]
    assert lines[0].startswith("#!")
    assert directives == ["#PBS -N fastpipe", "#PBS -l select=1:ncpus=16:mem=64GB", "#PBS -l walltime=01:00:00"]
    assert lines.index(directives[-1]) < lines.index("module load x")


def test_job_prepares_its_worker(tmp_path: Path) -> None:
    with script_of(PBS, tmp_path) as script:
        lines = script.splitlines()
    worker = next(line for line in lines if "distributed.cli.dask_worker" in line)
    # What the site loads cannot undo ours, and Python starts after all of it.
    exports = [f"export {name}={value}" for name, value in (THREAD_VARIABLES | settings_as_variables()).items()]
    assert all(lines.index("module load x") < lines.index(line) < lines.index(worker) for line in exports)
    assert "export DASK_DISTRIBUTED__WORKER__MEMORY__SPILL=False" in exports
    for option in (
        "--nthreads 1 ",
        '--local-directory "$FASTPIPE_SCRATCH" ',
        f"--resources memory={int(0.8 * 63.5 * 2**30)} ",
        "--lifetime 3300s --lifetime-stagger 240s",
        "--interface lo",
    ):
        assert option in worker
    assert "--nworkers" not in worker


def test_scratch_folder_of_a_job_goes_with_it(tmp_path: Path) -> None:
    with script_of(PBS, tmp_path) as script:
        prologue = [line for line in script.splitlines() if "FASTPIPE" in line and "dask_worker" not in line]
    check = 'test -d "$FASTPIPE_CACHE" && test "$FASTPIPE_CACHE" = "$FASTPIPE_SCRATCH" && ls "$FASTPIPE_CACHE"'
    subprocess.run(
        ["bash", "-ec", "\n".join([*prologue, check])],
        check=True,
        timeout=60,
        env={"TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert not list(tmp_path.glob("fastpipe-*"))


def test_slurm_example_asks_for_what_it_says(tmp_path: Path) -> None:
    with script_of(load_cluster_config(EXAMPLES / "slurm.toml"), tmp_path) as script:
        directives = [line for line in script.splitlines() if line.startswith("#SBATCH")]
    assert directives == [
        "#SBATCH -J fastpipe", "#SBATCH -p main", "#SBATCH -n 1", "#SBATCH --cpus-per-task=16", "#SBATCH --mem=64G",
        "#SBATCH -t 08:00:00",
    ]  # fmt: skip


def test_pbs_example_asks_for_what_it_says(tmp_path: Path) -> None:
    with script_of(load_cluster_config(EXAMPLES / "pbs.toml"), tmp_path) as script:
        directives = [line for line in script.splitlines() if line.startswith("#PBS")]
    assert directives == [
        "#PBS -N fastpipe", "#PBS -q workq", "#PBS -l select=1:ncpus=16:mem=64GB", "#PBS -l walltime=08:00:00",
        "#PBS -j oe", "#PBS -r n",
    ]  # fmt: skip


def test_variables_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    with worker_environment():
        assert (os.environ["OMP_NUM_THREADS"], os.environ["NUMBA_NUM_THREADS"]) == ("1", "1")
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "NUMBA_NUM_THREADS" not in os.environ
