"""Sums of harmonics of one spectrum, in full: the search keeps only their peaks (`periodicity.search_powers`)."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.errors import ConfigError


def harmonic_sums(powers: NDArray[np.float32], nharm: int) -> NDArray[np.float32]:
    """Add to every power those at the lower harmonics that would go with it.

    Row j stands for the highest harmonic at j / 2 Fourier bins, so its fundamental is at j / (2 nharm) bins, and
    ``S(j) = sum over h = 1 ... nharm of P[round(h j / nharm)]`` (Taylor & Huguenin 1969, Nature 221, 816).

    Parameters
    ----------
    powers
        Powers at half Fourier bins, mean 1 in noise, shape [nfft].
    nharm
        Harmonics to sum: 1, 2, 4, 8, 16 or 32.

    Returns
    -------
    ndarray
        Sums, mean `nharm` in noise, shape [nfft].

    Raises
    ------
    ConfigError
        If the number of harmonics is none of these.

    Examples
    --------
    >>> harmonic_sums(np.array([0, 1, 5, 1, 9], np.float32), 2).tolist()
    [0.0, 2.0, 6.0, 6.0, 14.0]
    """
    if nharm not in (1, 2, 4, 8, 16, 32):
        raise ConfigError(f"found nharm = {nharm}, expected 1, 2, 4, 8, 16 or 32; choose one of these")
    rows = np.arange(len(powers), dtype=np.int64)
    sums = np.zeros(len(powers), np.float32)
    for harmonic in range(1, nharm + 1):
        sums += powers[(harmonic * rows + nharm // 2) // nharm]
    return sums
