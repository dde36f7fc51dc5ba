"""What a search to a catalogue checks, with or without a run folder."""

from pathlib import Path

import pytest

from fastpipe.config import SearchConfig, override
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.errors import IncompleteError
from fastpipe.execution import cluster_search, search
from fastpipe.execution.local_run import LocalRun
from fastpipe.io.run_folder import RunFolder
from fastpipe.pipeline.search import search_recording
from tests.pipeline.kept_searches import CONFIG, write_recording


def test_a_recording_that_changes_makes_no_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording, output = tmp_path / "x.fil", tmp_path / "x.h5"
    recording.write_bytes(b"1")

    def grow(*_arguments: object, **_options: object) -> CatalogueTables | None:
        recording.write_bytes(b"12")
        return None

    monkeypatch.setattr(search, "run_search", grow)
    with pytest.raises(IncompleteError, match="1 and then 2 bytes"):
        search.search_to_catalogue([recording], override(SearchConfig(), checkpoints="off"), output)
    assert not output.exists()


@pytest.mark.parametrize(("checkpoints", "is_kept"), [("keep", True), ("remove", False), ("off", False)])
def test_what_workers_left_goes_unless_it_is_to_be_kept(
    checkpoints: str, is_kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def search_here(run: LocalRun, config: SearchConfig, folder: RunFolder, _cluster: str) -> CatalogueTables:
        return search_recording(run.recording, config, run.budget, run.executor, folder)

    monkeypatch.setattr(cluster_search, "search_on_cluster", search_here)
    recording, output = write_recording(tmp_path / "x.fil"), tmp_path / "x.h5"
    config = override(CONFIG, dm_max=10.0, checkpoints=checkpoints)
    search.search_to_catalogue([recording], config, output, cluster="local:1")
    assert output.exists()
    assert any((tmp_path / "x.h5.run").glob("*.checkpoint")) == is_kept


def test_costs_are_those_of_what_is_resumed(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "x.fil")
    removing = override(CONFIG, dm_max=10.0, checkpoints="remove")
    first, second = (search.search_to_catalogue([recording], removing, tmp_path / "x.h5") for _ in range(2))
    # All is done again, and counted once.
    assert first.costs["stage"].tolist() == second.costs["stage"].tolist()
    keeping = override(removing, checkpoints="keep")
    third, fourth = (search.search_to_catalogue([recording], keeping, tmp_path / "x.h5") for _ in range(2))
    assert third.costs["stage"].tolist() == first.costs["stage"].tolist()
    assert fourth.costs["stage"].tolist() == [*third.costs["stage"].tolist(), b"digest of the files"]


def test_a_search_is_resumed_under_another_name_of_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording, config = write_recording(tmp_path / "\udcff.fil"), override(CONFIG, dm_max=10.0)
    monkeypatch.chdir(tmp_path)
    first = search.search_to_catalogue([recording], config, Path("x.h5"))
    second = search.search_to_catalogue([recording.name], config, tmp_path / "x.h5")
    assert len(second.costs) == len(first.costs) + 1
