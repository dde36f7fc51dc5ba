"""Turning of folded profiles by any fraction of a bin, and of their counts by whole bins."""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
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
    return np.fft.irfft(np.fft.rfft(profiles) * _ramps(np.asarray(turns, np.float64), nbins), nbins)


def rotate_cube(
    cube: NDArray[np.float32], subint_turns: NDArray[np.float64], subband_turns: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Turn the profiles of a cube to later phase, by the sum of an angle for the sub-integration and one for the sub-band.

    Parameters
    ----------
    cube
        Profiles, shape [nsubints, nsubbands, nbins].
    subint_turns, subband_turns
        Turns, positive to later phase, shape [nsubints] and [nsubbands].

    Returns
    -------
    ndarray
        As `rotate` gives it, shape [nsubints, nsubbands, nbins].
    """
    nbins = cube.shape[2]
    of_subbands = _ramps(subband_turns, nbins)
    turned = np.empty_like(cube)
    # One sub-integration after the other: what lies between stays in the cache.
    for profiles, ramp, target in zip(cube, _ramps(subint_turns, nbins), turned, strict=True):
        spectra = np.fft.rfft(profiles.astype(np.float64))
        spectra *= of_subbands
        spectra *= ramp
        target[:] = np.fft.irfft(spectra, nbins)
    return turned


def _ramps(turns: NDArray[np.float64], nbins: int) -> NDArray[np.complex128]:
    """Factors of the harmonics, from 0 on, of profiles that are turned, shape [..., nbins // 2 + 1]."""
    return np.asarray(np.exp(-2j * np.pi * np.arange(nbins // 2 + 1) * turns[..., None]))


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
    shifts = np.rint(np.broadcast_to(turns, counts.shape[:-1]) * nbins).astype(np.int64).ravel()
    rows = counts.reshape(-1, nbins)
    # Every stretch of a row twice as long is a turned row.
    turned = sliding_window_view(np.concatenate((rows, rows), axis=1), nbins, axis=1)
    return np.asarray(turned[np.arange(len(rows)), -shifts % nbins].reshape(counts.shape))
