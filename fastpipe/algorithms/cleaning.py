"""Cleaning of a recording: flat band, masked samples at the mean, optional zero-DM filter.

Clean samples have mean `ZERO_LEVEL` and standard deviation `NOISE_STD` in every good channel, so all channels count
alike, and 8 bits lose 0.02 % of the signal-to-noise ratio while leaving room for single samples of 8 sigma.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe_kernels.byte_lanes import BLOCK
from fastpipe_kernels.cleaning import clean

NOISE_STD = 16.0
"""Standard deviation of clean noise, in steps of the 8-bit samples."""


@dataclass(frozen=True, slots=True)
class Spectra:
    """Consecutive spectra of a recording, and what the cleaning must know of each."""

    data: NDArray[np.uint8] | NDArray[np.float32]
    """Channels in file order, shape [n, nchans]. Values that are not finite count as the mean of their channel."""
    interval: NDArray[np.int64]
    """Row of `CleaningTable.numbers` that each spectrum is cleaned with; -1 where it is bad in all channels, shape [n]."""


@dataclass(frozen=True, slots=True)
class CleaningTable:
    """Numbers with which spectra become clean channels."""

    numbers: NDArray[np.float32]
    """Gain, offset and, with a zero-DM filter, weight of the other channels; channels in file order, all 0 where masked,
    shape [nintervals, 2 or 3, nchans]."""
    downsample: int
    """Spectra added into one clean sample."""
    is_ascending: bool
    """True where the first channel of the file is the lowest."""


def cleaning_table(
    statistics: ChannelStatistics,
    is_good: NDArray[np.bool_],
    weight: NDArray[np.float64] | None = None,
    *,
    is_ascending: bool,
    downsample: int,
) -> CleaningTable:
    """Make the table that flattens the band and sets masked channels to their mean.

    A channel has the same gain and offset throughout the recording: those of its intervals would remove slow pulsars.

    Parameters
    ----------
    statistics
        Mean and standard deviation of every channel over the recording; one that never changes is taken for masked.
    is_good
        Channels that are not masked in some intervals, shape [nintervals, nchans].
    weight
        Of the zero-DM filter, shape [nintervals, nchans], or None for no filter.
    is_ascending
        True where the first channel of the file is the lowest.
    downsample
        Spectra added into one clean sample; the gain falls with its square root, so that the noise stays `NOISE_STD`.

    Returns
    -------
    CleaningTable
        For these intervals.
    """
    std = statistics.std
    gain = is_good * np.divide(NOISE_STD, std, out=np.zeros_like(std), where=std > 0) / np.sqrt(downsample)
    rows = [gain, -gain * statistics.mean]
    if weight is not None:
        rows.append(is_good * weight)
    return CleaningTable(np.stack(rows, axis=1).astype(np.float32), downsample, is_ascending)


def clean_spectra(spectra: Spectra, cleaning: CleaningTable, out: NDArray[np.uint8], first_column: int) -> None:
    """Clean spectra into columns of a channel-major array.

    Parameters
    ----------
    spectra
        Of the recording, from a multiple of `cleaning.downsample` on.
    cleaning
        Numbers of the intervals that the spectra are of.
    out
        Clean channels, the top of the band first, C-contiguous uint8 [at least nchans, ncolumns]; only the columns of these
        spectra are written.
    first_column
        Column of the first clean sample.

    Raises
    ------
    ValueError
        If `out` is too small.
    """
    nchans, ncolumns = spectra.data.shape[1], -(-len(spectra.data) // cleaning.downsample)
    if not out.flags.c_contiguous or out.shape[0] < nchans or not 0 <= first_column <= out.shape[1] - ncolumns:
        raise ValueError(
            f"found clean channels of shape {out.shape}, expected C-contiguous ones of {nchans} rows or more with columns "
            f"{first_column} to {first_column + ncolumns}; make them larger"
        )
    order = np.arange(nchans, dtype=np.int64)
    position = (order[::-1] if cleaning.is_ascending else order) * out.shape[1] + first_column
    data, numbers = _widened(spectra.data), _widened(cleaning.numbers)
    clean(data, spectra.interval, numbers, position, cleaning.downsample, out)


def _widened(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array with as many channels as the kernel takes at a time, or more; new ones are 0."""
    missing = max(BLOCK - array.shape[-1], 0)
    return np.pad(array, [(0, 0)] * (array.ndim - 1) + [(0, missing)]) if missing else np.ascontiguousarray(array)
