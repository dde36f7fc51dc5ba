"""A recording seen through its cleaning: any stretch, at any time resolution, as clean channels."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.cleaning import (
    CleaningTable,
    channel_moments,
    clean_chunk,
    cleaning_table,
    mask_channels,
    statistics_of_moments,
)
from fastpipe.algorithms.dedispersion import ZERO_LEVEL
from fastpipe.config import CleaningConfig
from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe.data.recording import Chunk, Recording, cut_into_chunks, without_gaps
from fastpipe.data.rfi_mask import RFIMask
from fastpipe.pipeline.executor import Executor

READ_BYTES = 2**23
"""Bytes of the recording that one task reads at a time."""

_STRETCHES = 64
"""Largest number of stretches whose statistics are held at once."""


@dataclass(frozen=True)
class CleanRecording:
    """A filterbank recording with its channel statistics, its mask and the filters to apply."""

    recording: Recording
    statistics: ChannelStatistics
    rfi_mask: RFIMask
    zero_dm: bool

    @cached_property
    def good_channels(self) -> NDArray[np.bool_]:
        """Clean channels that are not masked, top of the band first, shape [nchans]."""
        good = ~self.rfi_mask.bad_channels
        return good[::-1] if self.recording.header.foff > 0 else good

    def table(self, downsample: int) -> CleaningTable:
        """Return the numbers with which spectra become clean samples of `downsample` spectra each."""
        is_ascending = self.recording.header.foff > 0
        return cleaning_table(
            self.statistics, self.rfi_mask, is_ascending=is_ascending, downsample=downsample, zero_dm=self.zero_dm
        )

    def read(self, chunk: Chunk, downsample: int, shape: tuple[int, int]) -> NDArray[np.uint8]:
        """Return a stretch of clean channels.

        Parameters
        ----------
        chunk
            The stretch, in samples of `downsample` spectra; it may reach beyond both ends of the recording.
        downsample
            Spectra added into one sample.
        shape
            Rows and columns of the result, at least the channels and the stretch.

        Returns
        -------
        ndarray
            Channel-major samples, uint8 of the given shape, `ZERO_LEVEL` beyond the recording, the channels and the stretch.
        """
        header = self.recording.header
        channels = np.full(shape, ZERO_LEVEL, np.uint8)
        table = self.table(downsample)
        first, last = max(chunk.start, 0), min(chunk.stop, -(-header.nsamples // downsample))
        step = max(READ_BYTES // (header.nchans * downsample), 1)
        for piece in cut_into_chunks(max(last - first, 0), step):
            start = first + piece.start
            stop = min((first + piece.stop) * downsample, header.nsamples)
            clean_chunk(self.recording.read(start * downsample, stop), table, channels, start - chunk.start)
        for gap in self.recording.gaps:
            start, stop = -(-gap.start // downsample) - chunk.start, gap.stop // downsample - chunk.start
            channels[:, max(start, 0) : max(stop, 0)] = ZERO_LEVEL
        return channels


def prepare(recording: Recording, config: CleaningConfig, executor: Executor) -> CleanRecording:
    """Take the statistics of a recording in one pass and decide what to mask."""
    header = recording.header
    read_spectra = max(READ_BYTES // header.nchans, 1)

    def moments(stretch: Chunk) -> NDArray[np.float64]:
        total = np.zeros((3, header.nchans))
        for piece in cut_into_chunks(len(stretch), read_spectra):
            chunk = Chunk(stretch.start + piece.start, stretch.start + piece.stop)
            for part in without_gaps(chunk, recording.gaps):
                total += channel_moments(recording.read(part.start, part.stop))
        return total

    # The stretches depend on the recording alone and are added in the order of time, so the sums are always the same.
    stretches = cut_into_chunks(header.nsamples, max(-(-header.nsamples // _STRETCHES), read_spectra))
    statistics = statistics_of_moments(np.sum(executor.map(moments, stretches, "channel statistics"), axis=0))
    return CleanRecording(recording, statistics, mask_channels(statistics, 2 * config.spread_sigma), config.zero_dm == "on")
