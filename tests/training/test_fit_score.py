"""The training of the score runs, and finds what it should in a set whose answer is known."""

import sys
from pathlib import Path

import numpy as np
import pytest

from fastpipe.algorithms.scoring import contribute, score_fold
from fastpipe.io.score_model import load_score_model
from training import fit_score, make_candidates
from training.fit_score import DIRECTIONS
from training.fit_trees import calibrated, contribution_table, fit_trees, log_odds
from training.fold_set import LabelledFold, collect, read_folds, write_folds
from training.truth import Truth

pytest.importorskip("sklearn", reason="scikit-learn, which fits the score, is not installed")


def logit_folds(rng: np.random.Generator, count: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Folds whose log odds are 2 snr - 1 beside one useless feature that is often unknown."""
    snr = rng.normal(size=count)
    useless = np.where(rng.random(count) < 0.3, np.nan, rng.normal(size=count))
    is_pulsar = rng.random(count) < 1.0 / (1.0 + np.exp(1.0 - 2.0 * snr))
    return {"snr": snr, "useless": useless}, is_pulsar


def test_fit_finds_the_log_odds() -> None:
    features, is_pulsar = logit_folds(np.random.default_rng(1), 20_000)
    model = fit_trees(features, is_pulsar, {"snr": 1, "useless": 0})
    values = np.array([-1.0, 0.0, 1.0])
    odds = log_odds(model, {"snr": values, "useless": np.full(3, np.nan)})
    assert odds == pytest.approx(2.0 * values - 1.0, abs=0.5)
    useless = contribution_table(model, {name: values[:100] for name, values in features.items()})["useless"]
    assert np.std(useless) < 0.25


def test_odds_go_only_where_they_may() -> None:
    features, is_pulsar = logit_folds(np.random.default_rng(2), 500)
    values = {"snr": np.linspace(-3.0, 3.0, 50)}
    rising = log_odds(fit_trees(features, is_pulsar, {"snr": 1}), values)
    assert (np.diff(rising) >= -1e-12).all()
    assert np.ptp(rising) > 1.0
    assert np.ptp(log_odds(fit_trees(features, is_pulsar, {"snr": -1}), values)) < 0.2


def test_trees_mean_the_same_in_training_and_search() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    from training.fit_trees import _SETTINGS

    features, is_pulsar = logit_folds(np.random.default_rng(3), 300)
    odds = log_odds(fit_trees(features, is_pulsar, {"snr": 1, "useless": 0}), features)
    table = np.stack((features["snr"], features["useless"]), axis=1)
    fitted = HistGradientBoostingClassifier(interaction_cst="pairwise", monotonic_cst=[1, 0], **_SETTINGS)
    assert odds == pytest.approx(fitted.fit(table, is_pulsar).decision_function(table), abs=1e-9)


def test_calibration_undoes_a_stretch() -> None:
    features, is_pulsar = logit_folds(np.random.default_rng(4), 3000)
    model = fit_trees(features, is_pulsar, {"snr": 1})
    odds = log_odds(model, features)
    right = calibrated(model, 3.0 * odds + 1.0, is_pulsar)
    again = calibrated(model, odds, is_pulsar)
    scale = right.nodes["value"][0] / again.nodes["value"][0]
    assert scale == pytest.approx(1.0 / 3.0, abs=0.02)


def test_a_set_of_folds_comes_back(tmp_path: Path) -> None:
    folds = collect(
        [
            LabelledFold({"snr": 9.0}, "pulsar", 0, 10.0, "steady"),
            LabelledFold({"snr": 4.0, "dm": 3.0}, "noise", 1, population="real"),
        ]
    )
    write_folds(folds, tmp_path / "set.h5")
    found = read_folds(tmp_path / "set.h5")
    assert found.names == ("dm", "snr")
    assert found.is_pulsar.tolist() == [True, False]
    assert np.isnan(found.column("dm")[0])
    assert found.subset(found.is_real).habit.tolist() == [""]


@pytest.mark.slow
def test_recordings_become_folds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "set.h5"
    monkeypatch.setattr(sys, "argv", ["", "-o", str(path), "--recordings", "2", "--seed", "3"])
    make_candidates.main()
    made = read_folds(path)
    assert "pulsar" in made.kind
    assert set(DIRECTIONS["band"]) - {"removed_fraction"} <= set(made.names)


def test_folds_become_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(5)
    folds, path = [], tmp_path / "model.json"
    for number in range(300):
        is_pulsar = bool(rng.random() < 0.5)
        values = dict.fromkeys(DIRECTIONS["band"], 0.0) | {
            "snr": 15.0 + 3.0 * rng.normal() if is_pulsar else 6.0 + rng.normal()
        }
        shown = values | {"dm0_excess": 0.0, "nturns": 9.0 * rng.random(), "dm": 5.0 if number % 2 else float("nan")}
        folds.append(LabelledFold(shown, "pulsar" if is_pulsar else "noise", number, 15.0 * is_pulsar, "steady"))
    write_folds(collect(folds), tmp_path / "set.h5")
    arguments = [str(tmp_path / "set.h5"), "-o", str(path), "--figures", str(tmp_path / "score")]
    monkeypatch.setattr(sys, "argv", ["", *arguments])
    fit_score.main()
    assert "Brier score" in capsys.readouterr().out
    model = load_score_model(path)
    assert model.band.features == tuple(DIRECTIONS["band"])
    for dm in (5.0, float("nan")):
        bright, faint = ({"snr": snr, "dm": dm} for snr in (15.0, 6.0))
        assert score_fold(contribute(bright, model)) > 0.9 > 0.1 > score_fold(contribute(faint, model))
    assert {figure.name for figure in (tmp_path / "score" / "band").iterdir()} == {
        "roc.png",
        "reliability.png",
        "contributions.png",
    }


def test_folds_near_pulsars_are_told_from_others() -> None:
    from fastpipe.simulation.pulsar import SimulatedPulsar
    from tests.pipeline.recordings import SHAPE, MemoryRecording
    from training.draw_recordings import DrawnRecording
    from training.draw_sources import DrawnPulsar

    drawn = DrawnPulsar(SimulatedPulsar(period_s=0.1, dm=50.0, snr=20.0), "steady", 1)
    header = SHAPE.header()
    recording = MemoryRecording(header, np.zeros((1, 1)))
    truth = Truth(DrawnRecording(recording, (drawn,), False, "fast"))
    assert truth.pulsar_at(10.0 + 1.0 / header.tobs_s, 50.0) is drawn
    assert truth.pulsar_at(10.0, 90.0) is None
    assert not truth.is_empty_at(7.0)
    real = Truth(DrawnRecording(recording, (), True, "real", (0.1,)))
    assert not real.is_empty_at(15.0)
    assert real.is_empty_at(10.0 * 17.39)
    assert (truth.other_kind, real.other_kind) == ("noise", "interference")
