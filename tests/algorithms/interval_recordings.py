"""Small simulated recordings and their statistics by interval, taken with plain NumPy."""

from typing import Any

import numpy as np

from fastpipe.data.channel_statistics import IntervalStatistics
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape


def recorded(
    shape: FilterbankShape,
    pulsar: SimulatedPulsar | None = None,
    interference: SimulatedInterference | None = None,
    seed: int = 1,
) -> np.ndarray:
    """All spectra of a simulated recording."""
    return np.concatenate(list(simulate(shape, pulsar, interference, seed)[1]))


def _moments(values: np.ndarray, is_finite: np.ndarray) -> tuple[np.ndarray, ...]:
    count = is_finite.sum(axis=0)
    number = np.maximum(count, 1)
    mean = np.where(is_finite, values, 0.0).sum(axis=0) / number
    rest = np.where(is_finite, values - mean, 0.0)
    variance, third, fourth = ((rest**power).sum(axis=0) / number for power in (2, 3, 4))
    alive = variance > 1e-12 * mean**2
    scale = np.where(alive, variance, 1.0)
    std, skewness, kurtosis = np.sqrt(variance), third / scale**1.5, fourth / scale**2 - 3.0
    return rest, count, mean, *(np.where(alive, moment, 0.0) for moment in (std, skewness, kurtosis))


def _largest_power(rest: np.ndarray, std: np.ndarray) -> np.ndarray:
    power = np.abs(np.fft.rfft(rest, axis=0)) ** 2 / len(rest)
    largest = power[5:].max(axis=0, initial=0.0)
    return np.where(std > 0.0, largest / np.where(std > 0.0, std, 1.0) ** 2, 0.0)


def statistics_of(data: np.ndarray, interval_samples: int, nbits: int = 8) -> IntervalStatistics:
    """Statistics of a recording [nsamples, nchans]; values that are not finite are left out."""
    rows: list[tuple[Any, ...]] = []
    for start in range(0, len(data), interval_samples):
        values = data[start : start + interval_samples].astype(np.float64)
        is_finite = np.isfinite(values)
        rest, count, mean, std, skewness, kurtosis = _moments(np.where(is_finite, values, 0.0), is_finite)
        is_clipped = (values == 0) | (values == 255) if nbits == 8 else np.zeros(values.shape)
        rows.append((count, mean, std, skewness, kurtosis, _largest_power(rest, std), is_clipped.mean(axis=0)))
    columns = [np.stack(column) for column in zip(*rows, strict=True)]
    return IntervalStatistics(interval_samples, len(data), *columns, zero_dm_of(data))


def zero_dm_of(data: np.ndarray) -> np.ndarray:
    """Sum over living channels, in units of the noise of the sum."""
    is_finite = np.isfinite(data)
    rest, _, _, std, _, _ = _moments(np.where(is_finite, data, 0.0).astype(np.float64), is_finite)
    used = std > 0.0
    scaled = rest[:, used] / std[used]
    return np.asarray(scaled.sum(axis=1) / np.sqrt(max(np.count_nonzero(used), 1)), np.float32)
