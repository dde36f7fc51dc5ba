"""The model of the score: decision trees whose values add up to the logarithm of the odds of a pulsar."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

NODE_DTYPE: Final = np.dtype(
    [("feature", "i4"), ("threshold", "f8"), ("is_missing_left", "?"), ("left", "i4"), ("right", "i4"), ("value", "f8")]
)
"""A node: its feature (-1 for a leaf), up to which value one goes left, whether unknown values do, the numbers of the nodes
to the left and right, and the mean log odds of the training folds that passed it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionTrees:
    """Boosted decision trees: the logistic function of the sum of their leaves is the score."""

    base: float
    """Logarithm of the odds before any feature is looked at."""
    features: tuple[str, ...]
    """Names of the features, as `fastpipe.algorithms.fold_features` gives them."""
    ranges: NDArray[np.float64]
    """Least and largest value of each feature in the training, shape [nfeatures, 2]."""
    roots: NDArray[np.int64]
    """Number of the first node of each tree, shape [ntrees]."""
    nodes: NDArray[np.void]
    """All nodes, type `NODE_DTYPE`; those below a node come after it."""

    def contributions(self, features: Mapping[str, float]) -> dict[str, float]:
        """Return what each feature adds to the logarithm of the odds.

        On the way down a tree every step changes the mean log odds of the folds that come by; the change belongs to the
        feature that was asked. So the contributions add up to the log odds less `base`, whatever features act together.

        Parameters
        ----------
        features
            Features of a fold; those that are not there, NaN or infinite are unknown.

        Returns
        -------
        dict
            By the names of all features of the model.
        """
        values = self._values(features).tolist()
        found = np.zeros(len(values))
        nodes = self.nodes
        feature, threshold, left, right, value = (nodes[name] for name in ("feature", "threshold", "left", "right", "value"))
        for root in self.roots.tolist():
            node = root
            while (asked := int(feature[node])) >= 0:
                known = values[asked]
                is_left = nodes["is_missing_left"][node] if np.isnan(known) else known <= threshold[node]
                below = int(left[node] if is_left else right[node])
                found[asked] += value[below] - value[node]
                node = below
        return dict(zip(self.features, found.tolist(), strict=True))

    def count_outside(self, features: Mapping[str, float]) -> int:
        """Return how many features of a fold lie beyond those of the training."""
        values = self._values(features)
        return int(np.count_nonzero((values < self.ranges[:, 0]) | (values > self.ranges[:, 1])))

    def _values(self, features: Mapping[str, float]) -> NDArray[np.float64]:
        values = np.array([features.get(name, np.nan) for name in self.features], np.float64)
        return np.where(np.isfinite(values), values, np.nan)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreModel:
    """Two sets of trees, for what a band tells and a series cannot tell changes what everything else is worth."""

    name: str
    """Name of the model."""
    version: str
    """Its version; a change of trees is a new one."""
    band: DecisionTrees
    """For folds of recordings with a band."""
    series: DecisionTrees
    """For folds of series that were dedispersed before."""

    def chosen(self, features: Mapping[str, float]) -> DecisionTrees:
        """Return the trees for a fold with some features: those for a series where its DM cannot be told."""
        return self.series if np.isnan(features.get("dm", np.nan)) else self.band
