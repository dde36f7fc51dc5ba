"""Statistics of the channels of a recording, over all of it and interval by interval."""

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
class IntervalStatistics:
    """Statistics of every channel in every interval of a recording, channels in file order.

    Where a channel holds no finite value in an interval, or does not change in it, all but `counts`, `mean` and `clipped`
    are 0.
    """

    interval_samples: int
    """Length of an interval in samples; the last one may be shorter."""
    nsamples: int
    """Length of the recording in samples."""
    counts: NDArray[np.int64]
    """Finite values that were recorded, without those of gaps, shape [nintervals, nchans]."""
    mean: NDArray[np.float64]
    """Mean in the units of the file, shape [nintervals, nchans]."""
    std: NDArray[np.float64]
    """Standard deviation in the units of the file, shape [nintervals, nchans]."""
    skewness: NDArray[np.float64]
    """Third central moment over the cube of the standard deviation: 0 in Gaussian noise, shape [nintervals, nchans]."""
    kurtosis: NDArray[np.float64]
    """Fourth central moment over the squared variance, less 3: 0 in Gaussian noise, shape [nintervals, nchans]."""
    fourier_power: NDArray[np.float64]
    """Largest power in the spectrum of the channel's series, where white noise has mean 1, shape [nintervals, nchans]."""
    clipped: NDArray[np.float64]
    """Fraction of values at the ends of the stored range; 0 for floats, shape [nintervals, nchans]."""
    zero_dm: NDArray[np.float32]
    """Sum over channels of (value - mean) / std, times a constant that gives noise which channels do not share a standard
    deviation of 1; 0 in gaps, shape [nsamples]."""

    @property
    def nintervals(self) -> int:
        """Number of intervals."""
        return len(self.counts)
