"""The curve of S/N against DM that a real pulsar of the profile of a fold would show."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.fourier_cube import dm_grid, to_fourier
from fastpipe.algorithms.profile_snr import match_harmonics
from fastpipe.data.catalogue import Fold


def expected_dm_curve(fold: Fold, noise: float) -> NDArray[np.float64]:
    """S/N that a pulsar with the profile of the fold, equally bright over the band, shows at the DMs of its DM curve.

    Parameters
    ----------
    fold
        Fold at refined values.
    noise
        Noise of one channel sample, as `cube_noise.cube_noise` gives it; zero where the cube holds no data.

    Returns
    -------
    ndarray
        S/N, shape [ndms]; empty where the fold has no DM curve or no data.
    """
    if fold.dm_curve.shape[1] == 0 or noise <= 0.0:
        return np.zeros(0)
    fourier = to_fourier(fold.cube, noise)
    weights = fold.cube.counts.sum(axis=(0, 2), dtype=np.float64)
    profile_harmonics = fourier.harmonics.sum(axis=(1, 2))
    of_band = profile_harmonics[:, None] * (weights / weights.sum())
    dm_offsets = fold.dm_curve[0].astype(np.float64) - fold.cube.dm
    return match_harmonics(dm_grid(of_band, fourier.turns_per_dm, dm_offsets).T, fourier.nbins).snr
