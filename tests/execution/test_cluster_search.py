"""Searches on workers: the same catalogue, whatever becomes of scheduler and memory."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fastpipe.config import SearchConfig
from fastpipe.errors import BusyError
from fastpipe.execution.cluster_connection import ClusterConnection
from fastpipe.execution.cluster_search import _await_first_worker, _task, _with_less_memory
from fastpipe.execution.search_part import SearchPart, SharedSearch
from tests.execution.own_cluster import scheduler, wait_until
from tests.execution.search_process import Scene
from tests.execution.spied_search import LOG

RESOURCES = ("--resources", "memory=700000000", "--memory-limit", "2GB")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(tmp_path_factory.mktemp("cluster")).make()


@pytest.fixture(scope="module")
def undisturbed(scene: Scene) -> bytes:
    """The catalogue of a search on one machine with one thread."""
    assert scene.run("--threads", "1").code == 0
    content = scene.result()
    scene.clear()
    return content


def test_two_workers_of_a_scheduler_give_the_same_catalogue(scene: Scene, undisturbed: bytes, tmp_path: Path) -> None:
    with scheduler(tmp_path, *RESOURCES) as (address, _):
        end = scene.run("--cluster", address)
    assert end.code == 0, end.errors
    assert scene.result() == undisturbed
    scene.clear()


def test_small_workers_give_the_same_catalogue(scene: Scene, undisturbed: bytes) -> None:
    # As little as a search of this recording takes: each shard needs several passes.
    (scene.folder / "small.toml").write_text('kind = "local"\nworkers = 2\nmemory = "560MiB"\n')
    end = scene.run("--cluster", str(scene.folder / "small.toml"))
    assert end.code == 0, end.errors
    assert scene.result() == undisturbed
    scene.clear()


@pytest.mark.slow
def test_a_scheduler_that_is_killed(
    scene: Scene, undisturbed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The workers note which lane blocks they begin.
    monkeypatch.setenv(LOG, str(scene.log))
    options = (*RESOURCES, "--preload", "tests.execution.spied_search")
    random = np.random.default_rng(3)
    kept: set[str] = set()
    for number, least in enumerate((1, 12)):
        (tmp_path / str(number)).mkdir()
        with (
            scheduler(tmp_path / str(number), *options) as (address, processes),
            scene.started("--cluster", address) as search,
        ):
            wished = least + int(random.integers(4))
            assert search.until_shards(wished), search.wait().errors
            processes[0].kill()
            end = search.wait()
        assert end.code == 75
        assert "lost the scheduler of the cluster at" in end.errors
        assert "run the same command again" in end.errors
        # What earlier ones kept is there still.
        assert kept < scene.kept_shards()
        kept = scene.kept_shards()
    (tmp_path / "last").mkdir()
    with scheduler(tmp_path / "last", *options) as (address, _):
        assert scene.run("--cluster", address).code == 0
    assert scene.result() == undisturbed
    # Less than one shard a worker is redone for every kill: it was begun twice.
    begun = scene.begun()
    assert wait_until(lambda: not scene.leftovers())
    assert set(begun) == scene.kept_shards()
    assert sum(begun.count(address) > 3 for address in set(begun)) <= 2 * 2
    scene.clear()


def test_a_part_that_workers_die_of_gets_less_memory_until_it_is_refused(tmp_path: Path) -> None:
    search = SharedSearch(
        stamps=(), config=SearchConfig(), folder=tmp_path, run="", nthreads=1, memory_bytes=1600, chunk_bytes=1
    )
    task = _task(SearchPart(search=search, kind="shard", shard=3), 1200)
    assert (task.key, task.memory_bytes) == ("shard 3", 1200)
    limits = []
    smaller = _with_less_memory(1600, task)
    while smaller is not None:
        assert smaller.argument.search == replace(search, memory_bytes=smaller.memory_bytes)
        limits.append(smaller.memory_bytes)
        smaller = _with_less_memory(1600, smaller)
    assert limits == [800, 400, 200]


def test_a_search_says_that_it_waits_for_a_worker() -> None:
    told: list[str] = []
    nobody: Any = SimpleNamespace(scheduler_info=lambda: {"workers": {}})
    run: Any = SimpleNamespace(progress=SimpleNamespace(stage=lambda name, _: told.append(name)))
    folder: Any = SimpleNamespace(tell_stage=told.append)
    connection = ClusterConnection(nobody, "2 jobs of slurm", 1 << 30, 1, patience_s=0.1)
    with pytest.raises(BusyError, match=r"found no worker for 0 s in 2 jobs of slurm, expected one with 1 GiB"):
        _await_first_worker(run, connection, folder)
    assert told == ["waiting for the first worker"] * 2
