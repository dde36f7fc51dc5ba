"""Contributions add up to the score, and the sentences say what they mean."""

from dataclasses import replace

import numpy as np
import pytest

from fastpipe.algorithms.fold_features import measure_features
from fastpipe.algorithms.refinement import refine
from fastpipe.algorithms.score_sentences import sentence
from fastpipe.algorithms.scoring import contribute, count_outside, explain, score_fold
from fastpipe.data.score_model import NODE_DTYPE, DecisionTrees, ScoreModel
from tests.references.fold_cubes import make_cube

# Above S/N 7 the DM is asked for too; what is unknown goes to the left.
NODES = [
    (0, 7.0, True, 1, 2, 0.0),
    (-1, 0.0, False, 0, 0, -2.0),
    (1, 3.0, True, 3, 4, 1.0),
    (-1, 0.0, False, 0, 0, 0.5),
    (-1, 0.0, False, 0, 0, 4.0),
]
TREES = DecisionTrees(
    base=-1.0,
    features=("snr", "dm_significance"),
    ranges=np.array([[5.0, 10.0], [0.0, 6.0]]),
    roots=np.zeros(1, np.int64),
    nodes=np.array(NODES, NODE_DTYPE),
)
MODEL = ScoreModel(name="small", version="1", band=TREES, series=replace(TREES, base=-7.0))


@pytest.mark.parametrize(
    ("features", "of_snr", "of_dm"),
    [
        ({"snr": 7.0, "dm_significance": 9.0}, -2.0, 0.0),
        ({"snr": 8.0, "dm_significance": 2.0}, 1.0, -0.5),
        ({"snr": 8.0, "dm_significance": 4.0}, 1.0, 3.0),
        ({"snr": 8.0}, 1.0, -0.5),
        ({"snr": 8.0, "dm_significance": float("inf")}, 1.0, -0.5),
        ({}, -2.0, 0.0),
    ],
)
def test_every_step_down_a_tree_belongs_to_the_feature_asked(
    features: dict[str, float], of_snr: float, of_dm: float
) -> None:
    found = contribute(features | {"dm": 30.0}, MODEL)
    assert found == pytest.approx({"base": -1.0, "snr": of_snr, "dm_significance": of_dm})


def test_a_fold_without_a_dm_is_that_of_a_series() -> None:
    assert contribute({"snr": 8.0}, MODEL)["base"] == -7.0
    assert contribute({"snr": 8.0, "dm": float("nan")}, MODEL)["base"] == -7.0


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
        "Against: the best DM is 0.10 ± 0.40 pc cm^-3, 0.2 times its error, as of signals from the ground.",
        "For: the folded profile has S/N 9.0, more than noise gives.",
        "Note: there are too few turns to see whether the pulse persists.",
    ]


def test_moments_of_a_curve_are_one_sentence() -> None:
    features = {"snr": 30.0, "subint_persistence": 1.0, "dm": 30.0, "dm_significance": 9.0, "dm0_excess": 0.0}
    features |= {"profile_mean": 40.0, "profile_std": 40.0, "profile_kurtosis": 9.0, "profile_skewness": 3.25}
    contributions = {"base": 0.0, "profile_mean": -0.5, "profile_std": 0.1, "profile_skewness": 0.8}
    said = explain(features, contributions)
    assert said == ["For: the shape of the profile is like those of pulsars (skewness 3.2; noise and sines have about 0)."]


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
    assert said[-1].endswith("training: DM over its error (for).")
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
