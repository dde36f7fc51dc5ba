"""A score from 0 to 1 that says how likely a fold is a pulsar, and why.

Boosted decision trees give the logarithm of the odds as a sum of what each feature contributes, so the contributions are the
explanation. docs/score.md says how the model was trained and where it fails.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from fastpipe.algorithms.score_sentences import is_known, notes, sentence, unknown_note
from fastpipe.data.contribution_groups import BASE, group_contributions
from fastpipe.data.score_model import ScoreModel

_WORTH_SAYING: Final = 0.2
"""Least contribution that is told: it changes the odds by a fifth."""


def contribute(features: Mapping[str, float], model: ScoreModel) -> dict[str, float]:
    """Return what each feature adds to the logarithm of the odds of a pulsar.

    Parameters
    ----------
    features
        Features as `fold_features.measure_features` gives them; missing ones count as unknown.
    model
        The model.

    Returns
    -------
    dict
        By the names of the features, and ``base``.
    """
    chosen = model.chosen(features)
    return {BASE: chosen.base, **chosen.contributions(features)}


def score_fold(contributions: Mapping[str, float]) -> float:
    """Score a fold from 0 (noise or interference) to 1 (a pulsar).

    Parameters
    ----------
    contributions
        As `contribute` gives them.

    Returns
    -------
    float
        Logistic function of their sum.

    Examples
    --------
    >>> round(score_fold({"base": -1.0, "snr": 3.0}), 3)
    0.881
    """
    # Beyond +-40 the logistic function is 0 or 1 to the last digit.
    return float(1.0 / (1.0 + np.exp(-np.clip(sum(contributions.values()), -40.0, 40.0))))


def count_outside(features: Mapping[str, float], model: ScoreModel) -> int:
    """Return how many features lie outside the range on which the model was trained.

    Parameters
    ----------
    features
        Features of a fold.
    model
        The model.
    """
    return model.chosen(features).count_outside(features)


def explain(features: Mapping[str, float], contributions: Mapping[str, float]) -> list[str]:
    """Say in sentences what speaks for and against a pulsar.

    Parameters
    ----------
    features
        Features of the fold.
    contributions
        As `contribute` gives them; empty for a fold without a score.

    Returns
    -------
    list of str
        "For: ..." and "Against: ...", what weighs most first, then "Note: ..." on what could not be judged.

    Examples
    --------
    >>> explain({"snr": 20.0}, {"base": -1.0, "snr": 3.0})[0]
    'For: the folded profile has S/N 20.0, more than noise gives.'
    """
    grouped = group_contributions(contributions)
    names = [name for name, weight in grouped.items() if name != BASE and abs(weight) >= _WORTH_SAYING]
    names.sort(key=lambda name: -abs(grouped[name]))
    said = [sentence(name, features, is_for=grouped[name] > 0.0) for name in names if is_known(name, features)]
    unknown = {name: grouped[name] for name in names if not is_known(name, features)}
    return said + notes(features, has_score=bool(contributions)) + ([unknown_note(unknown)] if unknown else [])
