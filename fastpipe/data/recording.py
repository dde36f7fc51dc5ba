"""What every reader gives, and how a recording is cut into chunks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from fastpipe.data.header import Header


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of consecutive samples of one recording: the half-open range `start` to `stop`."""

    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


class Recording(Protocol):
    """An open recording: a header, and spectra by position.

    Readers of all formats look like this, so no other part of fastpipe knows formats. `read` may be called from
    several threads at once.
    """

    @property
    def header(self) -> Header:
        """What the recording says of itself."""
        ...

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files the recording consists of, in the order of time."""
        ...

    @property
    def gaps(self) -> tuple[Chunk, ...]:
        """Stretches that were not recorded, in the order of time; empty for most recordings.

        `read` fills them with the mean of each channel over the samples just before the gap, so that nothing jumps.
        """
        ...

    @property
    def oddities(self) -> tuple[str, ...]:
        """Sentences on what the reader found odd, or had to decide, in header and files; empty for most recordings."""
        ...

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return the spectra `start` to `stop` as [stop - start, nchans], uint8 or float32, channels in file order."""
        ...


def cut_into_chunks(nsamples: int, chunk_samples: int) -> tuple[Chunk, ...]:
    """Cut a recording into chunks that cover every sample once.

    Parameters
    ----------
    nsamples
        Length of the recording in samples.
    chunk_samples
        Length of a chunk in samples; the last one may be shorter.

    Returns
    -------
    tuple of Chunk
        Chunks in the order of time.

    Examples
    --------
    >>> cut_into_chunks(10, 4)
    (Chunk(start=0, stop=4), Chunk(start=4, stop=8), Chunk(start=8, stop=10))
    """
    return tuple(Chunk(start, min(start + chunk_samples, nsamples)) for start in range(0, nsamples, chunk_samples))


def without_gaps(chunk: Chunk, gaps: tuple[Chunk, ...]) -> list[Chunk]:
    """Return the parts of a chunk that were recorded.

    Parameters
    ----------
    chunk
        A stretch of the recording.
    gaps
        Stretches that were not recorded, in the order of time.

    Returns
    -------
    list of Chunk
        What is left of `chunk`, in the order of time.

    Examples
    --------
    >>> without_gaps(Chunk(0, 10), (Chunk(3, 5),))
    [Chunk(start=0, stop=3), Chunk(start=5, stop=10)]
    """
    parts, start = [], chunk.start
    for gap in gaps:
        if gap.stop > start and gap.start < chunk.stop:
            if gap.start > start:
                parts.append(Chunk(start, gap.start))
            start = gap.stop
    if start < chunk.stop:
        parts.append(Chunk(start, chunk.stop))
    return parts
