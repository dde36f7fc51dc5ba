"""Cleaning and regression written as their definitions, in float64, one spectrum after the other."""

import numpy as np
from numpy.typing import NDArray


def scaled(data: NDArray[np.generic], state: NDArray[np.int64], table: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return gain data + offset, 0 for bad spectra and for what is not finite, shape [nsamples, nchans]."""
    x = np.zeros(data.shape)
    for t, interval in enumerate(state):
        if interval >= 0:
            gain, offset = table[interval, :2].astype(np.float64)
            with np.errstate(invalid="ignore"):
                x[t] = gain * data[t] + offset
    return np.where(np.isfinite(x), x, 0.0)


def clean(
    data: NDArray[np.generic],
    state: NDArray[np.int64],
    table: NDArray[np.float32],
    downsample: int,
) -> NDArray[np.float64]:
    """Return clean samples before they are rounded, 128 for no signal, shape [nchans, nout]."""
    x = scaled(data, state, table)
    if table.shape[1] == 3:
        others = x.sum(axis=1, keepdims=True) - x
        x = x - np.where(state[:, None] >= 0, table[np.maximum(state, 0), 2] * others, 0.0)
    return 128.0 + np.add.reduceat(x, np.arange(0, len(x), downsample), axis=0).T


def regression_weights(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least-squares coefficient of each channel on the sum over the others, lines through 0, shape [nchans]."""
    weight = np.zeros(x.shape[1])
    for channel in range(x.shape[1]):
        others = np.delete(x, channel, axis=1).sum(axis=1)
        if (others @ others) > 0:
            weight[channel] = (x[:, channel] @ others) / (others @ others)
    return weight
