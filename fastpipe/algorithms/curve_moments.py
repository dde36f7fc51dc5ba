"""The eight statistics of Lyon et al. (2016): four moments of the profile, four of the curve of S/N against DM."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

HIGHEST: Final = 255.0
"""What a curve is scaled to before its moments are taken."""
_CURVE_POINTS: Final = 64


def curve_moments(curve: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Return mean, standard deviation, excess kurtosis and skewness of a curve.

    The curve is first scaled to run from 0 to 255, as in HTRU2 (Lyon et al. 2016, MNRAS 459, 1104); moments are those of
    the values, divided by their number.

    Parameters
    ----------
    curve
        Values at even steps, shape [n].

    Returns
    -------
    tuple of float
        NaN for fewer than two values, or if all are the same.

    Examples
    --------
    >>> [round(moment, 2) for moment in curve_moments(np.array([0.0, 0.0, 0.0, 1.0]))]
    [63.75, 110.42, -0.67, 1.15]
    """
    if len(curve) < 2 or not np.ptp(curve) > 0.0:
        return (float("nan"),) * 4
    scaled = HIGHEST * (curve - curve.min()) / np.ptp(curve)
    mean, std = float(scaled.mean()), float(scaled.std())
    normal = (scaled - mean) / std
    return mean, std, float(np.mean(normal**4)) - 3.0, float(np.mean(normal**3))


def even_dm_curve(dm_curve: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return S/N at 64 even steps of DM, from 0 to twice the DM of the fold or what the curve holds of that.

    Parameters
    ----------
    dm_curve
        DM in pc cm^-3, ascending, and S/N, shape [2, ndms].

    Returns
    -------
    ndarray
        S/N by linear interpolation, shape [64], or [0] for an empty curve.
    """
    dms, snrs = dm_curve.astype(np.float64)
    if len(dms) < 2:
        return np.zeros(0)
    return np.asarray(np.interp(np.linspace(dms[0], dms[-1], _CURVE_POINTS), dms, snrs))
