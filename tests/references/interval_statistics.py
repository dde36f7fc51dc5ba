"""Statistics of an interval by their definitions, channel by channel in float64."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def moments(values: NDArray[Any]) -> tuple[int, float, float, float, float]:
    """Number, mean, standard deviation, skewness and excess kurtosis of the finite values of one channel."""
    finite = values[np.isfinite(values)].astype(np.float64)
    if len(finite) == 0 or np.all(finite == finite[0]):
        return len(finite), float(finite[0]) if len(finite) else 0.0, 0.0, 0.0, 0.0
    mean, std = finite.mean(), finite.std()
    unit = (finite - mean) / std
    return len(finite), float(mean), float(std), float(np.mean(unit**3)), float(np.mean(unit**4) - 3.0)


def largest_power(values: NDArray[Any], decimation: int, length: int, first_bin: int) -> float:
    """Largest power from a bin on over the mean of all powers, of `length` sums of `decimation` values of one channel.

    Values that are not finite count as the mean of the others.
    """
    exact = values.astype(np.float64)
    is_finite = np.isfinite(exact)
    filled = np.where(is_finite, exact, exact[is_finite].mean())
    series = filled[: length * decimation].reshape(length, decimation).sum(axis=1)
    powers = np.abs(np.fft.rfft(series - series.mean())[1 : (length + 1) // 2]) ** 2
    return float(powers[first_bin - 1 :].max() / powers.mean())


def sum_over_band(data: NDArray[Any], mean: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted sum over the channels of value less mean; values that are not finite count as the mean."""
    deviations = np.where(np.isfinite(data), data - mean, 0.0)
    return np.asarray(deviations @ weight)
