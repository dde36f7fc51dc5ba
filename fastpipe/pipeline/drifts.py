"""Which drifts of the frequency a search tries in series of a given length, and which peaks it keeps."""

import math
from typing import Final

from fastpipe.algorithms.acceleration import acceleration_memory_bytes
from fastpipe.algorithms.acceleration_grid import AccelerationGrid, acceleration_grid
from fastpipe.algorithms.lane_fft import spectra_workspace_bytes
from fastpipe.algorithms.significance import sigma_from_log_probability
from fastpipe.config import SearchConfig

MOST_NOISE: Final = 1e5
"""Detections of noise in a run, beyond which the threshold rises: they serve nobody, and take memory and time."""


def drift_grid(nfft: int, tsamp: float, config: SearchConfig) -> AccelerationGrid | None:
    """Plan the acceleration search of series of one length.

    Parameters
    ----------
    nfft
        Length of the transform in samples.
    tsamp
        Sampling time of the series in s.
    config
        Of the search.

    Returns
    -------
    AccelerationGrid or None
        None where no drift is asked for, where none moves a harmonic by a bin, or none of the frequencies is in the series.
    """
    drifts, options = config.acceleration.drifts, config.periodicity
    freq_max_hz = min(options.freq_max_hz, 0.5 / tsamp)
    if drifts is None or options.freq_min_hz >= freq_max_hz:
        return None
    grid = acceleration_grid(
        nfft // 2 + 1,
        nfft * tsamp,
        freqs_hz=(options.freq_min_hz, freq_max_hz),
        drifts=drifts,
        nharm_max=min(config.acceleration.accel_nharm_max, options.nharm_max),
    )
    return grid if grid.ntrials else None


def task_bytes(nfft: int, grid: AccelerationGrid | None) -> int:
    """Return the working space that the search of one lane block borrows, in bytes.

    Parameters
    ----------
    nfft
        Length of the transform in samples.
    grid
        Drifts that are searched, from `drift_grid`; None for none.

    Returns
    -------
    int
        That of the spectra, and after it that of the search for drifts.
    """
    return spectra_workspace_bytes(nfft) + (0 if grid is None else acceleration_memory_bytes(grid))


def least_sigma(ntrials: float, config: SearchConfig) -> float:
    """Return the sigma from which on a run keeps peaks.

    Parameters
    ----------
    ntrials
        Effective number of trials of the whole run.
    config
        Of the search.

    Returns
    -------
    float
        That of the configuration, or more where noise would give more than `MOST_NOISE` detections; still far below what
        makes a candidate.

    Examples
    --------
    >>> least_sigma(1e10, SearchConfig()), round(least_sigma(2.5e13, SearchConfig()), 2)
    (5.0, 5.77)
    """
    if ntrials <= 2.0 * MOST_NOISE:
        return config.periodicity.sigma_min
    return max(config.periodicity.sigma_min, float(sigma_from_log_probability(math.log(MOST_NOISE / ntrials))))
