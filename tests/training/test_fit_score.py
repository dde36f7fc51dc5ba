"""The training of the score runs, and finds what it should in a set whose answer is known."""

import sys
from pathlib import Path

import numpy as np
import pytest

from fastpipe.algorithms.scoring import contribute, score_fold
from fastpipe.io.score_model import load_score_model
from training import fit_score, make_candidates
from training.fit_additive import calibrated, fit_additive, log_odds
from training.fit_score import DIRECTIONS
from training.fold_set import LabelledFold, collect, read_folds, write_folds
from training.truth import Truth


def logit_folds(rng: np.random.Generator, count: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Folds whose log odds are 2 snr - 1 beside one useless feature that is often unknown."""
    snr = rng.normal(size=count)
    useless = np.where(rng.random(count) < 0.3, np.nan, rng.normal(size=count))
    is_pulsar = rng.random(count) < 1.0 / (1.0 + np.exp(1.0 - 2.0 * snr))
    return {"snr": snr, "useless": useless}, is_pulsar


def test_fit_finds_the_log_odds() -> None:
    features, is_pulsar = logit_folds(np.random.default_rng(1), 20_000)
    model = fit_additive(features, is_pulsar, {"snr": 1, "useless": 0})
    values = np.array([-1.0, 0.0, 1.0])
    odds = log_odds(model, {"snr": values, "useless": np.full(3, np.nan)})
    assert odds == pytest.approx(2.0 * values - 1.0, abs=0.25)
    assert np.ptp(model.curves[1].values) < 0.5


def test_curves_go_only_where_they_may() -> None:
    features, is_pulsar = logit_folds(np.random.default_rng(2), 500)
    rising = fit_additive(features, is_pulsar, {"snr": 1, "useless": -1})
    assert (np.diff(rising.curves[0].values) >= 0).all()
    assert (np.diff(rising.curves[1].values) <= 0).all()
    falling = fit_additive(features, is_pulsar, {"snr": -1})
    assert np.ptp(falling.curves[0].values) == pytest.approx(0.0, abs=1e-6)


def test_the_model_means_the_same_in_training_and_search() -> None:
    features, is_pulsar = logit_folds(np.random.default_rng(3), 300)
    model = fit_additive(features, is_pulsar, {"snr": 1, "useless": 0})
    odds = log_odds(model, features)
    for row in range(20):
        one = {name: float(values[row]) for name, values in features.items()}
        assert score_fold(contribute(one, model)) == pytest.approx(1.0 / (1.0 + np.exp(-odds[row])), abs=1e-12)


def test_calibration_undoes_a_stretch() -> None:
    features, is_pulsar = logit_folds(np.random.default_rng(4), 20_000)
    model = fit_additive(features, is_pulsar, {"snr": 1})
    right = calibrated(model, 3.0 * log_odds(model, features) + 1.0, is_pulsar)
    odds = log_odds(model, features)
    scale = right.curves[0].values / model.curves[0].values
    assert scale == pytest.approx(1.0 / 3.0, abs=0.02)
    assert log_odds(right, features) == pytest.approx((odds - 1.0) / 3.0, abs=0.6)


def test_a_set_of_folds_comes_back(tmp_path: Path) -> None:
    folds = collect(
        [
            LabelledFold({"snr": 9.0}, "pulsar", 0, 10.0, "steady"),
            LabelledFold({"snr": 4.0, "dm": 3.0}, "noise", 1, is_real=True),
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
    assert set(DIRECTIONS) <= set(made.names)


def test_folds_become_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(5)
    folds, path = [], tmp_path / "model.json"
    for number in range(300):
        is_pulsar = bool(rng.random() < 0.5)
        values = dict.fromkeys(DIRECTIONS, 0.0) | {"snr": 15.0 + 3.0 * rng.normal() if is_pulsar else 6.0 + rng.normal()}
        shown = values | {"dm0_excess": 0.0, "nturns": 9.0 * rng.random()}
        folds.append(LabelledFold(shown, "pulsar" if is_pulsar else "noise", number, 15.0 * is_pulsar, "steady"))
    write_folds(collect(folds), tmp_path / "set.h5")
    arguments = [str(tmp_path / "set.h5"), "-o", str(path), "--figures", str(tmp_path / "score")]
    monkeypatch.setattr(sys, "argv", ["", *arguments])
    fit_score.main()
    assert "Brier score" in capsys.readouterr().out
    model = load_score_model(path)
    assert [curve.name for curve in model.curves] == list(DIRECTIONS)
    assert score_fold(contribute({"snr": 15.0}, model)) > 0.9 > 0.1 > score_fold(contribute({"snr": 6.0}, model))
    assert {figure.name for figure in (tmp_path / "score").iterdir()} == {"roc.png", "reliability.png", "curves.png"}


def test_folds_near_pulsars_are_told_from_others() -> None:
    from fastpipe.simulation.pulsar import SimulatedPulsar
    from tests.pipeline.recordings import SHAPE, MemoryRecording
    from training.draw_recordings import DrawnRecording
    from training.draw_sources import DrawnPulsar

    drawn = DrawnPulsar(SimulatedPulsar(period_s=0.1, dm=50.0, snr=20.0), "steady", 1)
    header = SHAPE.header()
    recording = MemoryRecording(header, np.zeros((1, 1)))
    truth = Truth(DrawnRecording(recording, (drawn,), False))
    assert truth.pulsar_at(10.0 + 1.0 / header.tobs_s, 50.0) is drawn
    assert truth.pulsar_at(10.0, 90.0) is None
    assert not truth.is_empty_at(7.0)
    real = Truth(DrawnRecording(recording, (), True, (0.1,)))
    assert not real.is_empty_at(15.0)
    assert real.is_empty_at(10.0 * 17.39)
    assert (truth.other_kind, real.other_kind) == ("noise", "interference")
