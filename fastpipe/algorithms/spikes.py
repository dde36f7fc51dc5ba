"""Broadband spikes: samples at which the sum over the band jumps, at no dispersion."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.robust_statistics import robust_std
from fastpipe.algorithms.running_median import sparse_running_median
from fastpipe.data.sample_stretches import Stretches, no_stretches

CHECKED_SPIKES: Final = 256
"""Spikes whose spectra are looked at, at most."""

_MOST_SPIKES: Final = 0.05
"""Fraction of the samples beyond which spikes are no exception, and none is masked."""

_HALF_WINDOW_S: Final = 0.01
_HALF_WINDOW_SAMPLES: Final = (20, 1000)
"""Half of the window of the running median in s, and its least and largest length in samples."""
_JOIN_SIGMA: Final = 3.0
"""Distance from the surroundings up to which the flanks of a spike belong to it."""
_SCATTER_SAMPLES: Final = 2**20
"""Samples that tell the spread well enough."""
_BLOCK_SAMPLES: Final = 2**20
"""Samples whose running median is taken at a time."""
_MAJORITY: Final = 0.9
"""Part of the spikes looked at that must be undispersed for the others to be taken for interference too."""
_CLEARLY: Final = 2.0
"""How much higher than the highest dispersed spike others must be to be taken for interference."""


@dataclass(frozen=True, slots=True)
class Spikes:
    """Stretches in which the sum over the band jumps."""

    stretches: Stretches
    """First sample and sample after the last of each, ascending and apart from each other, shape [nspikes, 2]."""
    sigmas: NDArray[np.float64]
    """Largest distance of a sample from its surroundings in standard deviations, shape [nspikes]."""


def half_window_samples(tsamp: float) -> int:
    """Return how many samples on both sides the running median covers: 10 ms, but 20 to 1000 samples."""
    least, most = _HALF_WINDOW_SAMPLES
    return min(max(round(_HALF_WINDOW_S / tsamp), least), most)


def find_spikes(zero_dm: NDArray[np.float32], tsamp: float, sigma: float) -> Spikes:
    """Find the stretches in which the sum over the band is far from its surroundings.

    A running median over 20 ms (41 to 2001 samples) is subtracted, so slow drifts and what is wider than half of that are
    left alone: a bright slow pulsar at low DM is. Jumps down count as jumps up do: they are lost packets.

    Parameters
    ----------
    zero_dm
        Sum over the band, shape [nsamples]; exactly 0 in gaps.
    tsamp
        Sampling time in s.
    sigma
        Robust standard deviations that one sample of a stretch exceeds; its neighbours belong to it above 3.

    Returns
    -------
    Spikes
        Where they are, and how high.

    Notes
    -----
    Costs 0.2 us a sample, and as much memory as the series.
    """
    rest = _high_passed(zero_dm, half_window_samples(tsamp))
    sample = rest[:: max(1, len(rest) // _SCATTER_SAMPLES)]
    sample = sample[sample != 0.0]
    scatter = float(robust_std(sample, axis=0)) if len(sample) > 0 else 0.0
    raised = np.flatnonzero(np.abs(rest) > min(_JOIN_SIGMA, sigma) * scatter)
    if scatter == 0.0 or len(raised) == 0:
        return Spikes(no_stretches(), np.empty(0))
    first = np.flatnonzero(np.diff(raised, prepend=-2) > 1)
    sigmas = np.maximum.reduceat(np.abs(rest[raised]), first).astype(np.float64) / scatter
    stop = raised[np.append(first[1:], len(raised)) - 1] + 1
    is_high = sigmas > sigma
    return Spikes(np.stack((raised[first], stop), axis=1)[is_high], sigmas[is_high])


def _high_passed(zero_dm: NDArray[np.float32], half: int) -> NDArray[np.float32]:
    """Subtract the running median, block by block for the sake of memory; gaps stay 0."""
    rest = np.empty(len(zero_dm), np.float32)
    for start in range(0, len(zero_dm), _BLOCK_SAMPLES):
        first, stop = max(start - half, 0), start + _BLOCK_SAMPLES
        median = sparse_running_median(zero_dm[None, first : stop + half], half)[0, start - first :]
        values = zero_dm[start:stop]
        rest[start:stop] = np.where(values == 0.0, np.float32(0.0), values - median[: len(values)])
    return rest


def confirm_spikes(
    spikes: Spikes, nsamples: int, is_undispersed: Callable[[int, int], bool | None]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Keep the spikes that are interference: at the same time in all of the band, and rare.

    Noise may hide the sweep of a weak pulse. So where more than one in ten of the spikes that were looked at is dispersed,
    or in a part of the band only, there is a bright pulsar, and only spikes twice as high as the highest of those are taken
    for interference. Spikes in bad channels are no interference of the others, and say nothing about them.

    Parameters
    ----------
    spikes
        What `find_spikes` found.
    nsamples
        Length of the recording in samples.
    is_undispersed
        Looks at the spectra of a stretch, given by its first sample and the sample after the last; None where good channels
        show nothing. It is called at most `CHECKED_SPIKES` times.

    Returns
    -------
    stretches : ndarray
        Those to mask, int64 [n, 2]. Of more than `CHECKED_SPIKES` as many are looked at, evenly spread; the others follow if
        nine in ten of these are undispersed, else only the high ones.
    remarks : tuple of str
        Sentences for the reader.
    """
    stretches = spikes.stretches
    fraction = float(np.sum(stretches[:, 1] - stretches[:, 0])) / max(nsamples, 1)
    if fraction > _MOST_SPIKES:
        remark = (
            f"Broadband spikes are in {100 * fraction:.0f} % of the samples, which is too much to mask: none was masked."
        )
        return stretches[:0], (remark,)
    number = min(len(stretches), CHECKED_SPIKES)
    checked = np.arange(number) * len(stretches) // max(number, 1)
    verdicts = [is_undispersed(int(start), int(stop)) for start, stop in stretches[checked]]
    is_kept = np.ones(len(stretches), np.bool_)
    is_kept[checked] = [verdict is True for verdict in verdicts]
    is_pulse = np.array([verdict is False for verdict in verdicts], np.bool_)
    if not is_pulse.any():
        return stretches[is_kept], ()
    if np.count_nonzero(is_pulse) > (1.0 - _MAJORITY) * sum(verdict is not None for verdict in verdicts):
        is_kept &= spikes.sigmas > _CLEARLY * spikes.sigmas[checked][is_pulse].max()
    left = len(stretches) - int(np.count_nonzero(is_kept))
    remark = (
        f"{left} of {len(stretches)} spikes were not masked: dispersed, or in a part of the band or in masked channels, or "
        "not clearly higher than such."
    )
    return stretches[is_kept], (remark,)
