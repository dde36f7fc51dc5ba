"""Contributions add up to the score, and the sentences say what they mean."""

import numpy as np
import pytest

from fastpipe.algorithms.fold_features import measure_features
from fastpipe.algorithms.refinement import refine
from fastpipe.algorithms.score_sentences import sentence
from fastpipe.algorithms.scoring import contribute, count_outside, explain, score_fold
from fastpipe.data.score_model import FeatureCurve, ScoreModel
from tests.references.fold_cubes import make_cube

MODEL = ScoreModel(
    name="small",
    version="1",
    base=-1.0,
    curves=(
        FeatureCurve("snr", np.array([5.0, 10.0]), np.array([-4.0, 2.0]), -0.5),
        FeatureCurve("dm_significance", np.array([0.0, 3.0, 6.0]), np.array([-3.0, 0.0, 1.0]), 0.3),
    ),
)


@pytest.mark.parametrize(("snr", "expected"), [(3.0, -4.0), (7.5, -1.0), (10.0, 2.0), (1e9, 2.0), (np.nan, -0.5)])
def test_contributions_are_read_off_the_curves(snr: float, expected: float) -> None:
    found = contribute({"snr": snr, "dm_significance": 3.0}, MODEL)
    assert found == pytest.approx({"base": -1.0, "snr": expected, "dm_significance": 0.0})


def test_a_missing_feature_counts_as_unknown() -> None:
    assert contribute({}, MODEL) == pytest.approx({"base": -1.0, "snr": -0.5, "dm_significance": 0.3})


@pytest.mark.parametrize(("total", "expected"), [(0.0, 0.5), (2.0, 0.8808), (-1e6, 0.0), (1e6, 1.0)])
def test_score_is_the_logistic_function_of_the_sum(total: float, expected: float) -> None:
    assert score_fold({"base": total - 1.0, "snr": 1.0}) == pytest.approx(expected, abs=1e-4)


def test_values_beyond_the_training_are_counted() -> None:
    assert count_outside({"snr": 11.0, "dm_significance": 2.0}, MODEL) == 1
    assert count_outside({"snr": 7.0}, MODEL) == 0


def test_sentences_come_in_the_order_of_their_weight() -> None:
    features = {"snr": 9.0, "dm": 0.1, "dm_err": 0.4, "dm_significance": 0.25, "dm0_excess": 0.0, "dm0_excess_snr": 0.0}
    said = explain(features, {"base": 5.0, "snr": 0.9, "dm_significance": -2.0, "dm0_excess_snr": 0.01})
    assert said == [
        "Against: the best DM is 0.10 +- 0.4 pc cm^-3, not clearly away from zero, as for signals from the ground.",
        "For: the folded profile has S/N 9.0, more than noise gives.",
        "Note: there are too few turns to see whether the pulse persists.",
    ]


def test_what_is_unknown_becomes_a_note() -> None:
    nan = float("nan")
    features = {
        "snr": 6.0,
        "subint_persistence": nan,
        "dm": 5.0,
        "dm_err": 4.0,
        "dm_significance": nan,
        "outside_training": 2.0,
    }
    features |= {"masked_fraction": 0.5, "unmasked_ratio": 2.0, "peaks_a_turn": 2.0}
    said = explain(features, {"base": 0.0, "dm_significance": 3.0})
    assert all(words.startswith("Note: ") for words in said)
    for part in ("too faint", "tell a pulsar nearby", "mask took 50%", "2.00 times", "1/2 of this", "2 of its features"):
        assert any(part in words for words in said), part


def test_a_fold_without_a_score_says_so() -> None:
    assert "Note: this fold has no score." in explain({"snr": 20.0}, {})


def test_every_feature_has_words_for_and_against() -> None:
    features = measure_features(refine(make_cube(np.random.default_rng(1), snr=20.0))) | {"birdie_distance_bins": 3.0}
    for name in features:
        for is_for, label in ((True, "For: "), (False, "Against: ")):
            said = sentence(name, features, is_for=is_for)
            assert said.startswith(label)
            assert said.endswith(".")
            assert "nan" not in said
