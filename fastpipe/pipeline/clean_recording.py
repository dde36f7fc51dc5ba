"""A recording seen through its cleaning: any stretch, at any time resolution, as clean channels."""

import math
from collections.abc import Sequence
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
from fastpipe.data.recording import Chunk, Recording
from fastpipe.data.rfi_mask import RFIMask
from fastpipe.data.sample_stretches import Stretches, cut_stretches, merge_stretches, stretches_of

READ_BYTES = 2**22
"""Bytes of the recording that one task reads at a time; arrays much larger go back to the system after each piece."""

_PIECE_SAMPLES = 64
"""Pieces begin at multiples of so many samples, if so many fit: clean samples are written a cache line at a time."""

_SPECTRUM_BYTES = 64
"""Bytes besides its values that cleaning needs for every spectrum of a piece."""


def spectrum_bytes(header: Header) -> int:
    """Return the bytes of one spectrum as recordings give it: uint8 up to 8 bits, float32 beyond."""
    return header.nchans * (1 if header.is_bytes else 4)


class SampleKind(NamedTuple):
    """What the clean samples are that a shard is dedispersed from."""

    downsample: int
    """Spectra of the recording added into one sample."""
    is_filtered: bool
    """True with the zero-DM filter, if the recording has one."""


class CleanStretch(NamedTuple):
    """A stretch of clean channels to make, and where to put it."""

    kind: SampleKind
    """What its samples are."""
    chunk: Chunk
    """The stretch, in samples of `kind.downsample` spectra; it may reach beyond both ends of the recording."""
    channels: NDArray[np.uint8]
    """Becomes the channel-major samples: C-contiguous, with at least a row a channel and a column a sample."""

    def inside(self, nsamples: int) -> Chunk:
        """Return the spectra of the stretch that a recording of `nsamples` has, none if it lies beyond an end."""
        start, stop = (sample * self.kind.downsample for sample in (self.chunk.start, self.chunk.stop))
        return Chunk(min(max(start, 0), nsamples), min(max(stop, 0), nsamples))


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
        """DM in pc cm^-3 below which a zero-DM filter would remove too much of a pulsar; infinite without filter."""
        return math.inf if self.zero_dm is None else dm_of_filter(self.recording.header.chan_freqs_mhz)

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
        channels = np.empty(shape, np.uint8)
        self.fill([CleanStretch(SampleKind(downsample, is_filtered), chunk, channels)])
        return channels

    def fill(self, stretches: Sequence[CleanStretch]) -> None:
        """Make stretches of clean channels, and read every spectrum of the recording once for all of them.

        Parameters
        ----------
        stretches
            What to make. Every byte of their arrays is written: `ZERO_LEVEL` beyond the recording, the channels and the
            stretch, and wherever the recording is masked or has a gap.

        Raises
        ------
        ValueError
            If an array is too small for its stretch.
        """
        header = self.recording.header
        for stretch in stretches:
            _fill_borders(stretch, header)
        for piece in self._pieces(stretches):
            spectra, intervals = self.spectra(piece), self.intervals(piece)
            for stretch in stretches:
                inside = stretch.inside(header.nsamples)
                first, last = max(inside.start, piece.start), min(inside.stop, piece.stop)
                if first < last:
                    downsample, is_filtered = stretch.kind
                    here = slice(first - piece.start, last - piece.start)
                    table = self.table(intervals, downsample, is_filtered=is_filtered)
                    column = first // downsample - stretch.chunk.start
                    clean_spectra(Spectra(spectra.data[here], spectra.interval[here]), table, stretch.channels, column)

    def _pieces(self, stretches: Sequence[CleanStretch]) -> list[Chunk]:
        """Cut the spectra that any stretch needs into pieces that begin where samples of every kind begin."""
        nsamples = self.recording.header.nsamples
        unit = math.lcm(*(stretch.kind.downsample for stretch in stretches))
        samples = max(self.piece_spectra // unit, 1)
        step = unit * (samples // _PIECE_SAMPLES * _PIECE_SAMPLES or samples)
        needed = stretches_of([inside for stretch in stretches if len(inside := stretch.inside(nsamples))])
        # Whole samples of every kind, so that stretches that share one are read together.
        needed = np.stack([needed[:, 0] // unit * unit, -(-needed[:, 1] // unit) * unit], axis=1)
        merged = cut_stretches(merge_stretches(needed), 0, nsamples).tolist()
        return [Chunk(start, min(start + step, last)) for first, last in merged for start in range(first, last, step)]


def _fill_borders(stretch: CleanStretch, header: Header) -> None:
    """Put the zero level beyond the channels, and before and after the samples that the recording has."""
    (downsample, _), inside = stretch.kind, stretch.inside(header.nsamples)
    first = max(inside.start // downsample - stretch.chunk.start, 0)
    last = max(-(-inside.stop // downsample) - stretch.chunk.start, 0)
    stretch.channels[header.nchans :] = ZERO_LEVEL
    stretch.channels[: header.nchans, :first] = ZERO_LEVEL
    stretch.channels[: header.nchans, last:] = ZERO_LEVEL
