"""Statistics of the channels and the mask that follows from them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ChannelStatistics:
    """Mean and spread of every channel over a recording, channels in file order."""

    mean: NDArray[np.float64]
    """Mean of the samples of each channel, in the units of the file, shape [nchans]."""
    std: NDArray[np.float64]
    """Standard deviation of the samples of each channel, in the units of the file, shape [nchans]."""
    nsamples: int
    """Number of samples the statistics were taken over."""


@dataclass(frozen=True, slots=True)
class RFIMask:
    """Which channels are bad in which intervals of time, channels in file order."""

    mask: NDArray[np.bool_]
    """True = bad, shape [nintervals, nchans]."""
    interval_samples: int
    """Length of an interval in samples; the last interval may be shorter."""
    reason: NDArray[np.str_]
    """Why a channel is bad as a whole, empty where it is not, shape [nchans]."""

    @property
    def masked_fraction(self) -> float:
        """Fraction of the data that is masked."""
        return float(self.mask.mean())

    @property
    def bad_channels(self) -> NDArray[np.bool_]:
        """Channels that are bad in every interval, shape [nchans]."""
        return np.asarray(self.mask.all(axis=0))
