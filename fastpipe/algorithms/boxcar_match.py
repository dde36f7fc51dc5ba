"""Boxcars matched with folded profiles: they say which phase bins a pulse fills."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


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
