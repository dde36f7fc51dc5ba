"""Resampling of one series, sample by sample."""

import math
from collections.abc import Callable

import numpy as np


def slow_linear(series: np.ndarray, positions: list[float]) -> np.ndarray:
    """Values of a series at positions between its samples, linearly."""
    out = []
    for position in positions:
        i = min(math.floor(position), len(series) - 2)
        weight = position - i
        out.append((1 - weight) * float(series[i]) + weight * float(series[i + 1]))
    return np.array(out)


def slow_nearest(series: np.ndarray, positions: list[float]) -> np.ndarray:
    """Values of a series at the samples nearest to positions."""
    return np.array([series[min(math.floor(position + 0.5), len(series) - 1)] for position in positions])


def slow_positions(
    to_topocentric_s: Callable[[float], float], step_s: float, tsamp: float, start_s: float, n: int
) -> list[float]:
    """Where the n instants ``start_s + j * step_s`` of barycentric time lie among samples `tsamp` apart."""
    return [to_topocentric_s(start_s + j * step_s) / tsamp for j in range(n)]
