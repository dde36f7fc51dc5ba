"""Birdies out of a spectrum: their bins hold noise instead.

The noise has mean power 1, as whitened noise has, so sums of harmonics keep their distribution: a zapped harmonic adds what
noise adds and no signal. The probability of a sum is therefore right as it is; a signal with zapped harmonics is diluted by
them, never raised. Constants instead of noise would make the sums of some frequencies narrower than those of others.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import LANES
from fastpipe.data.tables import Table

_BINS_TOGETHER = 4096
"""Bins that are filled at a time, for the sake of memory."""


@dataclass(frozen=True, slots=True)
class Zapping:
    """The bins to remove from spectra of one length."""

    ranges: NDArray[np.int64]
    """First bin and bin after the last of ranges that do not touch, ascending, shape [nranges, 2]."""
    seed: int = 0
    """Start of the random numbers that make the noise."""

    def bins(self) -> NDArray[np.int64]:
        """Return all bins to remove, ascending, shape [nzapped]."""
        lengths = np.diff(self.ranges, axis=1)[:, 0]
        offsets = np.cumsum(lengths) - lengths
        return np.repeat(self.ranges[:, 0] - offsets, lengths) + np.arange(lengths.sum())

    def neighbours(self, nbins: int) -> NDArray[np.int64]:
        """Return for each bin to remove one near it that stays, shape [nzapped]; itself where none stays.

        The lower half of a range gets the bins below it that stay, nearest first, the upper half those above it from the far
        end on, so that noise that falls with frequency falls there too; where those of one side are used up, the other's.
        """
        zapped = self.bins()
        stays = np.ones(nbins, np.bool_)
        stays[[0, *zapped]] = False
        staying = np.flatnonzero(stays)
        if not len(staying):
            return zapped
        lengths = np.diff(self.ranges, axis=1)[:, 0]
        below = np.repeat(np.searchsorted(staying, self.ranges[:, 0]), lengths)
        within = zapped - np.repeat(self.ranges[:, 0], lengths)
        lengths = np.repeat(lengths, lengths)
        from_end = lengths - 1 - within
        is_low = within <= from_end
        place = np.where(is_low, below - 1 - within, below + from_end)
        place = np.where(is_low & (within >= below), lengths // 2 + within, place)
        above = len(staying) - below
        place = np.where(~is_low & (from_end >= above), below - 1 - (lengths + 1) // 2 - (from_end - above), place)
        return np.asarray(staying[np.clip(place, 0, len(staying) - 1)])


def hide(spectra: NDArray[np.float32], zapping: Zapping) -> None:
    """Put neighbouring bins in the place of those to remove, in place, so that they have no part in the noise level.

    Parameters
    ----------
    spectra
        Real and imaginary parts before whitening, shape [nbins, 2, 16]. **Overwritten** in the bins of `zapping`.
    zapping
        The bins.
    """
    spectra[zapping.bins()] = spectra[zapping.neighbours(len(spectra))]


def fill_with_noise(spectra: NDArray[np.float32], zapping: Zapping) -> None:
    """Put noise of mean power 1 into the bins to remove, in place.

    Parameters
    ----------
    spectra
        Real and imaginary parts after whitening, shape [nbins, 2, 16]. **Overwritten** in the bins of `zapping`.
    zapping
        The bins and the seed.
    """
    bins, rng = zapping.bins(), np.random.default_rng(zapping.seed)
    for start in range(0, len(bins), _BINS_TOGETHER):
        some = bins[start : start + _BINS_TOGETHER]
        noise = rng.standard_normal((len(some), 2, LANES), np.float32)
        noise *= np.float32(np.sqrt(0.5))
        spectra[some] = noise


def count_zapped(peaks: Table, duration_s: float, ranges: NDArray[np.int64]) -> NDArray[np.int32]:
    """Count the harmonics of each peak that lie in zapped bins.

    Parameters
    ----------
    peaks
        With columns `freq_hz` and `nharm`.
    duration_s
        Length of the transform in s.
    ranges
        First bin and bin after the last of ranges that do not touch, ascending, shape [nranges, 2].

    Returns
    -------
    ndarray
        Number of harmonics of which the nearest bin or half bin is made of zapped bins, at least in half, shape [npeaks].
    """
    count = np.zeros(len(peaks), np.int32)
    if not len(ranges):
        return count
    bins = peaks["freq_hz"] * duration_s
    for harmonic in range(1, int(peaks["nharm"].max(initial=0)) + 1):
        # A half bin between a zapped bin and another is noise at least in half, so it counts as zapped.
        row = np.rint(2.0 * harmonic * bins) / 2.0
        last_begun = np.searchsorted(ranges[:, 0] - 0.5, row, "right") - 1
        is_zapped = (last_begun >= 0) & (row <= ranges[last_begun, 1] - 0.5)
        count += is_zapped & (harmonic <= peaks["nharm"])
    return count
