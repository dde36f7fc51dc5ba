"""A recording seen through its cleaning: any stretch, at any time resolution, as clean channels."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.cleaning import CleaningTable, Spectra, clean_spectra, cleaning_table
from fastpipe.algorithms.dedispersion import ZERO_LEVEL
from fastpipe.algorithms.zero_dm import ZeroDMFilter, dm_of_filter
from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe.data.header import Header
from fastpipe.data.recording import Chunk, Recording, cut_into_chunks
from fastpipe.data.rfi_mask import RFIMask
from fastpipe.data.sample_stretches import Stretches, merge_stretches, stretches_of

READ_BYTES = 2**23
"""Bytes of the recording that one task reads at a time."""

_SPECTRUM_BYTES = 64
"""Bytes besides its values that cleaning needs for every spectrum of a piece."""


def spectrum_bytes(header: Header) -> int:
    """Return the bytes of one spectrum as recordings give it: uint8 up to 8 bits, float32 beyond."""
    return header.nchans * (1 if header.nbits <= 8 else 4)


class SampleKind(NamedTuple):
    """What the clean samples are that a shard is dedispersed from."""

    downsample: int
    """Spectra of the recording added into one sample."""
    is_filtered: bool
    """True with the zero-DM filter, if the recording has one."""


@dataclass(frozen=True)
class CleanRecording:
    """A filterbank recording with its channel statistics, its mask and the filters to apply."""

    recording: Recording
    statistics: ChannelStatistics
    """Every channel over the samples that are not masked."""
    rfi_mask: RFIMask
    """What becomes the mean of its channel; so do the gaps of the recording, whether or not they are in the mask."""
    zero_dm: ZeroDMFilter | None = None
    """Filter for the intervals of the mask, or None."""

    def __post_init__(self) -> None:
        # The kernels would read beyond the end of a mask or a filter that is too short.
        expected = (-(-self.recording.header.nsamples // self.rfi_mask.interval_samples), self.recording.header.nchans)
        found: dict[str, NDArray[Any]] = {"a mask": self.rfi_mask.reasons}
        if self.zero_dm is not None:
            found["a zero-DM filter"] = self.zero_dm.weight
        for name, array in found.items():
            if array.shape != expected:
                raise ValueError(
                    f"found {name} of shape {array.shape}, expected {expected} (intervals, channels); make it for this "
                    "recording"
                )

    @cached_property
    def good_channels(self) -> NDArray[np.bool_]:
        """Clean channels that are not masked in all intervals, top of the band first, shape [nchans]."""
        good = ~self.rfi_mask.bad_channels
        return good[::-1] if self.recording.header.foff > 0 else good

    @cached_property
    def unfiltered_below_dm(self) -> float:
        """DM in pc cm^-3 below which a zero-DM filter would remove too much of a pulsar; 0 without filter."""
        return 0.0 if self.zero_dm is None else dm_of_filter(self.recording.header.chan_freqs_mhz)

    @property
    def piece_spectra(self) -> int:
        """Spectra that are read and cleaned at a time, so that they need no more than `READ_BYTES`."""
        return max(READ_BYTES // (spectrum_bytes(self.recording.header) + _SPECTRUM_BYTES), 1)

    @cached_property
    def _bad_stretches(self) -> Stretches:
        return merge_stretches(self.rfi_mask.bad_samples, stretches_of(self.recording.gaps))

    def intervals(self, stretch: Chunk) -> Chunk:
        """Return the intervals of the mask that hold the samples of a stretch, which is not empty."""
        length = self.rfi_mask.interval_samples
        return Chunk(stretch.start // length, (stretch.stop - 1) // length + 1)

    def table(self, intervals: Chunk, downsample: int, *, is_filtered: bool) -> CleaningTable:
        """Return the numbers with which spectra of some intervals become clean samples of `downsample` spectra each."""
        rows = slice(intervals.start, intervals.stop)
        weight = self.zero_dm.weight[rows] if self.zero_dm is not None and is_filtered else None
        is_ascending = self.recording.header.foff > 0
        is_good = self.rfi_mask.reasons[rows] == 0
        return cleaning_table(self.statistics, is_good, weight, is_ascending=is_ascending, downsample=downsample)

    def spectra(self, stretch: Chunk) -> Spectra:
        """Read a stretch, and tell of each spectrum which row it has in the table of the intervals of the stretch."""
        start, stop = stretch.start, stretch.stop
        length = self.rfi_mask.interval_samples
        interval = np.arange(start, stop, dtype=np.int64) // length - start // length
        bad = self._bad_stretches
        overlapping = bad[np.searchsorted(bad[:, 1], start, side="right") : np.searchsorted(bad[:, 0], stop)]
        for first, last in (overlapping - start).tolist():
            interval[max(first, 0) : last] = -1
        return Spectra(self.recording.read(start, stop), interval)

    def read(self, chunk: Chunk, downsample: int, shape: tuple[int, int], *, is_filtered: bool = True) -> NDArray[np.uint8]:
        """Return a stretch of clean channels.

        Parameters
        ----------
        chunk
            The stretch, in samples of `downsample` spectra; it may reach beyond both ends of the recording.
        downsample
            Spectra added into one sample. Those that are masked do not count: the noise of such a sample is smaller.
        shape
            Rows and columns of the result, at least the channels and the stretch.
        is_filtered
            False to leave out the zero-DM filter, if there is one.

        Returns
        -------
        ndarray
            Channel-major samples, uint8 of the given shape, `ZERO_LEVEL` beyond the recording, the channels and the stretch,
            and wherever the recording is masked or has a gap.
        """
        nsamples = self.recording.header.nsamples
        channels = np.full(shape, ZERO_LEVEL, np.uint8)
        first, last = max(chunk.start, 0), min(chunk.stop, -(-nsamples // downsample))
        for piece in cut_into_chunks(max(last - first, 0), max(self.piece_spectra // downsample, 1)):
            start = first + piece.start
            stretch = Chunk(start * downsample, min((first + piece.stop) * downsample, nsamples))
            table = self.table(self.intervals(stretch), downsample, is_filtered=is_filtered)
            clean_spectra(self.spectra(stretch), table, channels, start - chunk.start)
        return channels
