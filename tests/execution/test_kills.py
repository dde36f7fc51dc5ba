"""Searches that are killed at any moment: the next one goes on, and little is done twice."""

import time

import numpy as np
import pytest

from tests.execution.search_process import Scene

LATEST_S = 0.3
"""Kills come up to this long after what they wait for, so that every stage is hit by some of them on any machine."""
NBLOCKS = 96
"""Lane blocks of the search, about."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(tmp_path_factory.mktemp("kills")).make()


@pytest.fixture(scope="module")
def undisturbed(scene: Scene) -> bytes:
    """The catalogue of a search to which nothing happens."""
    assert scene.run("--threads", "2").code == 0
    content = scene.result()
    scene.clear()
    return content


def _search_and_kill(
    scene: Scene, arguments: tuple[str, ...], nworkers: int, random: np.random.Generator | None
) -> int | None:
    """Run a search, or kill it; return how it ended, and check what it did twice and what was lost."""
    before, nbegun = scene.kept(), len(scene.begun())
    with scene.started(*arguments) as process:
        if random is not None and process.until_it_works():
            # A third of the kills come before any lane block is searched.
            least = nbegun + max(int(random.integers(-NBLOCKS // 2, NBLOCKS)), 0)
            process.until(lambda: len(scene.begun()) >= least)
            time.sleep(random.uniform(0.0, LATEST_S if least == nbegun else 0.02))
            process.kill()
        end = process.wait()
    begun, after = set(scene.begun()[nbegun:]), scene.kept()
    # What was kept stays as it is, and is not begun again.
    assert not begun & set(before)
    assert {address: after[address] for address in before} == before
    # A shard is lost with its kill only if a worker (a thread) was in the midst of it; so less than one a worker is redone.
    assert len(begun - set(after)) <= nworkers
    return None if end.code == -9 else end.code


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "nworkers", "nkills"),
    [
        pytest.param(("--threads", "2"), 2, 9, id="two threads"),
        pytest.param(("--serial",), 1, 5, id="serial"),
        pytest.param(("--cluster", "local:2"), 2, 6, id="two processes"),
    ],
)
def test_a_search_that_is_killed_again_and_again(
    scene: Scene, undisturbed: bytes, arguments: tuple[str, ...], nworkers: int, nkills: int
) -> None:
    random = np.random.default_rng(nkills)
    done = lost = 0
    is_last = False
    scene.clear()
    while not is_last:
        is_last = done == nkills
        code = _search_and_kill(scene, arguments, nworkers, None if is_last else random)
        if code is None:
            done += 1
            lost = max(lost, len(set(scene.begun()) - scene.kept_shards()))
            continue
        # It was faster than the kill, or is the one that nobody kills.
        assert code == 0
        assert scene.result() == undisturbed
        assert set(scene.begun()) == scene.kept_shards()
        scene.clear()
    # Worker processes end what they have begun when their driver is killed.
    assert lost > 0 or "--cluster" in arguments


@pytest.mark.slow
def test_workers_that_are_killed(scene: Scene, undisturbed: bytes) -> None:
    random = np.random.default_rng(1)
    scene.clear()
    nkills = 0
    with scene.started("--cluster", "local:2") as process:
        for nbegun in (1, 20, 40):
            if process.until(lambda least=nbegun: len(scene.begun()) >= least):  # type: ignore[misc]
                time.sleep(random.uniform(0.0, 0.1))
                for worker in process.workers()[:1]:
                    worker.kill()
                    nkills += 1
        end = process.wait()
    assert (end.code, nkills) == (0, 3), end.errors
    assert scene.result() == undisturbed
    # Of each kill one shard of three lane blocks at most is redone.
    blocks = scene.begun()
    assert set(blocks) == scene.kept_shards()
    assert sum(blocks.count(address) > 3 for address in set(blocks)) <= nkills
    scene.clear()


def test_a_killed_search_leaves_no_broken_catalogue(scene: Scene, undisturbed: bytes) -> None:
    scene.clear()
    for delay_s in (0.0, 0.01, 0.02, 0.04):
        scene.output.unlink(missing_ok=True)
        with scene.started("--threads", "2") as process:
            process.until(lambda: any(address.startswith("folds") for address in scene.kept()))
            time.sleep(delay_s)
        assert not scene.output.exists() or scene.result() == undisturbed
    assert scene.run("--threads", "2").code == 0
    assert scene.result() == undisturbed
    scene.clear()
