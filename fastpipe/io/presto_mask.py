"""Masks of PRESTO's rfifind: what is in a .mask file, and its way to a mask of fastpipe and back.

The file is little-endian and has no marks between its parts: 6 float64 (thresholds of the tests in time and in frequency,
MJD, length of an interval in s, centre of the lowest channel and width of a channel in MHz), 3 int32 (channels, intervals,
samples of an interval), and int32 lists, each after its length: channels and intervals that are bad throughout, then the
lengths for all intervals, then the bad channels of each. An interval in which all channels are bad has no list, except in
files of old versions. PRESTO counts channels from the lowest frequency up.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.errors import ConfigError, FileFormatError
from fastpipe.io.atomic import replacing
from fastpipe.io.raw_file import RawFile

_FIXED: Final = struct.Struct("<6d3i")
_INT: Final = np.dtype("<i4")
_MOST_CHANNELS: Final = 1 << 20
_OF_LISTS: Final = Reason.CHANNEL | Reason.INTERVAL


@dataclass(frozen=True, slots=True, eq=False)
class PrestoMask:
    """Content of a .mask file; channels are counted from the lowest frequency up."""

    time_sigma: float
    """Standard deviations beyond which mean and spread were bad."""
    freq_sigma: float
    """Significance beyond which Fourier powers were bad."""
    tstart: float
    """MJD of the first sample."""
    interval_s: float
    """Length of an interval in s."""
    low_mhz: float
    """Centre of the lowest channel in MHz."""
    channel_mhz: float
    """Width of a channel in MHz, positive."""
    nchans: int
    """Number of channels."""
    interval_samples: int
    """Samples of an interval."""
    bad_channels: NDArray[np.int32]
    """Channels that are bad throughout."""
    bad_intervals: NDArray[np.int32]
    """Intervals that are bad in all channels."""
    channels_of_intervals: tuple[NDArray[np.int32], ...]
    """Bad channels of every interval; they may name again what the other lists hold."""
    has_full_lists: bool = False
    """True where the file lists the channels of an interval even if these are all."""

    def to_bytes(self) -> bytes:
        """Return the content of the file."""
        intervals = self.channels_of_intervals
        counts = [len(channels) for channels in intervals]
        stored = [channels for channels in intervals if self.has_full_lists or len(channels) < self.nchans]
        values = (self.time_sigma, self.freq_sigma, self.tstart, self.interval_s, self.low_mhz, self.channel_mhz)
        fixed = _FIXED.pack(*values, self.nchans, len(intervals), self.interval_samples)
        lists = [[len(self.bad_channels)], self.bad_channels, [len(self.bad_intervals)], self.bad_intervals, counts, *stored]
        return fixed + np.concatenate([np.asarray(part, _INT) for part in lists]).tobytes()


def read_presto_mask(path: str | Path) -> PrestoMask:
    """Read a .mask file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    PrestoMask
        All of its content: `write_presto_mask` makes the same bytes of it.

    Raises
    ------
    InputMissingError
        If the file cannot be read.
    FileFormatError
        If it is cut, or its numbers make no sense.
    """
    raw = RawFile(Path(path))
    data = raw.read(0, raw.nbytes)
    if len(data) < _FIXED.size + 2 * _INT.itemsize or (len(data) - _FIXED.size) % _INT.itemsize:
        raise _damaged(path, f"{len(data)} bytes", "60 bytes and whole 4-byte numbers after them")
    fixed = _FIXED.unpack(data[: _FIXED.size].tobytes())
    time_sigma, freq_sigma, tstart, interval_s, low_mhz, channel_mhz, nchans, nintervals, interval_samples = fixed
    if not (0 < nchans <= _MOST_CHANNELS and nintervals > 0 and interval_samples > 0):
        found = f"{nchans} channels, {nintervals} intervals of {interval_samples} samples"
        raise _damaged(path, found, f"positive numbers and at most {_MOST_CHANNELS} channels")
    if not (np.isfinite(fixed[:6]).all() and interval_s > 0):
        raise _damaged(path, f"intervals of {interval_s} s and a band from {low_mhz} MHz", "finite numbers")
    numbers = _Numbers(path, data[_FIXED.size :].view(_INT))
    bad_channels = numbers.take_list(nchans, "channels")
    bad_intervals = numbers.take_list(nintervals, "intervals")
    channels_of_intervals, has_full_lists = numbers.take_intervals(nintervals, nchans)
    return PrestoMask(
        time_sigma=time_sigma,
        freq_sigma=freq_sigma,
        tstart=tstart,
        interval_s=interval_s,
        low_mhz=low_mhz,
        channel_mhz=channel_mhz,
        nchans=nchans,
        interval_samples=interval_samples,
        bad_channels=bad_channels,
        bad_intervals=bad_intervals,
        channels_of_intervals=channels_of_intervals,
        has_full_lists=has_full_lists,
    )


class _Numbers:
    """The int32 part of a file, taken from front to back."""

    def __init__(self, path: str | Path, numbers: NDArray[np.int32]) -> None:
        self._path = path
        self._left = numbers

    def take(self, count: int) -> NDArray[np.int32]:
        if count > len(self._left):
            raise _damaged(self._path, f"{4 * len(self._left)} bytes at the end", f"lists of {4 * count} bytes")
        taken, self._left = self._left[:count].astype(np.int32), self._left[count:]
        return taken

    def take_list(self, limit: int, name: str) -> NDArray[np.int32]:
        (count,) = self.take(1)
        if not 0 <= count <= limit:
            raise _damaged(self._path, f"a list of {count} {name}", f"at most {limit}")
        taken = self.take(int(count))
        self._check(taken, limit, name)
        return taken

    def take_intervals(self, nintervals: int, nchans: int) -> tuple[tuple[NDArray[np.int32], ...], bool]:
        counts = self.take(nintervals).astype(np.int64)
        if ((counts < 0) | (counts > nchans)).any():
            raise _damaged(self._path, f"intervals of {counts.min()} to {counts.max()} bad channels", f"0 to {nchans}")
        is_full = counts == nchans
        nshort = int(counts[~is_full].sum())
        has_full_lists = bool(is_full.any()) and len(self._left) == counts.sum()
        nstored = int(counts.sum()) if has_full_lists else nshort
        if len(self._left) != nstored:
            raise _damaged(self._path, f"{4 * len(self._left)} bytes of channel lists", f"{4 * nstored}")
        stored = self.take(nstored)
        self._check(stored, nchans, "channels")
        lengths = counts if has_full_lists else np.where(is_full, 0, counts)
        lists = np.split(stored, np.cumsum(lengths)[:-1])
        whole = np.arange(nchans, dtype=np.int32)
        listed = (whole if full and not has_full_lists else taken for full, taken in zip(is_full, lists, strict=True))
        return tuple(listed), has_full_lists

    def _check(self, taken: NDArray[np.int32], limit: int, name: str) -> None:
        if len(taken) and not 0 <= taken.min() <= taken.max() < limit:
            raise _damaged(self._path, f"{name} {taken.min()} to {taken.max()} in a list", f"0 to {limit - 1}")


def _damaged(path: str | Path, found: str, expected: str) -> FileFormatError:
    return FileFormatError(
        f"found {found} in {path}, expected {expected} in a mask of rfifind; give a mask, or copy the file again"
    )


def write_presto_mask(path: str | Path, mask: PrestoMask) -> None:
    """Write a .mask file, which appears under its name when it is complete.

    Parameters
    ----------
    path
        The file to write; an older one is replaced.
    mask
        Its content.

    Raises
    ------
    ResourceError
        If the disk is full.
    ConfigError
        If the folder does not exist or may not be written.
    """
    with replacing(Path(path)) as temporary:
        temporary.write_bytes(mask.to_bytes())


def to_rfi_mask(presto: PrestoMask, header: Header) -> RFIMask:
    """Turn a mask of rfifind into one of fastpipe for a recording.

    Parameters
    ----------
    presto
        Content of the .mask file.
    header
        Of the recording that is to be masked.

    Returns
    -------
    RFIMask
        Channels that are bad throughout have `Reason.CHANNEL`, intervals `Reason.INTERVAL`, channels of single intervals
        `Reason.GIVEN`. It has the length of the recording; see `RFIMask.with_length`.

    Raises
    ------
    ConfigError
        If the recording has other channels.
    """
    low_mhz = float(header.chan_freqs_mhz.min())
    is_same_band = abs(presto.low_mhz - low_mhz) < 0.5 * abs(header.foff or 1.0)
    is_same_width = header.nchans == 1 or abs(presto.channel_mhz / abs(header.foff) - 1) < 1e-3
    if presto.nchans != header.nchans or not (is_same_band and is_same_width):
        raise ConfigError(
            f"found a mask of {presto.nchans} channels of {presto.channel_mhz:.6g} MHz from {presto.low_mhz:.6g} MHz up, "
            f"expected {header.nchans} of {abs(header.foff):.6g} MHz from {low_mhz:.6g} MHz; take a mask of this band"
        )
    reasons = np.zeros((len(presto.channels_of_intervals), presto.nchans), np.uint16)
    for row, channels in zip(reasons, presto.channels_of_intervals, strict=True):
        row[channels] = np.uint16(Reason.GIVEN)
    reasons[:, presto.bad_channels] |= np.uint16(Reason.CHANNEL)
    reasons[presto.bad_intervals] |= np.uint16(Reason.INTERVAL)
    in_file_order = reasons[:, ::-1].copy() if header.foff < 0 else reasons
    # By time, so that a mask also serves a recording that was averaged since.
    interval_samples = max(round(presto.interval_s / header.tsamp), 1)
    return RFIMask(in_file_order, interval_samples, interval_samples * len(reasons)).with_length(header.nsamples)


def of_rfi_mask(mask: RFIMask, header: Header, *, time_sigma: float = 10.0, freq_sigma: float = 4.0) -> PrestoMask:
    """Turn a mask of fastpipe into one that PRESTO reads.

    Parameters
    ----------
    mask
        The mask. Its stretches of bad samples are left out: the format knows whole intervals only.
    header
        Of the recording.
    time_sigma, freq_sigma
        Thresholds to store; PRESTO does not use them when it applies a mask.

    Returns
    -------
    PrestoMask
        A channel that is bad in all intervals, and an interval that is bad in all channels, are in the lists of these.
    """
    reasons = mask.reasons[:, ::-1] if header.foff < 0 else mask.reasons
    is_bad_channel, is_bad_interval = (reasons != 0).all(axis=0), (reasons != 0).all(axis=1)
    is_said = is_bad_channel | is_bad_interval[:, None]
    is_listed = ((reasons & ~np.uint16(_OF_LISTS)) != 0) | ((reasons != 0) & ~is_said)
    return PrestoMask(
        time_sigma=time_sigma,
        freq_sigma=freq_sigma,
        tstart=header.tstart,
        interval_s=mask.interval_samples * header.tsamp,
        low_mhz=float(header.chan_freqs_mhz.min()),
        channel_mhz=abs(header.foff),
        nchans=header.nchans,
        interval_samples=mask.interval_samples,
        bad_channels=np.flatnonzero(is_bad_channel).astype(np.int32),
        bad_intervals=np.flatnonzero(is_bad_interval).astype(np.int32),
        channels_of_intervals=tuple(np.flatnonzero(row).astype(np.int32) for row in is_listed),
    )
