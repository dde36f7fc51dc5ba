"""Model files: what is written is read, what is broken is refused in one sentence."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastpipe.algorithms.score_sentences import sentence
from fastpipe.data.score_model import FeatureCurve, ScoreModel
from fastpipe.errors import FileFormatError, InputMissingError
from fastpipe.io.score_model import SHIPPED_MODEL, load_score_model, write_score_model

MODEL = ScoreModel(
    name="small",
    version="3",
    base=-0.123456789,
    curves=(FeatureCurve("snr", np.array([4.0, 8.0]), np.array([-1.0, 2.0]), 0.25),),
)


def test_a_model_comes_back(tmp_path: Path) -> None:
    write_score_model(MODEL, tmp_path / "model.json")
    found = load_score_model(tmp_path / "model.json")
    assert (found.name, found.version) == ("small", "3")
    assert found.base == pytest.approx(MODEL.base, rel=1e-5)
    assert found.curves[0].name == "snr"
    assert np.array_equal(found.curves[0].knots, MODEL.curves[0].knots)
    assert np.array_equal(found.curves[0].values, MODEL.curves[0].values)
    assert found.curves[0].missing == 0.25


def test_the_shipped_model_is_small_and_can_be_told() -> None:
    model = load_score_model()
    assert SHIPPED_MODEL.stat().st_size < 100_000
    for curve in model.curves:
        assert np.isfinite(curve.values).all()
        features = dict.fromkeys(("dm", "dm_err", "dm0_ratio", "dm0_expected", "dm_fit", curve.name), 1.0)
        assert f"{curve.name} is" not in sentence(curve.name, features, is_for=True)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match=r"found no readable file at .*none\.json .*check the path"):
        load_score_model(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "other"}, "other version 1"),
        ({"format_version": 2}, "version 2"),
        ({"base": "x"}, "Expected `float`"),
        ({"extra": 1}, "unknown field"),
        ({"curves": [{"name": "snr", "knots": [1, 2], "values": [0], "missing": 0}]}, "2 knots with 1 values of snr"),
        ({"curves": [{"name": "snr", "knots": [2, 2], "values": [0, 0], "missing": 0}]}, "do not ascend"),
        ({"curves": [{"name": "base", "knots": [1], "values": [0], "missing": 0}]}, "named base"),
    ],
)
def test_a_broken_model_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = tmp_path / "model.json"
    write_score_model(MODEL, path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(FileFormatError, match=f"found .*{said}.* in .*expected a model of the score.*name another file"):
        load_score_model(path)


def test_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text("no model")
    with pytest.raises(FileFormatError, match="expected a model of the score"):
        load_score_model(path)
