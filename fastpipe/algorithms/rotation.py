"""Turning of folded profiles by any fraction of a bin."""

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
