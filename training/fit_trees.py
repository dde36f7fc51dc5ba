"""The fit of the score: boosted decision trees of few leaves, monotone where physics says so, calibrated."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from fastpipe.data.score_model import NODE_DTYPE, DecisionTrees

_SETTINGS: Final[dict[str, Any]] = {
    "max_iter": 150,
    "learning_rate": 0.08,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 10,
    "l2_regularization": 1.0,
    "random_state": 0,
}
_HUGE: Final = 1e300


def fit_trees(
    features: Mapping[str, NDArray[np.float64]], is_pulsar: NDArray[np.bool_], directions: Mapping[str, int]
) -> DecisionTrees:
    """Fit trees, each to what the ones before it leave, and no way down one that asks more than two features.

    Parameters
    ----------
    features
        Values by name, NaN where unknown, each of shape [nfolds].
    is_pulsar
        The answers, shape [nfolds].
    directions
        For the features that are used, in their order: 1 where the odds may only rise with the value, -1 where they may
        only fall, 0 for either.

    Returns
    -------
    DecisionTrees
        Not calibrated yet.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    table = np.stack([np.where(np.isfinite(features[name]), features[name], np.nan) for name in directions], axis=1)
    fitted = HistGradientBoostingClassifier(
        interaction_cst="pairwise", monotonic_cst=list(directions.values()), **_SETTINGS
    ).fit(table, is_pulsar)
    known = np.isfinite(table).any(axis=0)
    ranges = np.zeros((len(directions), 2))
    ranges[known] = np.stack((np.nanmin(table[:, known], axis=0), np.nanmax(table[:, known], axis=0)), axis=1)
    # The stages of the fit, and their nodes, have no public name.
    return _trees(
        float(fitted._baseline_prediction[0, 0]), [stage[0].nodes for stage in fitted._predictors], directions, ranges
    )


def _trees(
    base: float, of_trees: list[NDArray[Any]], directions: Mapping[str, int], ranges: NDArray[np.float64]
) -> DecisionTrees:
    """Put the nodes of all trees in one table, inner ones with the mean over the folds that passed them."""
    roots = np.cumsum([0, *(len(nodes) for nodes in of_trees[:-1])])
    parts = []
    for root, nodes in zip(roots.tolist(), of_trees, strict=True):
        part = np.zeros(len(nodes), NODE_DTYPE)
        is_leaf = nodes["is_leaf"].astype(bool)
        part["feature"] = np.where(is_leaf, -1, nodes["feature_idx"])
        # A question whether a value is known at all has an infinite threshold, which JSON cannot hold.
        part["threshold"] = np.clip(np.where(is_leaf, 0.0, nodes["num_threshold"]), -_HUGE, _HUGE)
        part["is_missing_left"] = nodes["missing_go_to_left"]
        part["left"], part["right"] = nodes["left"].astype(np.int64) + root, nodes["right"].astype(np.int64) + root
        part["value"] = nodes["value"]
        for number in reversed(np.flatnonzero(~is_leaf).tolist()):
            below = [int(nodes["left"][number]), int(nodes["right"][number])]
            part["value"][number] = np.average(part["value"][below], weights=nodes["count"][below])
        parts.append(part)
    table = np.concatenate(parts)
    base += float(table["value"][roots].sum())
    return DecisionTrees(base=base, features=tuple(directions), ranges=ranges, roots=roots, nodes=table)


def contribution_table(trees: DecisionTrees, features: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Return what each feature contributes to the log odds of many folds, by name, shape [nfolds]."""
    rows = zip(*(features[name].tolist() for name in trees.features), strict=True)
    of_folds = [trees.contributions(dict(zip(trees.features, row, strict=True))) for row in rows]
    return {name: np.array([one[name] for one in of_folds]) for name in trees.features}


def log_odds(trees: DecisionTrees, features: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the logarithm of the odds of many folds, shape [nfolds]."""
    return np.asarray(trees.base + sum(contribution_table(trees, features).values()))


def calibrated(trees: DecisionTrees, odds: NDArray[np.float64], is_pulsar: NDArray[np.bool_]) -> DecisionTrees:
    """Stretch and shift the log odds of trees so that scores are probabilities (Platt 1999).

    Parameters
    ----------
    trees
        The fitted trees.
    odds
        Log odds of folds by trees that were fitted without them, shape [nfolds].
    is_pulsar
        The answers for these.

    Returns
    -------
    DecisionTrees
        Trees with values times a factor, and another base.
    """
    sign = np.where(is_pulsar, 1.0, -1.0)

    def loss(line: NDArray[np.float64]) -> float:
        return float(np.logaddexp(0.0, -sign * (line[0] * odds + line[1])).sum())

    scale, shift = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    nodes = trees.nodes.copy()
    nodes["value"] *= scale
    return replace(trees, base=float(scale * trees.base + shift), nodes=nodes)
