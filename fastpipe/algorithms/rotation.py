"""Turning of folded profiles by any fraction of a bin, and of their counts by whole bins."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def rotate(profiles: NDArray[np.float64], turns: ArrayLike) -> NDArray[np.float64]:
    """Turn profiles to later phase, by the Fourier shift theorem.

    Parameters
    ----------
    profiles
        Profiles, shape [..., nbins].
    turns
        Turns to move each by, positive to later phase, broadcast against the leading axes of `profiles`.

    Returns
    -------
    ndarray
        Turned profiles, shape [..., nbins]. Whole bins are moved exactly.

    Examples
    --------
    >>> rotate(np.array([1.0, 2.0, 3.0, 4.0]), 0.25).round(9).tolist()
    [4.0, 1.0, 2.0, 3.0]
    """
    nbins = profiles.shape[-1]
    harmonics = np.arange(nbins // 2 + 1)
    ramp = np.exp(-2j * np.pi * harmonics * np.asarray(turns, np.float64)[..., None])
    return np.fft.irfft(np.fft.rfft(profiles) * ramp, nbins)


def rotate_whole_bins(counts: NDArray[Any], turns: ArrayLike) -> NDArray[Any]:
    """Turn counts to later phase by the nearest whole number of bins: they stay counts, and none are lost.

    Parameters
    ----------
    counts
        Counts, shape [..., nbins].
    turns
        Turns to move each by, positive to later phase, broadcast against the leading axes of `counts`.

    Returns
    -------
    ndarray
        Turned counts, shape [..., nbins].

    Examples
    --------
    >>> rotate_whole_bins(np.array([1, 2, 3, 4]), 0.3).tolist()
    [4, 1, 2, 3]
    """
    nbins = counts.shape[-1]
    shifts = np.rint(np.broadcast_to(turns, counts.shape[:-1]) * nbins).astype(np.int64)
    return np.take_along_axis(counts, (np.arange(nbins) - shifts[..., None]) % nbins, axis=-1)
