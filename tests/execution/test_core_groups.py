"""Which cores the workers of this machine get."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.execution.core_groups import core_groups, share_cores

needs_affinity = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system has no affinity of processes")


def describe(cpus: Path, shared: dict[int, str]) -> None:
    for core, text in shared.items():
        folder = cpus / f"cpu{core}" / "cache" / "index3"
        folder.mkdir(parents=True)
        (folder / "shared_cpu_list").write_text(f"{text}\n")


@needs_affinity
def test_cores_with_one_cache_are_a_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3, 8, 9})
    describe(tmp_path, {0: "0-1,8-9", 1: "0-1,8-9", 8: "0-1,8-9", 9: "0-1,8-9", 2: "2-7", 3: "2-7"})
    assert core_groups(tmp_path) == [(0, 1, 8, 9), (2, 3)]


@needs_affinity
def test_one_group_where_the_system_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    describe(tmp_path, {0: "0"})
    assert core_groups(tmp_path) == [(0, 1, 2)]


def test_this_machine_has_cores() -> None:
    assert all(core_groups())


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(1, 24))
def test_every_core_is_dealt_out_evenly(sizes: list[int], nworkers: int) -> None:
    starts = [sum(sizes[:index]) for index in range(len(sizes))]
    groups = [tuple(range(start, start + size)) for start, size in zip(starts, sizes, strict=True)]
    shares = share_cores(groups, nworkers)
    assert len(shares) == nworkers
    assert {core for share in shares for core in share} == set(range(sum(sizes)))
    if nworkers <= sum(sizes):
        assert sum(map(len, shares)) == sum(sizes)
    if nworkers != len(groups):
        assert max(map(len, shares)) - min(map(len, shares)) <= 1
