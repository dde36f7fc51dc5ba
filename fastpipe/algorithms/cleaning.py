"""First cleaning of a recording: channel statistics, bad channels, flat band, optional zero-DM filter.

Clean samples have mean `ZERO_LEVEL` and standard deviation `NOISE_STD` in every good channel, so all channels count
alike, and 8 bits lose 0.02 % of the signal-to-noise ratio while leaving room for single samples of 8 sigma.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe_kernels.cleaning import add_finite_moments, add_moments, clean

NOISE_STD = 16.0
"""Standard deviation of clean noise, in steps of the 8-bit samples."""

_MOMENT_SPECTRA = 65536
"""Spectra whose sum of squared 8-bit values is sure to fit 32 bits."""

_ROUNDING = 1e-12
"""Variance over mean squared that is rounding error of float64 sums."""

_NEIGHBOURS = 17
"""Channels of the running median that a channel's spread is compared with."""

_LEAST_SPREAD = 0.02
"""Relative scatter of the channels' spreads that is taken for granted: smooth bands scatter less than they curve."""


def channel_moments(data: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float64]:
    """Return number, sum and sum of squares of the finite values of every channel of a chunk.

    Parameters
    ----------
    data
        Spectra of the recording, uint8 or float32 [nsamples, nchans].

    Returns
    -------
    ndarray
        Numbers, sums and sums of squares, shape [3, nchans]. Add those of all chunks; those of uint8 are whole numbers, so
        the order does not matter.
    """
    moments = np.zeros((3, data.shape[1]))
    if data.dtype == np.float32:
        add_finite_moments(data.view(np.float32), moments)
        return moments
    moments[0] = len(data)
    for start in range(0, len(data), _MOMENT_SPECTRA):
        partial = np.zeros((2, data.shape[1]), np.uint32)
        add_moments(data[start : start + _MOMENT_SPECTRA].view(np.uint8), partial[0], partial[1])
        moments[1:] += partial
    return moments


def statistics_of_moments(moments: NDArray[np.float64]) -> ChannelStatistics:
    """Turn summed moments, shape [3, nchans], into mean and standard deviation; both are 0 where no value is finite."""
    number = np.maximum(moments[0], 1.0)
    mean = moments[1] / number
    variance = moments[2] / number - mean**2
    # What the subtraction of two large numbers leaves of a constant channel is no variance.
    is_noise = variance > _ROUNDING * mean**2
    return ChannelStatistics(mean, np.sqrt(np.where(is_noise, variance, 0.0)), int(moments[0].max()))


def _running_median(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    half = min(width, len(values) - 1 + len(values) % 2) // 2
    # Odd reflection goes on with the slope of the band, so that steep edges are not taken for bad channels.
    padded = np.pad(values, half, mode="reflect", reflect_type="odd")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)


def mask_channels(statistics: ChannelStatistics, channel_sigma: float) -> RFIMask:
    """Mask channels that are dead, or whose spread is far from that of their neighbours.

    Parameters
    ----------
    statistics
        Mean and standard deviation of every channel.
    channel_sigma
        Robust standard deviations (from quartiles) by which the logarithm of a channel's spread may differ from the running
        median over its neighbours.

    Returns
    -------
    RFIMask
        One interval that is the whole recording.
    """
    dead = ~(statistics.std > 0)
    reasons = np.where(dead, Reason.DEAD, 0).astype(np.uint16)
    alive = np.flatnonzero(~dead)
    if len(alive) > 3:
        level = np.log(statistics.std[alive])
        level = level - _running_median(level, _NEIGHBOURS)
        lower, upper = np.percentile(level, [25, 75])
        spread = max((upper - lower) / 1.349, _LEAST_SPREAD)
        reasons[alive[np.abs(level - np.median(level)) > channel_sigma * spread]] = Reason.SPREAD
    return RFIMask(reasons[None, :], statistics.nsamples, statistics.nsamples)


@dataclass(frozen=True, slots=True)
class CleaningTable:
    """Numbers with which the spectra of one recording become clean channels."""

    table: NDArray[np.float32]
    """Gain, offset, and 1 for good channels, channels in file order, shape [3, nchans]."""
    channel_row: NDArray[np.int64]
    """Row of the clean chunk each channel goes to: the top of the band is row 0, shape [nchans]."""
    downsample: int
    """Spectra added into one clean sample."""
    zero_dm: bool
    """True to subtract the mean over channels from every clean sample."""


def cleaning_table(
    statistics: ChannelStatistics, rfi_mask: RFIMask, *, is_ascending: bool, downsample: int, zero_dm: bool
) -> CleaningTable:
    """Make the table that flattens the band and sets bad channels to the mean.

    Parameters
    ----------
    statistics, rfi_mask
        Of the recording, channels in file order.
    is_ascending
        True where the first channel of the file is the lowest.
    downsample
        Spectra added into one clean sample; the gain falls with its square root, so that the noise stays `NOISE_STD`.
    zero_dm
        True for the zero-DM filter (Eatough, Keane & Lyne 2009, MNRAS 395, 410): removes interference at DM 0, and pulsars
        at low DM with it.
    """
    good = ~rfi_mask.bad_channels
    gain = np.zeros(len(good))
    gain[good] = NOISE_STD / (statistics.std[good] * np.sqrt(downsample))
    order = np.arange(len(good), dtype=np.int64)
    table = np.stack([gain, -gain * statistics.mean, good]).astype(np.float32)
    return CleaningTable(table, order[::-1].copy() if is_ascending else order, downsample, zero_dm)


def clean_chunk(
    data: NDArray[np.uint8] | NDArray[np.float32], cleaning: CleaningTable, out: NDArray[np.uint8], first_column: int
) -> None:
    """Clean a chunk into columns of a channel-major array.

    Parameters
    ----------
    data
        Spectra, uint8 or float32 [nsamples, nchans], channels in file order; starts at a multiple of
        `cleaning.downsample`. Values that are not finite count as the mean of their channel.
    cleaning
        Table of the recording.
    out
        Clean channels, uint8 [at least nchans, ncolumns]; only the columns of this chunk are written.
    first_column
        Column of the first clean sample.
    """
    clean(data, cleaning.table, cleaning.channel_row, cleaning.downsample, cleaning.zero_dm, first_column, out)
