"""The spectral search by its definitions, one series at a time, in double precision."""

import math

import numpy as np
from numpy.typing import NDArray


def half_bin_powers(spectrum: NDArray[np.complex128], side_bins: int, nrows: int) -> NDArray[np.float64]:
    """Powers at bins and half bins; half bins from up to `side_bins` neighbours on either side, without bin 0."""
    powers = np.zeros(nrows)
    for row in range(nrows):
        k = row // 2
        if row % 2 == 0:
            powers[row] = abs(spectrum[k]) ** 2
            continue
        neighbours = [j for j in range(k + 1 - side_bins, k + 1 + side_bins) if 1 <= j < len(spectrum)]
        weights = [1.0 / (k + 0.5 - j) for j in neighbours]
        amplitude = sum(weight * spectrum[j] for weight, j in zip(weights, neighbours, strict=True))
        if neighbours:
            powers[row] = abs(amplitude) ** 2 / sum(weight**2 for weight in weights)
    return powers


def harmonic_sums(powers: NDArray[np.float64], nlevels: int) -> NDArray[np.float64]:
    """Add 1, 2, 4, ... harmonics, shape [nlevels, nrows]; the row is the highest harmonic."""
    sums = np.zeros((nlevels, len(powers)))
    for level in range(nlevels):
        nharm = 2**level
        for j in range(len(powers)):
            rows = [math.floor(h * j / nharm + 0.5) for h in range(1, nharm + 1)]
            sums[level, j] = sum(powers[row] for row in rows)
    return sums


def peaks(sums: NDArray[np.float64], first: int, stop: int, threshold: float, window: int) -> list[tuple[int, float]]:
    """Rows and values of the peaks above a threshold among rows `first` to `stop` of one sum."""
    found: list[tuple[int, float]] = []
    best: tuple[int, float] | None = None
    for row in range(first, stop):
        value = float(sums[row])
        if value <= threshold:
            continue
        if best is None:
            best = (row, value)
        elif row - best[0] > window:
            found.append(best)
            best = (row, value)
        elif value > best[1]:
            best = (row, value)
    return found if best is None else [*found, best]


def log_gamma_tail(power: float, nharm: int) -> float:
    """Logarithm of exp(-power) sum_{k < nharm} power^k / k!, term by term."""
    logs = [k * math.log(power) - math.lgamma(k + 1) if power > 0 else (0.0 if k == 0 else -math.inf) for k in range(nharm)]
    largest = max(logs)
    return largest + math.log(sum(math.exp(value - largest) for value in logs)) - power
