"""A first look at a recording: its bandpass from a few stretches, and what is odd about it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe.data.header import Header
from fastpipe.data.recording import Recording

_NSTRETCHES = 16
_LOOK_VALUES = 32 * 2**20
_CLIPPED = 0.01
_MJD_RANGE = (40_000.0, 80_000.0)
_SHORT_S = 10.0


@dataclass(frozen=True, slots=True)
class QuickLook:
    """What a few stretches of a recording show."""

    statistics: ChannelStatistics
    """Mean and spread of every channel over the stretches."""
    is_dead: NDArray[np.bool_]
    """True for channels whose samples never change, shape [nchans]."""
    smallest: float
    """Smallest value of all channels."""
    largest: float
    """Largest value of all channels."""
    low_fraction: float
    """Fraction of the values that are 0, the smallest that can be stored; NaN where values are not stored as they are."""
    high_fraction: float
    """Fraction of the values that are the largest that can be stored; NaN where values are not stored as they are."""
    bad_fraction: float
    """Fraction of the values that are no finite numbers; they take no part in the statistics."""
    oddities: tuple[str, ...]
    """Sentences on what is odd about header, files and data; empty if nothing is."""


def look_at(recording: Recording) -> QuickLook:
    """Read evenly spaced stretches of a recording and describe them.

    Parameters
    ----------
    recording
        An open recording.

    Returns
    -------
    QuickLook
        Statistics of at most 32 million values in 16 stretches, so that a look takes the same time at any length.
    """
    header = recording.header
    length = max(1, min(header.nsamples, _LOOK_VALUES // header.nchans) // _NSTRETCHES)
    starts = np.unique(np.linspace(0, header.nsamples - length, _NSTRETCHES).astype(np.int64))
    total, squares, counts = np.zeros((3, header.nchans))
    low, high, is_stored = 0, 0, header.nifs == 1
    smallest, largest = np.full(header.nchans, np.inf), np.full(header.nchans, -np.inf)
    for start in starts.tolist():
        data = recording.read(start, start + length)
        is_stored &= data.dtype == np.uint8
        values = np.where(np.isfinite(data), data, np.float64(np.nan))
        counts += np.count_nonzero(~np.isnan(values), axis=0)
        smallest = np.fmin(smallest, np.fmin.reduce(values, axis=0))
        largest = np.fmax(largest, np.fmax.reduce(values, axis=0))
        np.nan_to_num(values, copy=False)
        total += values.sum(axis=0)
        squares += np.square(values, out=values).sum(axis=0)
        low += int(np.count_nonzero(data == 0))
        high += int(np.count_nonzero(data == 2.0 ** min(header.nbits, 8) - 1))
    nsamples = length * len(starts)
    counts = np.maximum(counts, 1.0)
    mean = total / counts
    std = np.sqrt(np.maximum(squares / counts - mean**2, 0.0))
    # Sums of polarisations, scaled and signed values, and floats have no limits of their own; readers give them as float32.
    nvalues = nsamples * header.nchans if is_stored else np.nan
    bad_fraction = 1.0 - float(counts.sum()) / (nsamples * header.nchans)
    statistics, is_dead = ChannelStatistics(mean, std, nsamples), ~(smallest < largest)
    found = (float(smallest.min()), float(largest.max()), low / nvalues, high / nvalues, bad_fraction)
    oddities = (*_odd_recording(recording), *_odd_header(header), *_odd_data(header, int(is_dead.sum()), *found[2:]))
    return QuickLook(statistics, is_dead, *found, oddities)


def _odd_recording(recording: Recording) -> list[str]:
    odd = list(recording.oddities)
    if recording.gaps:
        missing = sum(len(gap) for gap in recording.gaps)
        fraction = 100 * missing / recording.header.nsamples
        odd.append(
            f"{len(recording.gaps)} stretches of {missing} samples in all ({fraction:.2g} %) were not recorded; they are "
            "filled."
        )
    return odd


def _odd_header(header: Header) -> list[str]:
    odd = []
    if header.ra_deg is None or header.dec_deg is None or (header.ra_deg == 0 and header.dec_deg == 0):
        odd.append("The header has no sky position, so periods cannot be referred to the barycentre.")
    if not _MJD_RANGE[0] < header.tstart < _MJD_RANGE[1]:
        odd.append(f"The header says the recording began at MJD {header.tstart}, which cannot be right.")
    if header.tobs_s < _SHORT_S:
        odd.append(f"The recording lasts {header.tobs_s:.3g} s only, too short for a search for periods.")
    return odd


def _odd_data(header: Header, ndead: int, low_fraction: float, high_fraction: float, bad_fraction: float) -> list[str]:
    odd = []
    if ndead:
        odd.append(f"{ndead} of {header.nchans} channels never change: they are dead or were masked before.")
    if bad_fraction > 0:
        odd.append(f"{100 * bad_fraction:.2g} % of the values are no finite numbers.")
    # Few-bit recordings use their outermost levels all the time; that is no clipping.
    if header.nbits >= 8:
        if high_fraction > _CLIPPED:
            odd.append(
                f"{100 * high_fraction:.2g} % of the values are the largest {header.nbits} bits hold: clipped at the top."
            )
        if low_fraction > max(_CLIPPED, 1.5 * ndead / header.nchans):
            odd.append(f"{100 * low_fraction:.2g} % of the values are 0: clipped at the bottom, or data that were lost.")
    return odd
