"""Which samples of a recording are interference, and why."""

from dataclasses import dataclass, field
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray


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


def _no_ranges() -> NDArray[np.int64]:
    return np.empty((0, 2), np.int64)


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
    bad_samples: NDArray[np.int64] = field(default_factory=_no_ranges)
    """Stretches that are bad in all channels, first sample and sample after the last, ascending and apart from each other:
    broadband spikes and gaps, shape [nstretches, 2]."""

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
        good = (self.interval_lengths - self._bad_of_intervals()) * np.count_nonzero(~self.mask, axis=1)
        return float(1.0 - good.sum() / (self.nsamples * self.reasons.shape[1]))

    @property
    def bad_channels(self) -> NDArray[np.bool_]:
        """Channels that are bad in every interval, shape [nchans]."""
        return np.asarray(self.mask.all(axis=0))

    def _bad_of_intervals(self) -> NDArray[np.int64]:
        """Bad samples of each interval, shape [nintervals]."""
        edges = np.concatenate(([0], np.cumsum(self.interval_lengths)))
        starts, stops = self.bad_samples[:, 0], self.bad_samples[:, 1]
        lengths = np.concatenate(([0], np.cumsum(stops - starts)))
        # Bad samples before an edge: those of the stretches that began before it, less what lies past it.
        index = np.searchsorted(starts, edges)
        past = np.where(index > 0, np.maximum(np.concatenate(([0], stops))[index] - edges, 0), 0)
        return np.diff(lengths[index] - past)


def describe_reasons(reasons: int) -> str:
    """Return the names of all reasons in a sum, in lower case.

    Examples
    --------
    >>> describe_reasons(Reason.LEVEL | Reason.CHANNEL)
    'level, channel'
    """
    return ", ".join(str(reason.name).lower() for reason in Reason if reasons & reason)
