"""Signal-to-noise ratio of folded profiles: matched boxcars, and a noise level that the pulse does not raise."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.robust_statistics import SIGMA_OF_MAD
from fastpipe.data.folded_cube import FoldedCube

_LEAST_SHARE = 0.3
"""Part of its noise that an element must keep when means are subtracted, to tell of the noise."""


class BoxcarMatch(NamedTuple):
    """Best boxcar of each profile; arrays have the leading axes of the profiles."""

    snr: NDArray[np.float64]
    """Matched-filter S/N."""
    width_bins: NDArray[np.int64]
    """Width of the boxcar in bins."""
    first_bin: NDArray[np.int64]
    """First bin of the boxcar."""


def boxcar_widths(nbins: int) -> tuple[int, ...]:
    """Widths of the boxcars that are tried: 1, then half as much again, up to half of a turn.

    Examples
    --------
    >>> boxcar_widths(64)
    (1, 2, 3, 4, 6, 9, 13, 19, 28)
    """
    widths = [1]
    while (following := max(int(1.5 * widths[-1]), widths[-1] + 1)) <= nbins // 2:
        widths.append(following)
    return tuple(widths)


def match_boxcars(profiles: NDArray[np.float64]) -> BoxcarMatch:
    """Match profiles with boxcars of zero mean and unit energy.

    A boxcar of w of b bins has height sqrt((b - w) / (b w)), and -w / (b - w) of that elsewhere (Morello et al. 2020,
    MNRAS 497, 4654), so a constant level has no effect and noise of unit variance gives S/N of unit variance.

    Parameters
    ----------
    profiles
        Profiles in units of the noise of a bin, shape [..., nbins].

    Returns
    -------
    BoxcarMatch
        Best S/N over all widths and phases, with its width and first bin.

    Examples
    --------
    >>> profile = np.zeros(64)
    >>> profile[60:64] = 5.0
    >>> match = match_boxcars(profile)
    >>> float(match.snr.round(3)), int(match.width_bins), int(match.first_bin)
    (9.682, 4, 60)
    """
    nbins = profiles.shape[-1]
    total = profiles.sum(axis=-1, keepdims=True)
    wrapped = np.concatenate((np.zeros_like(total), profiles, profiles[..., : nbins // 2]), axis=-1)
    cumulative = np.cumsum(wrapped, axis=-1)
    snr = np.full(profiles.shape[:-1], -np.inf)
    width_bins = np.zeros(profiles.shape[:-1], np.int64)
    first_bin = np.zeros(profiles.shape[:-1], np.int64)
    for width in boxcar_widths(nbins):
        inside = cumulative[..., width : width + nbins] - cumulative[..., :nbins]
        found = (inside - total * (width / nbins)) * np.sqrt(nbins / (width * (nbins - width)))
        best = found.max(axis=-1)
        better = best > snr
        snr = np.where(better, best, snr)
        width_bins = np.where(better, width, width_bins)
        first_bin = np.where(better, found.argmax(axis=-1), first_bin)
    return BoxcarMatch(snr, width_bins, first_bin)


def cube_noise(cube: FoldedCube) -> float:
    """Estimate the noise of one channel sample from what is left of a cube without its mean pulse.

    Two robust estimates are made, from single elements, and from the sums over the band, which also hold the noise that
    channels have in common (gain, interference, zero-DM drifts). The larger one counts. With one sub-integration there is
    only the first, about the mean over the sub-bands.

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
    sums, counts = cube.cube[is_filled].astype(np.float64), cube.counts[is_filled].astype(np.float64)
    if len(sums) == 1:
        # One stretch of time cannot tell the pulse from noise that channels share, but the sub-bands repeat the pulse.
        return _residual_noise(sums.transpose(1, 0, 2), counts.transpose(1, 0, 2))
    of_elements = _residual_noise(sums, counts)
    of_band = _residual_noise(sums.sum(axis=1, keepdims=True), counts.sum(axis=1, keepdims=True))
    return max(of_elements, of_band)


def _residual_noise(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    """Robust spread, in units of the root of the counts, about the mean profile of each sub-band."""
    of_row = counts.sum(axis=2, keepdims=True)
    # What was subtracted took a share of the noise: the mean over phase of each row, and that over sub-integrations.
    share = 1.0 - np.divide(counts, of_row, out=np.ones_like(counts), where=of_row > 0)
    if len(sums) > 1:
        total = counts.sum(axis=0)
        mean = np.divide(sums.sum(axis=0), total, out=np.zeros_like(total), where=total > 0)
        sums = sums - counts * mean
        share *= 1.0 - np.divide(counts, total, out=np.ones_like(counts), where=total > 0)
    # An element that makes up most of a mean is hardly apart from it.
    is_telling = (counts > 0) & (share > _LEAST_SHARE)
    values = sums[is_telling] / np.sqrt(counts[is_telling] * share[is_telling])
    if values.size == 0:
        return 0.0
    return float(SIGMA_OF_MAD * np.median(np.abs(values - np.median(values))))


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
