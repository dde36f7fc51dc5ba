"""Model files: what is written is read, what is broken is refused in one sentence."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastpipe.algorithms.score_sentences import sentence
from fastpipe.data.contribution_groups import group_of
from fastpipe.data.score_model import NODE_DTYPE, DecisionTrees, ScoreModel
from fastpipe.errors import FileFormatError, InputMissingError
from fastpipe.io.score_model import SHIPPED_MODEL, load_score_model, write_score_model


def stump(feature: str) -> DecisionTrees:
    """Ask whether a feature is above 6."""
    nodes = np.array([(0, 6.0, True, 1, 2, 0.5), (-1, 0, False, 0, 0, -1.0), (-1, 0, False, 0, 0, 2.0)], NODE_DTYPE)
    ranges, roots = np.array([[3.0, 90.0]]), np.zeros(1, np.int64)
    return DecisionTrees(base=-0.123456789, features=(feature,), ranges=ranges, roots=roots, nodes=nodes)


MODEL = ScoreModel(name="small", version="3", band=stump("snr"), series=stump("h_statistic"))


def test_a_model_comes_back(tmp_path: Path) -> None:
    write_score_model(MODEL, tmp_path / "model.json")
    found = load_score_model(tmp_path / "model.json")
    assert (found.name, found.version) == ("small", "3")
    assert found.band.base == pytest.approx(MODEL.band.base, rel=1e-5)
    assert (found.band.features, found.series.features) == (("snr",), ("h_statistic",))
    for name in ("ranges", "roots", "nodes"):
        assert np.array_equal(getattr(found.band, name), getattr(MODEL.band, name))


def test_the_shipped_model_is_small_and_can_be_told() -> None:
    model = load_score_model()
    assert SHIPPED_MODEL.stat().st_size < 300_000
    for trees in (model.band, model.series):
        for name in trees.features:
            others = ("snr", "dm", "dm_err", "dm0_ratio", "dm0_expected", "dm_fit", "profile_skewness", "dm_curve_mean")
            features = dict.fromkeys((*others, name), 1.0)
            assert f"{name} is" not in sentence(group_of(name), features, is_for=True)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match=r"found no readable file at .*none\.json .*check the path"):
        load_score_model(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "other"}, "other version 1"),
        ({"format_version": 2}, "version 2"),
        ({"extra": 1}, "unknown field"),
    ],
)
def test_a_broken_model_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = tmp_path / "model.json"
    write_score_model(MODEL, path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(FileFormatError, match=f"found .*{said}.* in .*expected a model of the score.*name another file"):
        load_score_model(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"base": "x"}, "Expected `float`"),
        ({"features": ["base"]}, "named base"),
        ({"features": []}, "not there"),
        ({"roots": [3]}, "not there"),
        ({"nodes": {"feature": [0]}}, "nodes with the columns feature"),
    ],
)
def test_broken_trees_are_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = tmp_path / "model.json"
    write_score_model(MODEL, path)
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"band": content["band"] | change}))
    with pytest.raises(FileFormatError, match=f"found .*{said}.* in .*expected a model of the score.*name another file"):
        load_score_model(path)


def test_trees_that_go_round_in_circles_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    write_score_model(MODEL, path)
    content = json.loads(path.read_text())
    content["series"]["nodes"]["left"][0] = 0
    path.write_text(json.dumps(content))
    with pytest.raises(FileFormatError, match="do not lead down"):
        load_score_model(path)


def test_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text("no model")
    with pytest.raises(FileFormatError, match="expected a model of the score"):
        load_score_model(path)
