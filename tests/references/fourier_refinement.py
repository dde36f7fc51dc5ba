"""The power of drifting harmonics by its definition, in the time domain and in double precision."""

import numpy as np
from numpy.typing import NDArray


def drift_turns(nsamples: int, fourier_bin: float, z: float, w: float) -> NDArray[np.float64]:
    """Phase of a signal in turns at every sample, 0 at the middle of the observation."""
    x = np.arange(nsamples) / nsamples - 0.5
    return np.asarray(fourier_bin * x + z * x**2 / 2.0 + w * x**3 / 6.0)


def harmonic_powers(series: NDArray[np.float64], spin: tuple[float, float, float], nharm: int) -> NDArray[np.float64]:
    """Powers of the harmonics of a signal of given Fourier bin, z and w in a series of noise of variance 1."""
    turns = drift_turns(len(series), *spin)
    orders = np.arange(1, nharm + 1)
    sums = [(series * np.exp(-2j * np.pi * order * turns)).sum() for order in orders]
    return np.asarray(np.abs(np.array(sums)) ** 2 / len(series))
