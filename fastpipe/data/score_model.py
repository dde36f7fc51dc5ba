"""The model of the score: one curve for each feature, whose values add up to the logarithm of the odds of a pulsar."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FeatureCurve:
    """What one feature adds to the logarithm of the odds."""

    name: str
    """Name of the feature, as `fastpipe.algorithms.fold_features` gives it."""
    knots: NDArray[np.float64]
    """Values of the feature, ascending, from the least to the largest of the training, shape [nknots]."""
    values: NDArray[np.float64]
    """Contribution at the knots; straight between them and constant beyond, shape [nknots]."""
    missing: float
    """Contribution where the recording cannot tell the feature."""

    def contribution(self, value: float) -> float:
        """Return what a value of the feature adds; NaN stands for unknown."""
        return self.missing if np.isnan(value) else float(np.interp(value, self.knots, self.values))

    def is_outside(self, value: float) -> bool:
        """Tell whether a value was never seen in the training."""
        return bool(value < self.knots[0] or value > self.knots[-1])


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreModel:
    """An additive model: the score is the logistic function of base and contributions of all features."""

    name: str
    """Name of the model."""
    version: str
    """Its version; a change of curves is a new one."""
    base: float
    """Logarithm of the odds before any feature is looked at."""
    curves: tuple[FeatureCurve, ...]
    """One for each feature, in the order in which they are told."""
