"""Which samples of a recording are interference, and why."""

from dataclasses import dataclass, field, replace
from enum import IntFlag
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.sample_stretches import Stretches, cut_stretches, merge_stretches, no_stretches, subtract_stretches
from fastpipe.errors import ConfigError


class Reason(IntFlag):
    """Why a channel is masked in an interval; several reasons add up."""

    DEAD = 1
    """Its samples never change."""
    GIVEN = 2
    """A mask, a list of channels or a range of frequencies was given."""
    EDGE = 4
    """At an edge of the band, where the receiver hears little."""
    SPREAD = 8
    """Its noise is stronger than that of its neighbours."""
    LEVEL = 16
    """Its mean or its noise jumps away from those of the other intervals."""
    SHAPE = 32
    """Its samples are not distributed as those of its neighbours: skewness or kurtosis."""
    PERIODIC = 64
    """It holds a periodic signal that its neighbours do not hold."""
    CLIPPED = 128
    """Too many samples are at the ends of the range."""
    CHANNEL = 256
    """The channel is bad in too many intervals."""
    INTERVAL = 512
    """Too many channels are bad in the interval."""


@dataclass(frozen=True, slots=True)
class RFIMask:
    """Which channels are bad in which intervals of time, and which samples are bad in all channels.

    Channels are in file order. Interval i holds samples i * interval_samples to (i + 1) * interval_samples - 1; the last one
    may be shorter.
    """

    reasons: NDArray[np.uint16]
    """Sum of `Reason`, 0 = good, shape [nintervals, nchans]."""
    interval_samples: int
    """Length of an interval in samples."""
    nsamples: int
    """Length of the recording in samples."""
    bad_samples: Stretches = field(default_factory=no_stretches)
    """Stretches that are bad in all channels, first sample and sample after the last, ascending and apart from each other:
    broadband spikes and gaps, shape [nstretches, 2]."""

    def __repr__(self) -> str:
        nintervals, nchans = self.reasons.shape
        return (
            f"RFIMask of {nintervals} interval{'s' * (nintervals != 1)} of {self.interval_samples} samples in {nchans} "
            f"channels: {100 * self.masked_fraction:.2f} % masked, {np.count_nonzero(self.bad_channels)} channels throughout"
        )

    @property
    def mask(self) -> NDArray[np.bool_]:
        """True = bad, shape [nintervals, nchans]."""
        return np.asarray(self.reasons != 0)

    @property
    def interval_lengths(self) -> NDArray[np.int64]:
        """Samples of each interval, shape [nintervals]."""
        edges = np.minimum(np.arange(len(self.reasons) + 1) * self.interval_samples, self.nsamples)
        return np.diff(edges)

    @property
    def masked_fraction(self) -> float:
        """Fraction of the samples of all channels that is masked."""
        good = self._good_of_intervals() * np.count_nonzero(~self.mask, axis=1)
        return float(1.0 - good.sum() / (self.nsamples * self.reasons.shape[1]))

    @property
    def interval_fractions(self) -> NDArray[np.float64]:
        """Fraction of the samples of all channels that is masked in each interval, shape [nintervals]."""
        good_samples = self._good_of_intervals() / self.interval_lengths
        return np.asarray(1.0 - good_samples * np.mean(~self.mask, axis=1))

    @property
    def channel_fractions(self) -> NDArray[np.float64]:
        """Fraction of the samples of each channel that is masked, shape [nchans]."""
        return np.asarray(1.0 - (self._good_of_intervals() @ ~self.mask) / self.nsamples)

    @property
    def bad_channels(self) -> NDArray[np.bool_]:
        """Channels that are bad in every interval, shape [nchans]."""
        return np.asarray(self.mask.all(axis=0))

    def fraction_of(self, reason: Reason) -> float:
        """Return the fraction of the samples of all channels for which a reason was found.

        Parameters
        ----------
        reason
            One reason, or a sum of which any counts.
        """
        found = np.count_nonzero(self.reasons & np.uint16(reason), axis=1)
        return float((self.interval_lengths * found).sum() / (self.nsamples * self.reasons.shape[1]))

    def on_grid(self, interval_samples: int) -> Self:
        """Return the mask in intervals of another length.

        Parameters
        ----------
        interval_samples
            Length of the new intervals in samples.

        Returns
        -------
        RFIMask
            A new interval has the reasons of every old one of which it holds a sample: nothing that is masked becomes good,
            and nothing good is masked where the old length is a multiple of the new one.
        """
        if interval_samples == self.interval_samples:
            return self
        return replace(
            self, reasons=self._regroup(self.reasons, np.bitwise_or, interval_samples), interval_samples=interval_samples
        )

    def with_length(self, nsamples: int) -> Self:
        """Return the mask for a recording of another length that begins at the same sample.

        Parameters
        ----------
        nsamples
            Length of that recording in samples.

        Returns
        -------
        RFIMask
            What lies beyond the new end is dropped. Intervals that the mask does not reach are good, except for channels
            that are bad in all intervals of the mask.
        """
        nintervals = -(-nsamples // self.interval_samples)
        beyond = np.where(self.bad_channels, np.bitwise_or.reduce(self.reasons, axis=0), 0)
        reasons = np.tile(beyond.astype(np.uint16), (nintervals, 1))
        reasons[: len(self.reasons)] = self.reasons[:nintervals]
        return replace(self, reasons=reasons, nsamples=nsamples, bad_samples=cut_stretches(self.bad_samples, 0, nsamples))

    def union(self, other: Self) -> Self:
        """Return what is masked in this mask or in another of the same recording.

        Parameters
        ----------
        other
            A mask with as many channels and samples.

        Returns
        -------
        RFIMask
            In the shorter of both lengths of intervals (see `on_grid`); reasons add up, stretches of bad samples merge.

        Raises
        ------
        ConfigError
            If the masks have different numbers of channels or samples.
        """
        self._check_same_recording(other)
        interval_samples = min(self.interval_samples, other.interval_samples)
        return replace(
            self,
            reasons=self.on_grid(interval_samples).reasons | other.on_grid(interval_samples).reasons,
            interval_samples=interval_samples,
            bad_samples=merge_stretches(self.bad_samples, other.bad_samples),
        )

    def difference(self, other: Self) -> Self:
        """Return what is masked in this mask and not in another of the same recording.

        Parameters
        ----------
        other
            A mask with as many channels and samples.

        Returns
        -------
        RFIMask
            In the intervals of this mask. A channel stays masked in an interval unless the other mask has it throughout that
            interval; stretches of bad samples are subtracted from stretches.

        Raises
        ------
        ConfigError
            If the masks have different numbers of channels or samples.
        """
        self._check_same_recording(other)
        is_covered = other._regroup(other.mask, np.logical_and, self.interval_samples)
        return replace(
            self,
            reasons=np.where(is_covered, 0, self.reasons).astype(np.uint16),
            bad_samples=subtract_stretches(self.bad_samples, other.bad_samples),
        )

    def of_channels(self, channels: NDArray[np.integer] | NDArray[np.bool_]) -> Self:
        """Return what is masked in some channels, without the stretches that are bad in all channels.

        Parameters
        ----------
        channels
            Numbers of the channels in file order, or True for those wanted, shape [nchans].

        Returns
        -------
        RFIMask
            In the intervals of this mask.
        """
        reasons = np.zeros_like(self.reasons)
        reasons[:, channels] = self.reasons[:, channels]
        return replace(self, reasons=reasons, bad_samples=no_stretches())

    def between(self, start: int, stop: int) -> Self:
        """Return what is masked in a stretch of time.

        Parameters
        ----------
        start, stop
            First sample and sample after the last.

        Returns
        -------
        RFIMask
            An interval of which a part lies there stays whole; stretches of bad samples are cut.
        """
        starts = np.arange(len(self.reasons)) * self.interval_samples
        is_there = (starts < stop) & (starts + self.interval_lengths > start)
        reasons = np.where(is_there[:, None], self.reasons, 0).astype(np.uint16)
        return replace(self, reasons=reasons, bad_samples=cut_stretches(self.bad_samples, start, stop))

    def _check_same_recording(self, other: Self) -> None:
        mine, its = (self.reasons.shape[1], self.nsamples), (other.reasons.shape[1], other.nsamples)
        if mine != its:
            raise ConfigError(
                f"found masks of {mine[0]} channels by {mine[1]} samples and of {its[0]} by {its[1]}, expected two of the "
                "same recording; take masks of equal size"
            )

    def _regroup(self, values: NDArray[Any], combine: np.ufunc, interval_samples: int) -> NDArray[Any]:
        """Combine the rows of all old intervals that touch each new one, shape [new nintervals, nchans]."""
        starts = np.arange(0, self.nsamples, interval_samples)
        stops = np.minimum(starts + interval_samples, self.nsamples)
        rows = np.stack([starts // self.interval_samples, -(-stops // self.interval_samples)], axis=1)
        # Pairs of rows: every second result is the one between a pair; one more row lets the last pair end at the end.
        padded = np.concatenate([values, values[-1:]])
        return np.asarray(combine.reduceat(padded, rows.ravel(), axis=0)[::2])

    def _good_of_intervals(self) -> NDArray[np.int64]:
        """Count the samples of each interval that are not in a stretch of bad samples, shape [nintervals]."""
        edges = np.concatenate(([0], np.cumsum(self.interval_lengths)))
        starts, stops = self.bad_samples[:, 0], self.bad_samples[:, 1]
        lengths = np.concatenate(([0], np.cumsum(stops - starts)))
        # Bad samples before an edge: those of the stretches that began before it, less what lies past it.
        index = np.searchsorted(starts, edges)
        past = np.where(index > 0, np.maximum(np.concatenate(([0], stops))[index] - edges, 0), 0)
        return self.interval_lengths - np.diff(lengths[index] - past)
