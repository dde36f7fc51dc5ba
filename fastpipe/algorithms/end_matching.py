"""The trend of a series between its two ends, which a Fourier transform would make into power at all frequencies.

To the transform a series goes round in a circle. Slow noise leaves a step where its ends meet, and a change of slope. A
step has power like f^-2 in every bin, a change of slope like f^-4, each with one phase: they would hide noise and pulsars up
to hundreds of bins where slow noise is steep. A parabola takes both away.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import LANES
from fastpipe_kernels.lane_means import subtract_parabolas, sum_lanes

_ROUNDING_VARIANCE: Final = 1e-12
"""Variance, relative to the square of the mean or to the variance of another lane, that is rounding errors only."""
_PARTS: Final = 8
"""Parts at either end: the first says where a series begins, both halves with which slope, and their scatter how surely."""
_PART_FRACTION: Final = 1 / 128
"""Length of a part over that of the series."""
_DOUBTED: Final = 4.0
"""Square of the standard deviations that noise may have made of a step or a change of slope; what is larger is lowered by
as much, in square. White noise is left alone: a parabola through its ends would add to the lowest bins."""


def subtract_trend(block: NDArray[np.float32], nsamples: int) -> NDArray[np.bool_]:
    """Subtract from every lane a parabola after which value and slope are the same at both ends.

    Parameters
    ----------
    block
        Series side by side, shape [nfft, 16], C order. **Overwritten** in the first `nsamples` rows.
    nsamples
        Rows that hold data.

    Returns
    -------
    ndarray
        Which lanes hold nothing but rounding errors, shape [16]. What leaks from their partner in the packed transform
        would be all there is in their spectra, and whitening would raise it to full strength.
    """
    level, slope, bend = _parabola(block, nsamples)
    squares = np.empty(LANES)
    subtract_parabolas(block, nsamples, np.stack([level, slope, bend]).astype(np.float32), squares)
    variance, mean = squares / nsamples, level + nsamples * (slope / 2.0 + nsamples * bend / 3.0)
    return np.asarray(variance <= _ROUNDING_VARIANCE * np.maximum(mean**2, variance.max()))


def _parabola(block: NDArray[np.float32], nsamples: int) -> tuple[NDArray[np.float64], ...]:
    """Return level at row 0, slope a row and half the change of slope a row of every lane, shape [16] each."""
    length = max(int(nsamples * _PART_FRACTION), 1)
    if nsamples < 2 * _PARTS * length:
        mean = np.empty(LANES)
        sum_lanes(block, nsamples, mean)
        return mean / nsamples, np.zeros(LANES), np.zeros(LANES)
    parts = np.empty((2, _PARTS, LANES))
    for part in range(_PARTS):
        # Both ends from outside to inside.
        sum_lanes(block[part * length :], length, parts[0, part])
        sum_lanes(block[nsamples - (part + 1) * length :], length, parts[1, part])
    parts /= length
    variance = (np.diff(parts, 2, axis=1) ** 2).mean(axis=(0, 1)) / 6.0
    half = _PARTS // 2
    inwards = (parts[:, half:].mean(axis=1) - parts[:, :half].mean(axis=1)) / (half * length)
    bend = -inwards.sum(axis=0)
    bend *= _sure_part(bend, 4.0 * variance / half / (half * length) ** 2) / (2.0 * (nsamples - _PARTS * length))
    ends = parts[:, 0] - inwards * length / 2.0
    step = ends[1] - ends[0]
    step = step * _sure_part(step, 2.0 * variance)
    slope = step / nsamples - bend * nsamples
    # The middle of both ends is where it was.
    return ends.mean(axis=0) - step / 2.0, slope, bend


def _sure_part(values: NDArray[np.float64], variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the part of each value that noise of this variance has not made."""
    squares = np.maximum(values**2, np.finfo(np.float64).tiny)
    return np.asarray(np.maximum(1.0 - _DOUBTED * variance / squares, 0.0))
