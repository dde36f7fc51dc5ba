"""Candidates of a search carry a score, its parts, and the model that made it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fastpipe.algorithms.scoring import score_fold
from fastpipe.config import SearchConfig, override
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.errors import InputMissingError
from fastpipe.execution.executors import SerialExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.score_model import load_score_model, write_score_model
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.search import search_recording
from tests.pipeline.recordings import simulated


def search(model: str = "") -> CatalogueTables:
    config = override(SearchConfig(), dm_max=100.0, score_model=model)
    budget = Budget(PROGRAM_BYTES + 2**30, 1, 2**25)
    return search_recording(simulated(), config, budget, SerialExecutor(SilentProgress(), StageLedger()))


@pytest.fixture(scope="module")
def tables() -> CatalogueTables:
    return search()


def test_the_score_is_the_sum_of_its_parts(tables: CatalogueTables) -> None:
    for row in tables.candidates:
        fold = tables.folds[int(row["cand_id"])]
        assert row["score"] == pytest.approx(score_fold(fold.contributions), abs=1e-12)
        assert set(fold.contributions) == {"base", *load_score_model().band.features}


def test_the_pulsar_scores_high(tables: CatalogueTables) -> None:
    assert tables.candidates["score"][0] > 0.9
    assert (tables.candidates["score"][1:] < 0.5).all()


def test_features_tell_birdies_and_mask(tables: CatalogueTables) -> None:
    features = tables.folds[1].features
    assert 0.0 <= features["birdie_distance_bins"] <= 100.0
    assert features["masked_fraction"] == tables.candidates["masked_fraction"][0]


def test_another_model_can_be_named(tables: CatalogueTables, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    model = load_score_model()
    write_score_model(replace(model, name="mine", version="7", band=replace(model.band, base=-100.0)), path)
    found = search(str(path))
    assert (found.candidates["score"] < 1e-9).all()
    assert found.provenance["score_model"] == "mine 7"
    assert np.array_equal(found.candidates["snr"], tables.candidates["snr"])


def test_a_missing_model_is_said_before_the_search() -> None:
    with pytest.raises(InputMissingError, match="expected a model of the score"):
        search("/nowhere/model.json")
