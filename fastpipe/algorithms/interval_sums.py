"""Sums over one interval of a recording that its statistics are made of."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.reference_levels import ReferenceLevels
from fastpipe.constants import LANES
from fastpipe_kernels.interval_statistics import GROUP, LARGEST_SQUARE, add_bytes, add_floats

Spectra = NDArray[np.uint8] | NDArray[np.float32]
"""Samples of all channels, shape [nsamples, nchans], channels in file order."""

_LEVEL_SAMPLES = 7
_LARGEST_EXPONENT = 100

# Levels beyond all measure must not become infinite as float32.
_LARGEST_OFFSET = 1e38
_LARGEST_STEP = 1e9


class IntervalSums:
    """Sums over one interval: powers of the values, series of fewer samples, and the sum over the band.

    Values are counted from a level that lies near the mean of their channel in this interval, in units near the standard
    deviation of the channel (bytes in their own), so that float32 loses nothing that matters.

    Parameters
    ----------
    nsamples
        Length of the interval.
    decimation
        Samples added into one of the series, a power of two.
    reference
        Level and noise of every channel.
    head
        Spectra at the start of the interval, from which the level of this interval is taken.
    space
        Memory for the series, float32, at least `series_values` of these numbers.
    """

    def __init__(
        self, nsamples: int, decimation: int, reference: ReferenceLevels, head: Spectra, space: NDArray[np.float32]
    ) -> None:
        nchans = len(reference.mean)
        padded = _padded(nchans)
        self.nsamples, self.decimation, self.nchans = nsamples, decimation, nchans
        self.is_bytes = head.dtype == np.uint8
        self.level = _typical_values(head, reference.mean)
        self.scale = np.ones(nchans) if self.is_bytes else _powers_of_two(reference.std, self.level)
        self.sums = np.zeros((5, padded))
        """Count (of finite floats, or of bytes at the ends of their range), then sums of y, y^2, y^3 and y^4."""
        self.nrecorded = 0
        """Samples that were added."""
        nvalues = series_values(nchans, nsamples, decimation)
        self._series = space[:nvalues].reshape(padded // LANES, -1, LANES)
        self._zero_dm = np.zeros(-(-nsamples // LANES) * LANES, np.float32)
        self._table = np.zeros((3, padded), np.float32)
        offset = np.clip(self.level * self.scale, -_LARGEST_OFFSET, _LARGEST_OFFSET)
        self._table[:, :nchans] = self.scale, offset, reference.weight / self.scale
        step = np.clip(self.level - reference.mean, -_LARGEST_STEP * reference.std, _LARGEST_STEP * reference.std)
        self._base = np.float32(np.sum(reference.weight * step))
        self._recorded = np.zeros(self._series.shape[1], np.int64)
        self._lost: NDArray[np.float32] | None = None

    @property
    def counts(self) -> NDArray[np.int64]:
        """Finite values of each channel, shape [nchans]."""
        if self.is_bytes:
            return np.full(self.nchans, self.nrecorded, np.int64)
        return self.sums[0, : self.nchans].astype(np.int64)

    @property
    def zero_dm(self) -> NDArray[np.float32]:
        """Weighted sum over the band; 0 where nothing was recorded, shape [nsamples]."""
        return self._zero_dm[: self.nsamples]

    def add(self, first: int, data: Spectra) -> None:
        """Add the spectra of the samples `first` and following."""
        spectra = np.ascontiguousarray(data)
        if self.nchans % GROUP:
            spectra = np.pad(spectra, ((0, 0), (0, self.sums.shape[1] - self.nchans)))
        place, outputs = (first, self.decimation), (self._series, self.sums, self._zero_dm)
        finite = self.counts.sum()
        if self._recorded[first // self.decimation] == 0:
            # A part that begins within a sample of the series adds to it.
            self._series[:, first // self.decimation] = 0
        if self.is_bytes:
            add_bytes(spectra.view(np.uint8), place, self._table, *outputs)
        else:
            add_floats(spectra.view(np.float32), place, self._table, *outputs)
        self._zero_dm[first : first + len(data)] += self._base
        self.nrecorded += len(data)
        edges = np.clip(np.arange(len(self._recorded) + 1) * self.decimation, first, first + len(data))
        self._recorded += edges[1:] - edges[:-1]
        if not self.is_bytes and self.counts.sum() - finite < data.size:
            self._note_lost(first, spectra.view(np.float32))

    def filled_series(self, mean: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the series with `mean`, of y, in place of what was not recorded or is not finite.

        Parameters
        ----------
        mean
            Mean of y of every channel and of those that fill the last lanes, shape [nchans, to a multiple of 64].

        Returns
        -------
        ndarray
            The series side by side, shape [nblocks, nsamples / decimation rounded up, 16]: those of this object, not a copy.
            A last sample that is not a whole one is to be left out.
        """
        self._series[:, self._recorded == 0] = 0
        nseries = self.nsamples // self.decimation
        lanes = mean.astype(np.float32).reshape(-1, 1, LANES)
        gaps = np.flatnonzero(self._recorded[:nseries] < self.decimation)
        if len(gaps):
            self._series[:, gaps] += lanes * (self.decimation - self._recorded[gaps, None]).astype(np.float32)
        if self._lost is not None:
            self._series += lanes * self._lost.reshape(len(self._lost), -1, LANES).transpose(1, 0, 2)
        return self._series

    def _note_lost(self, first: int, spectra: NDArray[np.float32]) -> None:
        """Count the values that are not finite, sample by sample of the series."""
        if self._lost is None:
            self._lost = np.zeros((self._series.shape[1], spectra.shape[1]), np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            is_lost = ~(np.square(spectra * self._table[0] - self._table[1]) < np.float32(LARGEST_SQUARE))
        samples, starts = np.unique(np.arange(first, first + len(spectra)) // self.decimation, return_index=True)
        self._lost[samples] += np.add.reduceat(is_lost, starts, axis=0, dtype=np.float32)


def series_values(nchans: int, nsamples: int, decimation: int) -> int:
    """Return the number of float32 values in the series of an interval."""
    return _padded(nchans) * -(-nsamples // decimation)


def _padded(nchans: int) -> int:
    return -(-nchans // GROUP) * GROUP


def _typical_values(head: Spectra, otherwise: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the middle one of the first finite values of every channel, or that of the reference; all float32 can hold."""
    values = np.sort(np.where(np.isfinite(head[:_LEVEL_SAMPLES]), head[:_LEVEL_SAMPLES], np.nan), axis=0)
    number = np.count_nonzero(~np.isnan(values), axis=0)
    if not len(values):
        return otherwise.astype(np.float32).astype(np.float64)
    middle = np.take_along_axis(values, number[None] // 2 * (number[None] > 0), axis=0)[0]
    return np.where(number > 0, middle, otherwise).astype(np.float32).astype(np.float64)


def _powers_of_two(std: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return powers of two near 1 / std: multiplying with them is exact. Channels that did not change go by their level."""
    spread = np.where(std > 0, std, np.abs(level))
    spread = np.where(spread > 0, spread, np.median(spread))
    exponents = np.rint(np.log2(np.where(spread > 0, spread, 1.0)))
    return np.asarray(np.exp2(-np.clip(exponents, -_LARGEST_EXPONENT, _LARGEST_EXPONENT)))
