"""One DM trial of a recording: its series, and the powers of its spectrum."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TrialSeries:
    """A recording dedispersed at one DM."""

    values: NDArray[np.float32]
    """The series in units of the cleaned data, shape [nsamples]."""
    dm: float
    """DM in pc cm^-3."""
    tsamp: float
    """Sampling time in s, as at the telescope."""

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Middle of each sample in s after the begin of the recording, shape [nsamples]."""
        return np.asarray((np.arange(len(self.values)) + 0.5) * self.tsamp)


@dataclass(frozen=True, slots=True)
class TrialPowers:
    """Whitened powers of a series, as the search for periodic signals sums them."""

    powers: NDArray[np.float32]
    """Powers at half Fourier bins: mean 1 and exponential in noise, shape [nfft]."""
    dm: float
    """DM in pc cm^-3."""
    tsamp: float
    """Sampling time in s, in the frame of the spectrum."""
    frame: str
    """Frame of the frequencies: topocentric or barycentric."""

    @property
    def bin_hz(self) -> float:
        """Width of a Fourier bin in Hz: one over the length of the transform."""
        return 1.0 / (len(self.powers) * self.tsamp)

    @property
    def freqs_hz(self) -> NDArray[np.float64]:
        """Frequency of each power in Hz, shape [nfft]."""
        return np.asarray(0.5 * self.bin_hz * np.arange(len(self.powers)))
