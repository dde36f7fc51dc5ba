"""``fastpipe merge``, run inside this process."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fastpipe.cli.main import group
from fastpipe.io.catalogue import read_catalogue, write_catalogue
from tests.fake_catalogue import fake_tables


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(group, [str(argument) for argument in arguments], prog_name="fastpipe")


@pytest.fixture
def catalogues(tmp_path: Path) -> list[Path]:
    """Return the names of two catalogues, of beams 1 and 2."""
    paths = [tmp_path / "a.h5", tmp_path / "b.h5"]
    for beam, path in enumerate(paths, start=1):
        tables = fake_tables()
        observations = tables.observations.copy()
        observations["beam"], observations["digest"] = beam, path.name.encode()
        write_catalogue(path, replace(tables, observations=observations))
    return paths


def test_merge_writes_one_catalogue_and_prints_its_candidates(catalogues: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "c.h5"
    done = run("merge", *catalogues, "-o", output)
    assert done.exit_code == 0, done.output
    assert "2 observations; 20 detections: 6 kept" in done.stdout
    assert "in beams 1, 2 fits a source" in done.stdout
    assert len(read_catalogue(output).candidates) == 6
    assert run("show", output, "1").exit_code == 0
    assert run("merge", *catalogues, "-o", output, "--quiet", "--rotation", "23.4").stdout == ""


def test_merge_prints_json(catalogues: list[Path], tmp_path: Path) -> None:
    content = json.loads(run("merge", *catalogues, "-o", tmp_path / "c.h5", "--json").stdout)
    assert [row["beam"] for row in content["observations"]] == [1, 2]
    assert content["candidates"][0]["beams"] == "1,2"
    assert sum(content["detections_by_fate"].values()) == 20


def test_merge_says_what_is_wrong(catalogues: list[Path], tmp_path: Path) -> None:
    alone = run("merge", catalogues[0], "-o", tmp_path / "c.h5")
    assert (alone.exit_code, "expected at least two" in alone.stderr) == (2, True)
    missing = run("merge", catalogues[0], tmp_path / "none.h5", "-o", tmp_path / "c.h5")
    assert missing.exit_code == 3
    replaced = run("merge", *catalogues, "-o", catalogues[0])
    assert (replaced.exit_code, "as input and as output" in replaced.stderr) == (2, True)
