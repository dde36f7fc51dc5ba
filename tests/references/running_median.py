"""Running median, window by window."""

import numpy as np


def slow_running_median(values: np.ndarray, half: int) -> np.ndarray:
    """Median of each value and its `half` neighbours on both sides, for rows [nrows, n]."""
    n = values.shape[1]
    medians = [np.median(values[:, max(0, i - half) : i + half + 1].astype(np.float64), axis=1) for i in range(n)]
    return np.stack(medians, axis=1)
