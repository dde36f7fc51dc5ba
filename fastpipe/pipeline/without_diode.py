"""A recording from which a noise diode is subtracted as it is read."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.data.noise_diode import NoiseDiode
from fastpipe.data.recording import Chunk, Recording

_PART_VALUES = 2**15
"""Values that are subtracted at a time: what is subtracted from so many stays in the second-level cache."""


@dataclass(frozen=True)
class WithoutDiode:
    """A recording less the rise of its noise diode; all stages take it for a recording of float32."""

    recording: Recording
    diode: NoiseDiode

    @cached_property
    def header(self) -> Header:
        """That of the recording, with 32 bits a value."""
        return replace(self.recording.header, nbits=32)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Those of the recording."""
        return self.recording.paths

    @property
    def gaps(self) -> tuple[Chunk, ...]:
        """Those of the recording."""
        return self.recording.gaps

    @property
    def oddities(self) -> tuple[str, ...]:
        """Those of the recording."""
        return self.recording.oddities

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
