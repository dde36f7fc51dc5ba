"""A recording from which a noise diode is subtracted as it is read."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.corrected_recording import CorrectedRecording
from fastpipe.data.noise_diode import NoiseDiode
from fastpipe.data.recording import Recording

_PART_VALUES = 2**15
"""Values that are subtracted at a time: what is subtracted from so many stays in the second-level cache."""


def without_diode(recording: Recording, diode: NoiseDiode) -> "WithoutDiode":
    """Return a recording less the rise of its noise diode; all stages take it for a recording of float32."""
    return WithoutDiode(recording, replace(recording.header, nbits=32), diode)


@dataclass(frozen=True, slots=True)
class WithoutDiode(CorrectedRecording):
    """The samples of a recording less the rise of its noise diode; made by `without_diode`."""

    diode: NoiseDiode

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return the spectra `start` to `stop` with the diode off, float32 [stop - start, nchans]."""
        data = self.recording.read(start, stop).astype(np.float32, order="C")
        fraction, rise = self.diode.fraction_on(start, stop), self.diode.rise.astype(np.float32)
        step = max(_PART_VALUES // self.header.nchans, 1)
        for first in range(0, len(data), step):
            part = fraction[first : first + step]
            if part.any():
                data[first : first + step] -= part[:, None] * rise
        return data
