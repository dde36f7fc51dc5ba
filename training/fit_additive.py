"""The fit of an additive model: logistic regression on curves of straight pieces, monotone where physics says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from fastpipe.data.score_model import FeatureCurve, ScoreModel

_MAX_KNOTS: Final = 12
_PENALTY: Final = 0.3
"""Strength of the penalty on the square of every step of a curve, in log likelihood."""
_TRIM: Final = 0.001
"""Part of the values beyond the first and the last knot."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Columns of one feature: one for each piece of its curve, and one for unknown values."""

    name: str
    knots: NDArray[np.float64]
    columns: NDArray[np.float64]
    """Shape [nfolds, nknots]: nknots - 1 pieces, each from 0 before it to 1 behind it, then 1 where unknown."""


def fit_additive(
    features: Mapping[str, NDArray[np.float64]],
    is_pulsar: NDArray[np.bool_],
    directions: Mapping[str, int],
    *,
    penalty: float = _PENALTY,
    name: str = "fold",
    version: str = "1",
) -> ScoreModel:
    """Fit the curves of all features together.

    The log likelihood of a logistic regression less a penalty on steps is concave, so the answer is the only one.

    Parameters
    ----------
    features
        Values by name, NaN where unknown, each of shape [nfolds].
    is_pulsar
        The answers, shape [nfolds].
    directions
        For the features that are used, in their order: 1 where the odds may only rise with the value, -1 where they may
        only fall, 0 for either.
    penalty
        Strength of the penalty.
    name, version
        Of the model.

    Returns
    -------
    ScoreModel
        Curves whose mean over the folds is zero.
    """
    blocks = [_block(feature, features[feature]) for feature in directions]
    design = np.concatenate([np.ones((len(is_pulsar), 1)), *(block.columns for block in blocks)], axis=1)
    bounds: list[tuple[float | None, float | None]] = [(None, None)]
    for block, direction in zip(blocks, directions.values(), strict=True):
        bounds += [(0.0 if direction > 0 else None, 0.0 if direction < 0 else None)] * (len(block.knots) - 1)
        bounds += [(None, None)]
    weights = np.full(design.shape[1], penalty)
    weights[0] = 0.0
    sign = np.where(is_pulsar, 1.0, -1.0)

    def loss(coefficients: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (design @ coefficients)
        wrong = -sign / (1.0 + np.exp(np.clip(margin, -500.0, 500.0)))
        value = np.logaddexp(0.0, -margin).sum() + 0.5 * np.sum(weights * coefficients**2)
        return float(value), design.T @ wrong + weights * coefficients

    start = np.zeros(design.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000, "maxfun": 4000})
    return _model(blocks, found.x, name, version)


def _block(name: str, values: NDArray[np.float64]) -> _Block:
    known = values[np.isfinite(values)]
    if not len(known):
        return _Block(name, np.zeros(1), np.ones((len(values), 1)))
    inner = np.quantile(known, np.linspace(_TRIM, 1.0 - _TRIM, _MAX_KNOTS))
    # Knots are rounded as they are stored, so that the fit sees the curves that are used later.
    knots = np.unique([float(f"{knot:.3g}") for knot in inner])
    span = np.clip((values[:, None] - knots[:-1]) / np.diff(knots), 0.0, 1.0)
    unknown = np.isnan(values)[:, None]
    return _Block(name, knots, np.concatenate((np.where(unknown, 0.0, span), unknown.astype(np.float64)), axis=1))


def _model(blocks: list[_Block], coefficients: NDArray[np.float64], name: str, version: str) -> ScoreModel:
    """Turn coefficients into curves, each with its mean over the folds taken to the base."""
    base, place, curves = float(coefficients[0]), 1, []
    for block in blocks:
        mine = coefficients[place : place + block.columns.shape[1]]
        place += block.columns.shape[1]
        mean = float((block.columns @ mine).mean())
        base += mean
        values = np.concatenate(([0.0], np.cumsum(mine[:-1]))) - mean
        curves.append(FeatureCurve(block.name, block.knots, values, float(mine[-1]) - mean))
    return ScoreModel(name=name, version=version, base=base, curves=tuple(curves))


def log_odds(model: ScoreModel, features: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the logarithm of the odds of many folds, shape [nfolds]."""
    total = np.full(len(next(iter(features.values()))), model.base)
    for curve in model.curves:
        values = features[curve.name]
        known = np.interp(np.nan_to_num(values), curve.knots, curve.values)
        total += np.where(np.isnan(values), curve.missing, known)
    return total


def calibrated(model: ScoreModel, odds: NDArray[np.float64], is_pulsar: NDArray[np.bool_]) -> ScoreModel:
    """Stretch and shift the log odds of a model so that scores are probabilities (Platt 1999).

    Parameters
    ----------
    model
        The fitted model.
    odds
        Log odds of folds by models that were fitted without them, shape [nfolds].
    is_pulsar
        The answers for these.

    Returns
    -------
    ScoreModel
        The model with curves times a factor, and another base.
    """
    sign = np.where(is_pulsar, 1.0, -1.0)

    def loss(line: NDArray[np.float64]) -> float:
        return float(np.logaddexp(0.0, -sign * (line[0] * odds + line[1])).sum())

    scale, shift = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    curves = tuple(
        FeatureCurve(curve.name, curve.knots, scale * curve.values, float(scale * curve.missing)) for curve in model.curves
    )
    return ScoreModel(name=model.name, version=model.version, base=float(scale * model.base + shift), curves=curves)
