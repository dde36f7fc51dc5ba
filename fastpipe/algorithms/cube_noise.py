"""The noise of folded cubes, which the pulse does not raise, and profiles in units of it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.robust_statistics import SIGMA_OF_MAD
from fastpipe.data.folded_cube import FoldedCube
from fastpipe_kernels.fold_noise import middle_values, pulse_residuals

_LEAST_SHARE: Final = 0.3
"""Part of its noise that an element must keep when means are subtracted, to tell of the noise."""
_ERROR_OF_MAD: Final = 1.17
"""Relative standard deviation of a median absolute deviation of n Gaussian values, times the root of n."""
_COMMON_NOISE_SIGMAS: Final = 2.5
"""Standard deviations by which the sums over the band must be noisier for that to be more than chance."""


def cube_noise(cube: FoldedCube) -> float:
    """Estimate the noise of one channel sample from what is left of a cube without its mean pulse.

    Two robust estimates are made, from single elements, and from the sums over the band, which also hold the noise that
    channels have in common (gain, interference, zero-DM drifts). The latter counts where it is larger by more than chance.
    With one sub-integration there is only the first, about the mean over the sub-bands.

    Parameters
    ----------
    cube
        Folded cube.

    Returns
    -------
    float
        Standard deviation of the noise of one sample of one channel, so that a sum over n has noise times sqrt(n). Zero
        where the cube holds no data.
    """
    is_filled = cube.counts.any(axis=(1, 2))
    sums, counts = (cube.cube, cube.counts) if is_filled.all() else (cube.cube[is_filled], cube.counts[is_filled])
    if len(sums) == 1:
        # One stretch of time cannot tell the pulse from noise that channels share, but the sub-bands repeat the pulse.
        return _residual_noise(sums.swapaxes(0, 1), counts.swapaxes(0, 1))[0]
    of_elements, _ = _residual_noise(sums, counts)
    band_sums, band_counts = (values.sum(axis=1, keepdims=True, dtype=np.float64) for values in (sums, counts))
    of_band, error = _residual_noise(band_sums, band_counts)
    # The larger of two would be too large by chance, by 5 % for 16 bins.
    return of_band if of_band > (1.0 + _COMMON_NOISE_SIGMAS * error) * of_elements else of_elements


def _residual_noise(sums: NDArray[np.floating], counts: NDArray[np.floating]) -> tuple[float, float]:
    """Return the robust spread about the mean profile of a sub-band over the root of the counts, and its relative error."""
    sums, counts = np.ascontiguousarray(sums, np.float32), np.ascontiguousarray(counts, np.float32)
    of_row, total = counts.sum(axis=2, dtype=np.float64), counts.sum(axis=0, dtype=np.float64)
    if len(sums) == 1:
        total[:] = 0.0
    of_row[of_row == 0.0], total[total == 0.0] = np.inf, np.inf
    pulse = sums.sum(axis=0, dtype=np.float64) / total
    residuals = np.empty_like(sums)
    # An element that makes up most of a mean is hardly apart from it.
    ntelling = pulse_residuals(sums, counts, of_row, pulse, total, _LEAST_SHARE, residuals)
    values = residuals.ravel() if ntelling == residuals.size else residuals[~np.isnan(residuals)]
    if ntelling == 0:
        return 0.0, np.inf
    distances = np.abs(values - np.float32(_median(values)))
    return SIGMA_OF_MAD * _median(distances), float(_ERROR_OF_MAD / np.sqrt(ntelling))


def _median(values: NDArray[np.float32]) -> float:
    middle = np.empty(2, np.float32)
    middle_values(values, np.empty(2**16, np.int32), middle)
    return float(middle.mean(dtype=np.float64))


def normalised_profile(cube: FoldedCube, noise: float) -> NDArray[np.float64]:
    """Profile of a cube in units of its noise.

    Parameters
    ----------
    cube
        Folded cube.
    noise
        Noise of one channel sample, from `cube_noise`.

    Returns
    -------
    ndarray
        Sum over sub-integrations and sub-bands over its noise, zero where nothing was counted, shape [nbins].
    """
    sums, counts = cube.cube.sum(axis=(0, 1), dtype=np.float64), cube.counts.sum(axis=(0, 1), dtype=np.float64)
    return np.asarray(np.divide(sums, noise * np.sqrt(counts), out=np.zeros_like(sums), where=(counts > 0) & (noise > 0)))
