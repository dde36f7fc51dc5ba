"""What folding needs to know of a recording: its samples, its channels, and when they hold a signal."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.presence import Presence


@dataclass(frozen=True, slots=True)
class FoldGeometry:
    """What folding needs to know of a clean recording."""

    nsamples: int
    """Number of samples of the recording."""
    tsamp: float
    """Sampling time in s."""
    chan_freqs_mhz: NDArray[np.float64]
    """Centre of the channel in each row of the clean data in MHz, descending, shape [nchans]; rows of padding left out."""
    good_channels: NDArray[np.bool_]
    """Rows that hold a signal at all, shape [nchans]; the others are neither read nor counted."""
    noise_std: float = 16.0
    """Standard deviation of the clean samples of one channel."""
    is_series: bool = False
    """True for a float32 series that was dedispersed before: one channel, no delays."""
    presence: Presence | None = None
    """When the good channels hold a signal, and not the value that stands for none; None for always."""
    barycentre: BarycentricModel | None = None
    """How time runs at the barycentre, where spins are barycentric and the samples are not; else None."""

    @property
    def tobs_s(self) -> float:
        """Length of the recording in s."""
        return self.nsamples * self.tsamp

    @property
    def reference_mhz(self) -> float:
        """Frequency against which delays are removed, in MHz: the centre of the top channel."""
        return float(self.chan_freqs_mhz[0])

    @property
    def series_step(self) -> float:
        """Step to which samples of a series are rounded for exact sums: a power of two, at most 1/4096 of the noise."""
        return float(2.0 ** np.floor(np.log2(self.noise_std)) / 4096.0)
