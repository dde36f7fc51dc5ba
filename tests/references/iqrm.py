"""IQRM vote by vote."""

import numpy as np


def slow_iqrm(values: np.ndarray, sigma: float, radius: int) -> np.ndarray:
    """Outliers of one row of values, shape [nchans]."""
    votes_of: dict[int, set[int]] = {i: set() for i in range(len(values))}
    voters_against: dict[int, set[int]] = {i: set() for i in range(len(values))}
    lag = 1
    while lag <= radius:
        for signed in (lag, -lag):
            pairs = [(i, i - signed) for i in range(len(values)) if 0 <= i - signed < len(values)]
            differences = np.array([values[i] - values[j] for i, j in pairs])
            lower, median, upper = np.percentile(differences, [25, 50, 75])
            for (i, j), difference in zip(pairs, differences, strict=True):
                if difference - median > sigma * (upper - lower) / 1.349:
                    votes_of[j].add(i)
                    voters_against[i].add(j)
        lag = max(int(1.5 * lag), lag + 1)
    is_outlier = [any(len(votes_of[j]) < len(voters) for j in voters) for voters in voters_against.values()]
    return np.array(is_outlier)
