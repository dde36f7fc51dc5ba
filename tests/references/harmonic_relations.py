"""Harmonics from their definition: every pair of signals is looked at."""

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaincc

RATIOS = sorted(
    {Fraction(p) for p in range(2, 17)}
    | {Fraction(1, q) for q in range(2, 33)}
    | {Fraction(text) for text in ("3/2", "5/2", "2/3", "4/3", "5/3", "3/4", "5/4", "2/5", "3/5", "4/5")}
)


def verdict_by_definition(strong: Any, weak: Any, powers: Any, ratio: Fraction, log_chance: float) -> str:
    """What the harmonics of a weaker signal say; signals are Fourier bin, harmonics and excess power."""
    (strong_bin, nstrong, _), (weak_bin, nweak, excess) = strong, weak
    of_strong, of_weak = powers
    unshared, shared, shown = [], [], []
    for number in range(1, int(nweak) + 1):
        if number % ratio.denominator:
            place = number * weak_bin / strong_bin
            nearest = min(max(int(np.floor(place + 0.5)), 1), int(nstrong))
            wing = max(of_strong[nearest - 1] - 1, 0) / max(np.pi * abs(place - nearest) * strong_bin, 1) ** 2
            unshared.append(of_weak[number - 1] - wing)
        elif number * ratio <= nstrong:
            shared.append(of_weak[number - 1])
            shown.append(of_strong[int(number * ratio) - 1])
    if unshared and sum(unshared) > 0 and gammaincc(len(unshared), sum(unshared)) <= np.exp(log_chance):
        return "own"
    if not shared or sum(shared) - len(shared) < 0.5 * excess:
        return "unknown"
    return "own" if np.sqrt(sum(shared)) > np.sqrt(1.5 * sum(shown)) + 3 else "explained"


def harmonics_by_definition(bins: NDArray[Any], nharm: NDArray[Any], tolerance_bins: float) -> NDArray[np.intp]:
    """Parents of signals without powers and drifts: those at simple ratios, where chance is an unlikely explanation."""
    count = len(bins)
    gaps = np.gradient([float(ratio) for ratio in RATIOS])
    parent = np.full(count, -1)
    nroots = 0
    for root in range(count):
        if parent[root] >= 0:
            continue
        nroots += 1
        matches, expected = [], 0.0
        for ratio, gap in zip(RATIOS, gaps, strict=True):
            up, down = ratio.numerator, ratio.denominator
            half = tolerance_bins * min(1.0, up / down)
            distance = np.abs(bins - up / down * bins[root])
            expected += np.count_nonzero((distance > half) & (distance <= 20 * half)) / 19.0
            for weak in np.flatnonzero(distance <= half):
                tolerance = tolerance_bins * min(down / nharm[weak] + up / nharm[root], min(up, down))
                if weak > root and parent[weak] < 0 and abs(down * bins[weak] - up * bins[root]) <= tolerance:
                    matches.append((weak, 2.0 * tolerance / (down * gap * bins[root])))
        is_many = bool(matches) and gammainc(len(matches), expected) <= 1e-3
        for weak, chance in matches:
            if is_many or chance <= 0.05 / nroots:
                parent[weak] = root
    return parent
