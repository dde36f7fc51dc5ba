"""Whether an event is at the same time in all of the band, as interference is, or sweeps through it as a pulse does."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.channel_statistics import ChannelStatistics

_NSUBBANDS: Final = 8
"""Enough to see a sweep, and few enough that a weak event shows in each."""
_LEAST_CHANNELS: Final = 2 * _NSUBBANDS
_LEAST_SIGMA: Final = 3.0
"""Standard deviations of the sum over the good channels from which on something is there."""

_PRESENT: Final = 0.75
"""Fraction of the sub-bands in which an event of all of the band is seen."""

_LEAST_SHARE: Final = 0.25
"""Part of its fair share of the signal with which a sub-band counts as one that saw the event."""


def is_undispersed(
    spectra: NDArray[Any],
    channels: ChannelStatistics,
    is_good: NDArray[np.bool_],
    chan_freqs_mhz: NDArray[np.float64],
    stretch: tuple[int, int],
) -> bool | None:
    """Tell broadband interference from a dispersed pulse.

    The band is added up into eight sub-bands. In three quarters of them something must be seen in the stretch; and no
    dispersive delay of at least half the pulse's width may align the sub-bands better than no delay does. In doubt it is a
    pulse.

    Parameters
    ----------
    spectra
        The event and its surroundings, as many samples on both sides as delays are to be tried, shape [n, nchans].
    channels
        Mean and spread of every channel.
    is_good
        Channels to look at, shape [nchans].
    chan_freqs_mhz
        Centres of the channels in MHz, shape [nchans].
    stretch
        First sample of the event and the one after the last, counted from the first of `spectra`.

    Returns
    -------
    bool or None
        True for interference; False too where fewer than 16 channels are good; None where the good channels show nothing,
        because all of the event is in others.

    Notes
    -----
    Costs one pass over the spectra, and 3 to 10 ms.
    """
    used = np.flatnonzero(is_good & (channels.std > 0.0))
    if len(used) < _LEAST_CHANNELS:
        return False
    used = used[np.argsort(chan_freqs_mhz[used])[::-1]]
    parts = np.array_split(used, _NSUBBANDS)
    series = np.stack([_sum_of_channels(spectra, channels, part) for part in parts])
    series -= np.median(series, axis=1, keepdims=True)
    first, last = stretch
    if np.abs(series[:, first:last].sum(axis=0)).max() < _LEAST_SIGMA * np.sqrt(_NSUBBANDS):
        return None
    seen = series[:, first:last].sum(axis=1)
    # A lack of signal in all of the band is an event as well.
    series, seen = (-series, -seen) if seen.sum() < 0.0 else (series, seen)
    if np.mean(seen > _LEAST_SHARE * np.mean(seen)) < _PRESENT:
        return False
    inverse_squares = np.array([np.mean(chan_freqs_mhz[part] ** -2.0) for part in parts])
    delays = (inverse_squares - inverse_squares[0]) / (inverse_squares[-1] - inverse_squares[0])
    return not _is_swept(series, delays, last - first)


def _sum_of_channels(spectra: NDArray[Any], channels: ChannelStatistics, part: NDArray[np.int64]) -> NDArray[np.float64]:
    """Add up some channels, each in units of its noise; what is not finite counts as the mean, shape [n]."""
    scaled = (spectra[:, part].astype(np.float64) - channels.mean[part]) / channels.std[part]
    return np.asarray(np.nan_to_num(scaled, copy=False, posinf=0, neginf=0).sum(axis=1) / np.sqrt(len(part)))


def _is_swept(series: NDArray[np.float64], delays: NDArray[np.float64], length: int) -> bool:
    """Return whether a delay that is `delays` times some samples aligns the sub-bands better than none."""
    widths = [2**power for power in range(length.bit_length() + 1) if 2**power <= series.shape[1]]
    at_once = max(_snr(series.sum(axis=0), width) for width in widths)
    sweep = 1
    while sweep < series.shape[1] // 2:
        shifts = np.rint(sweep * delays).astype(int)
        nsums = series.shape[1] - sweep
        total = np.sum([row[shift : shift + nsums] for row, shift in zip(series, shifts, strict=True)], axis=0)
        if any(_snr(total, width) > at_once for width in widths if width <= min(2 * sweep, nsums)):
            return True
        sweep = max(sweep + 1, int(1.1 * sweep))
    return False


def _snr(total: NDArray[np.float64], width: int) -> float:
    """Return the largest sum over `width` samples, in units of its noise but for a constant factor."""
    sums = np.concatenate(([0.0], np.cumsum(total)))
    return float(np.max(sums[width:] - sums[:-width]) / np.sqrt(width))
