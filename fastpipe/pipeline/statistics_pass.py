"""The first pass over a recording: statistics of every channel in every interval, and the sum over the band."""

import threading
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.interval_statistics import (
    PART_MULTIPLE,
    IntervalGrid,
    interval_grid,
    interval_statistics,
    join_intervals,
)
from fastpipe.algorithms.interval_sums import series_values
from fastpipe.algorithms.reference_levels import reference_levels
from fastpipe.config import CleaningConfig
from fastpipe.data.channel_statistics import IntervalStatistics
from fastpipe.data.header import Header
from fastpipe.data.recording import Chunk, Recording, cut_into_chunks, without_gaps
from fastpipe.pipeline.clean_recording import READ_BYTES, spectrum_bytes
from fastpipe.pipeline.executor import Executor

_LOOK_STRETCHES = 16
_LOOK_SAMPLES = 64
"""Number and length of the stretches that tell the levels: a thousand spectra in all, spread over the recording."""
_BITS_THAT_CLIP = 8
_LEAST_INTERVAL_SAMPLES = 64


class _ThreadSpace(threading.local):
    """Memory of each thread to work in: memory that is asked for anew in every task costs as much as the sums."""

    def __init__(self, nvalues: int) -> None:
        self.values = np.empty(nvalues, np.float32)


def grid_of_intervals(header: Header, config: CleaningConfig) -> IntervalGrid:
    """Return how a recording is cut into intervals: as the option says, but of 64 samples at least.

    Fewer samples tell no noise: with one sample in an interval, every channel would look dead.
    """
    return interval_grid(header.tsamp, max(config.interval_s, _LEAST_INTERVAL_SAMPLES * header.tsamp))


def take_statistics(recording: Recording, config: CleaningConfig, executor: Executor) -> IntervalStatistics:
    """Read a recording once and take its statistics, one task an interval.

    Parameters
    ----------
    recording
        An open recording.
    config
        Options; only the length of the intervals is used.
    executor
        Who runs the tasks. Their results do not depend on it.

    Returns
    -------
    IntervalStatistics
        Of all intervals, channels in file order. The sum over the band is counted from levels that a short look at 16
        stretches of the recording found.
    """
    header = recording.header
    grid = grid_of_intervals(header, config)
    stretches = cut_into_chunks(header.nsamples, max(_LOOK_SAMPLES, -(-header.nsamples // _LOOK_STRETCHES)))
    looks = (Chunk(stretch.start, min(stretch.start + _LOOK_SAMPLES, stretch.stop)) for stretch in stretches)
    reference = reference_levels((data for look in looks for _, data in recorded_parts(recording, look)), header.nchans)
    # Recordings of fewer bits use their outermost levels all the time; that is no clipping.
    count_ends = header.nbits == _BITS_THAT_CLIP
    longest = min(grid.interval_samples, header.nsamples)
    space = _ThreadSpace(series_values(header.nchans, longest, grid.decimation))

    def statistics(interval: Chunk) -> IntervalStatistics:
        parts = recorded_parts(recording, interval)
        length, decimation = len(interval), grid.decimation
        return interval_statistics(parts, length, reference, decimation, count_ends=count_ends, space=space.values)

    intervals = cut_into_chunks(header.nsamples, grid.interval_samples)
    return join_intervals(executor.map(statistics, intervals, "channel statistics"), grid.interval_samples)


def recorded_parts(recording: Recording, stretch: Chunk) -> Iterator[tuple[int, NDArray[np.uint8] | NDArray[np.float32]]]:
    """Read what was recorded of a stretch, piece by piece, each with its first sample counted from the start of it."""
    step = max(READ_BYTES // spectrum_bytes(recording.header) // PART_MULTIPLE, 1) * PART_MULTIPLE
    for piece in cut_into_chunks(len(stretch), step):
        for part in without_gaps(Chunk(stretch.start + piece.start, stretch.start + piece.stop), recording.gaps):
            yield part.start - stretch.start, recording.read(part.start, part.stop)
