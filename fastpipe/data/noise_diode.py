"""A calibration noise diode that is switched on and off while a recording runs."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.sample_stretches import Stretches, cut_stretches


@dataclass(frozen=True, slots=True)
class NoiseDiode:
    """When a noise diode is on, and how far it raises each channel; channels in file order."""

    period_samples: float
    """Time between two switchings on, in samples."""
    on_samples: float
    """Time that it stays on, in samples."""
    first_on: float
    """Time of the first switching on at or after sample 0, in samples; whole numbers are the starts of samples."""
    rise: NDArray[np.float64]
    """Mean level while on less mean level while off, in the units of the file, shape [nchans]."""

    @property
    def duty_cycle(self) -> float:
        """Fraction of the time that it is on."""
        return self.on_samples / self.period_samples

    def fraction_on(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return the fraction of each of the samples `start` to `stop` - 1 in which it is on, shape [stop - start]."""
        return square_wave(self.period_samples, self.on_samples, self.first_on, start, stop)

    def stretches_on(self, nsamples: int) -> Stretches:
        """Return the samples 0 to `nsamples` - 1 in which it is on for any part of the sample.

        Parameters
        ----------
        nsamples
            Length of the recording in samples.

        Returns
        -------
        ndarray
            First sample and sample after the last, ascending and apart from each other, int64 [nstretches, 2].

        Examples
        --------
        >>> NoiseDiode(4.0, 1.5, 1.0, np.zeros(1)).stretches_on(8).tolist()
        [[1, 3], [5, 7]]
        """
        first = math.floor(-(self.first_on + self.on_samples) / self.period_samples)
        last = math.ceil((nsamples - self.first_on) / self.period_samples)
        on = self.first_on + self.period_samples * np.arange(first, last + 1)
        edges = np.stack([np.floor(on), np.ceil(on + self.on_samples)], axis=1)
        return cut_stretches(edges.astype(np.int64), 0, nsamples)


def square_wave(period_samples: float, on_samples: float, first_on: float, start: int, stop: int) -> NDArray[np.float32]:
    """Return how much of each sample a source that is switched on and off regularly is on.

    Parameters
    ----------
    period_samples, on_samples
        Time between two switchings on, and time that it stays on, in samples.
    first_on
        Time of any switching on in samples; whole numbers are the starts of samples.
    start, stop
        The samples: `start` to `stop` - 1.

    Returns
    -------
    ndarray
        Fractions of each sample, shape [stop - start].

    Examples
    --------
    >>> square_wave(4.0, 1.5, 1.0, 0, 8)
    array([0. , 1. , 0.5, 0. , 0. , 1. , 0.5, 0. ], dtype=float32)
    """
    turns, rest = np.divmod(np.arange(start, stop + 1) - first_on, period_samples)
    on_until = turns * on_samples + np.minimum(rest, on_samples)
    return np.diff(on_until).astype(np.float32)
