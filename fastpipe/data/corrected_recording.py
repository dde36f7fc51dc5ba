"""A recording whose header the user has corrected."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.data.recording import Chunk, Recording


@dataclass(frozen=True, slots=True)
class CorrectedRecording:
    """The samples of a recording under another header."""

    recording: Recording
    """Where the samples come from."""
    header: Header
    """What is right; as many channels and samples as there are."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files the recording consists of, in the order of time."""
        return self.recording.paths

    @property
    def gaps(self) -> tuple[Chunk, ...]:
        """Stretches that were not recorded, in the order of time."""
        return self.recording.gaps

    @property
    def oddities(self) -> tuple[str, ...]:
        """Sentences on what the reader found odd in header and files."""
        return self.recording.oddities

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return the spectra `start` to `stop` as the recording gives them."""
        return self.recording.read(start, stop)
