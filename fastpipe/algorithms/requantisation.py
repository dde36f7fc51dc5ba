"""Fewer bits and fewer samples: averaging of neighbouring spectra, and rounding to the levels of a few bits."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.robust_statistics import IQR_OF_SIGMA
from fastpipe.data.sample_levels import SAMPLE_LEVELS


@dataclass(frozen=True, slots=True)
class Quantisation:
    """Numbers with which samples become counts: ``clip(floor(gain sample + offset + 1/2), 0, 2**nbits - 1)``."""

    gain: NDArray[np.float32]
    """Counts a unit of the samples, shape [nchans]."""
    offset: NDArray[np.float32]
    """Counts of a sample of 0, shape [nchans]."""
    nbits: int
    """Bits of a count: 1, 2, 4, 8 or 16."""


def average_spectra(data: NDArray[Any], downsample: int) -> NDArray[Any]:
    """Average neighbouring spectra.

    Parameters
    ----------
    data
        Spectra, shape [nsamples, nchans].
    downsample
        Spectra that become one; those left over at the end are dropped.

    Returns
    -------
    ndarray
        Means as float32, shape [nsamples // downsample, nchans]; the input itself for `downsample` 1.

    Examples
    --------
    >>> average_spectra(np.array([[1.0], [2.0], [9.0]]), 2)
    array([[1.5]], dtype=float32)
    """
    if downsample == 1:
        return data
    nwhole = len(data) // downsample
    groups = data[: nwhole * downsample].reshape(nwhole, downsample, data.shape[1])
    return np.asarray(groups.mean(axis=1, dtype=np.float64), np.float32)


def plain_quantisation(nchans: int, nbits: int) -> Quantisation:
    """Return the quantisation that leaves whole numbers as they are."""
    return Quantisation(np.ones(nchans, np.float32), np.zeros(nchans, np.float32), nbits)


def fit_quantisation(data: NDArray[Any], nbits: int) -> Quantisation:
    """Choose gains that bring every channel to the level and spread that suit a number of bits.

    Parameters
    ----------
    data
        Spectra that stand for the recording, shape [nsamples, nchans]. What is not finite is left out.
    nbits
        Bits of the counts: 1, 2, 4, 8 or 16.

    Returns
    -------
    Quantisation
        From median and quartiles of each channel, so that interference counts little; channels whose quartiles are equal
        use the standard deviation, and those that never change become constant.
    """
    level, spread = SAMPLE_LEVELS[nbits]
    samples = np.where(np.isfinite(data), data, np.float32(np.nan)).astype(np.float64)
    samples[:, np.isnan(samples).all(axis=0)] = 0.0
    lower, middle, upper = np.nanpercentile(samples, [25, 50, 75], axis=0)
    std = (upper - lower) / IQR_OF_SIGMA
    std = np.where(std > 0, std, np.nanstd(samples, axis=0))
    # The median of few bits says little of the level: their mean is robust enough, for they cannot be large.
    middle = np.where(upper - lower > 2, middle, np.nanmean(samples, axis=0))
    gain = np.divide(spread, std, out=np.zeros_like(std), where=std > 0)
    return Quantisation(gain.astype(np.float32), (level - gain * middle).astype(np.float32), nbits)


def requantise(data: NDArray[Any], quantisation: Quantisation) -> NDArray[Any]:
    """Round samples to counts.

    Parameters
    ----------
    data
        Spectra, shape [nsamples, nchans].
    quantisation
        Gain and offset of every channel.

    Returns
    -------
    ndarray
        Counts, uint8 up to 8 bits, else uint16, of the same shape. What is not a number becomes the level of a sample in
        the middle of the range.
    """
    counts = np.floor(data * quantisation.gain + (quantisation.offset + np.float32(0.5)))
    highest = np.float32(2**quantisation.nbits - 1)
    level = np.float32(SAMPLE_LEVELS[quantisation.nbits][0])
    counts = np.nan_to_num(np.clip(counts, 0.0, highest, out=counts), copy=False, nan=float(np.floor(level + 0.5)))
    return counts.astype(np.uint16 if quantisation.nbits > 8 else np.uint8)
