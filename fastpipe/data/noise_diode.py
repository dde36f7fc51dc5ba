"""A calibration noise diode that is switched on and off while a recording runs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
        edges = np.arange(start, stop + 1) - self.first_on
        turns, rest = np.divmod(edges, self.period_samples)
        on_until = turns * self.on_samples + np.minimum(rest, self.on_samples)
        return np.diff(on_until).astype(np.float32)
