"""What a search cost, as the commands say it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from fastpipe.io.catalogue import read_catalogue, write_catalogue
from tests.fake_catalogue import fake_costs, fake_tables

Run = Callable[..., Result]
SENTENCE = "Cost: 120 core-seconds, 2 times faster than real time, 3 GiB read, 0.0033 yuan"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "catalogue.h5"
    write_catalogue(path, replace(fake_tables(), costs=fake_costs()))
    return path


def test_show_prints_stages_and_sums(run: Run, catalogue: Path) -> None:
    lines = run("show", catalogue, "--cost").stdout.splitlines()
    assert lines[0].startswith("stage ")
    assert lines[1].startswith("channel statistics ")
    assert SENTENCE in lines


def test_show_prints_json(run: Run, catalogue: Path) -> None:
    content = json.loads(run("show", catalogue, "--cost", "--json").stdout)
    assert content["total"]["core_s"] == 120.0
    assert content["total"]["real_time_factor"] == pytest.approx(2.0)
    assert [stage["stage"] for stage in content["stages"]] == ["channel statistics", "Fourier search"]
    assert content["observations"][0]["stages"] == content["stages"]
    assert content["currency"] == "yuan"


@pytest.mark.parametrize("others", [["1"], ["--rejected"], ["--sort", "dm"], ["--min-score", "0.5"], ["-n", "3"]])
def test_show_cost_alone(run: Run, catalogue: Path, others: list[str]) -> None:
    done = run("show", catalogue, "--cost", *others)
    assert (done.exit_code, "leave out CAND_ID and all other options but --json" in done.stderr) == (2, True)


def test_show_without_costs(run: Run, tmp_path: Path) -> None:
    write_catalogue(tmp_path / "x.h5", fake_tables())
    assert run("show", tmp_path / "x.h5", "--cost").stdout == "No cost is known.\n"


def test_search_ends_with_the_cost(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = replace(fake_tables(), costs=fake_costs())
    monkeypatch.setattr("fastpipe.execution.search.search_to_catalogue", lambda *_, **__: tables)
    assert SENTENCE in run("search", "x.fil", "-o", tmp_path / "a.h5").stdout.splitlines()
    content = json.loads(run("search", "x.fil", "-o", tmp_path / "a.h5", "--json").stdout)
    assert content["cost"]["total"]["read_bytes"] == 3 * 2**30


def test_merge_keeps_the_costs(run: Run, catalogue: Path, tmp_path: Path) -> None:
    tables = read_catalogue(catalogue)
    tables.observations["digest"] = b"of another"
    write_catalogue(tmp_path / "b.h5", tables)
    assert "Cost: 240 core-seconds" in run("merge", catalogue, tmp_path / "b.h5", "-o", tmp_path / "c.h5").stdout
    assert read_catalogue(tmp_path / "c.h5").costs["obs_id"].tolist() == [1, 1, 1, 2, 2, 2]
    content = json.loads(run("merge", catalogue, tmp_path / "b.h5", "-o", tmp_path / "c.h5", "--json").stdout)
    assert [observation["obs_id"] for observation in content["cost"]["observations"]] == [1, 2]
