"""White noise with red noise added, fitted to the noise levels of 16 spectra."""

import math

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import inlined, kernel

_NROUNDS = 30
_TOLERATED = 1.5
"""Standard deviations up to which a level counts in full; beyond, its pull stays the same (Huber 1964)."""
_WEAKEST_RED = 5.0
"""Red noise weaker than white noise by so much in ln level at the lowest bins is not made weaker: it has no effect."""
_LARGEST_SLOPE = 7.0
_SMALLEST_SLOPE = 0.3
_USUAL_SLOPE = 2.0
_SLOPE_SPREAD = 2.0
"""The slope is held near the usual one by so much where there is no red noise to tell."""


@inlined
def _misfit(
    levels: NDArray[np.float64], log_bins: NDArray[np.float64], weights: NDArray[np.float64], p: NDArray[np.float64]
) -> float:
    """Return half the sum of squared deviations, those beyond the tolerated linear, and what holds the parameters."""
    total: float = 0.5 * ((p[2] - _USUAL_SLOPE) / _SLOPE_SPREAD) ** 2 + max(p[0] - _WEAKEST_RED - p[1], 0.0) ** 2
    for i in range(levels.size):
        if weights[i] > 0.0:
            red = p[1] - p[2] * (log_bins[i] - log_bins[0]) - p[0]
            model = p[0] + max(red, 0.0) + math.log1p(math.exp(-abs(red)))
            off = abs(levels[i] - model) * math.sqrt(weights[i])
            total += 0.5 * off * off if off < _TOLERATED else _TOLERATED * (off - 0.5 * _TOLERATED)
    return total


@inlined
def _normal_equations(
    levels: NDArray[np.float64],
    log_bins: NDArray[np.float64],
    weights: NDArray[np.float64],
    p: NDArray[np.float64],
    system: NDArray[np.float64],
) -> None:
    """Fill the matrix [3, 3] and the right side [3] of the step in the parameters, as a system [3, 4]."""
    system[:, :] = 0.0
    system[2, 2] = 1.0 / _SLOPE_SPREAD**2
    system[2, 3] = (_USUAL_SLOPE - p[2]) / _SLOPE_SPREAD**2
    if p[0] - _WEAKEST_RED > p[1]:
        system[1, 1] += 2.0
        system[1, 3] += 2.0 * (p[0] - _WEAKEST_RED - p[1])
    for i in range(levels.size):
        if weights[i] > 0.0:
            away = log_bins[i] - log_bins[0]
            red = p[1] - p[2] * away - p[0]
            share = 0.5 + 0.5 * math.tanh(0.5 * red)
            off = levels[i] - (p[0] + max(red, 0.0) + math.log1p(math.exp(-abs(red))))
            pull = weights[i] * min(1.0, _TOLERATED / max(abs(off) * math.sqrt(weights[i]), 1e-9))
            for a in range(3):
                slope_a = 1.0 - share if a == 0 else (share if a == 1 else -share * away)
                system[a, 3] += pull * off * slope_a
                for b in range(3):
                    slope_b = 1.0 - share if b == 0 else (share if b == 1 else -share * away)
                    system[a, b] += pull * slope_a * slope_b


@inlined
def _solve(system: NDArray[np.float64], damping: float, step: NDArray[np.float64]) -> None:
    """Solve the positive definite system [3, 4] with its diagonal raised; the system is lost."""
    for a in range(3):
        system[a, a] += damping * (system[a, a] + 1e-6)
    for a in range(3):
        for b in range(a + 1, 3):
            factor = system[b, a] / system[a, a]
            for j in range(a, 4):
                system[b, j] -= factor * system[a, j]
    for a in range(2, -1, -1):
        rest = system[a, 3]
        for b in range(a + 1, 3):
            rest -= system[a, b] * step[b]
        step[a] = rest / system[a, a]


@kernel
def fit_power_laws(
    levels: NDArray[np.float64], log_bins: NDArray[np.float64], variances: NDArray[np.float64], curves: NDArray[np.float64]
) -> None:
    """Fit white noise and a power law, exp(a) + exp(b - c (x - x0)), to levels at x = ln bin, lane by lane.

    Deviations of ln level count in full up to 1.5 standard deviations (Huber 1964, Ann. Math. Stat. 35, 73), so that levels
    that signals have raised do not lead; the least is found by Levenberg's method (1944, Quart. Appl. Math. 2, 164).

    Parameters: `levels` float64 [nblocks, 16], ln of the levels, -inf where there is none; `log_bins` float64 [nblocks],
    ascending, the first is x0; `variances` float64 [nblocks], of ln level; `curves` float64 [3, 16], overwritten with a, b
    and c; 0, -inf and 0 for lanes of fewer than four levels.

    Cost: 60 exponentials and logarithms a level.
    """
    nblocks = log_bins.size
    lane_levels, weights = np.empty(nblocks), np.empty(nblocks)
    system, step = np.empty((3, 4)), np.empty(3)
    for lane in range(16):
        nlevels, upper, nupper = 0, 0.0, 0
        for i in range(nblocks):
            has_level = levels[i, lane] > -math.inf
            lane_levels[i] = levels[i, lane]
            weights[i] = 1.0 / variances[i] if has_level else 0.0
            nlevels += has_level
            if has_level and 2 * i >= nblocks:
                upper, nupper = upper + levels[i, lane], nupper + 1
        if nlevels < 4 or nupper == 0 or weights[0] == 0.0:
            curves[0, lane], curves[1, lane], curves[2, lane] = 0.0, -math.inf, 0.0
            continue
        curve = np.array([upper / nupper, max(lane_levels[0], upper / nupper - 3.0), _USUAL_SLOPE])
        misfit, damping = _misfit(lane_levels, log_bins, weights, curve), 1e-2
        for _ in range(_NROUNDS):
            _normal_equations(lane_levels, log_bins, weights, curve, system)
            _solve(system, damping, step)
            moved = curve + step
            moved[2] = min(max(moved[2], _SMALLEST_SLOPE), _LARGEST_SLOPE)
            found = _misfit(lane_levels, log_bins, weights, moved)
            if found < misfit:
                is_done = misfit - found < 1e-3
                curve, misfit, damping = moved, found, damping * 0.3
                if is_done:
                    break
            else:
                damping *= 4.0
        curves[:, lane] = curve
