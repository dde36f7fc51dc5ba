"""Which DMs to search at which time resolution: the smearing budget.

Four things widen a pulse: the sampling, the dispersion inside a channel, the distance to the nearest DM trial, and the
rounding of delays to samples. Sampling no coarser than the channel smearing costs little, and so does a DM step whose
smearing across the band is no larger than both together (Cordes & McLaughlin 2003, ApJ 596, 1142).
"""

import math

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import DISPERSION_CONSTANT, LANES
from fastpipe.data.dispersion_plan import DispersionPlan, DMRange
from fastpipe.dispersion import channel_smearing_s


def _round_down(value: float) -> float:
    """Round down to two digits, so that trial DMs are numbers people can read."""
    exponent = math.floor(math.log10(value)) - 1
    return round(math.floor(value / 10.0**exponent * (1 + 1e-9)) * 10.0**exponent, 9)


def dm_step_for(chan_freqs_mhz: NDArray[np.float64], smearing_s: float) -> float:
    """DM step in pc cm^-3 at which a pulse half-way between two trials is smeared by `smearing_s` across the band."""
    low, high = chan_freqs_mhz.min(), chan_freqs_mhz.max()
    return float(2 * smearing_s / (DISPERSION_CONSTANT * (low**-2.0 - high**-2.0)))


def make_dispersion_plan(
    chan_freqs_mhz: NDArray[np.float64],
    tsamp: float,
    dm_min: float,
    dm_max: float,
    *,
    dm_step: float | None = None,
    smearing_tolerance: float = 1.0,
    max_downsample: int = 64,
) -> DispersionPlan:
    """Plan the DM trials of a search.

    Parameters
    ----------
    chan_freqs_mhz
        Centres of the channels in MHz, shape [nchans], at least two.
    tsamp
        Sampling time in s.
    dm_min, dm_max
        First and last DM in pc cm^-3.
    dm_step
        Step in pc cm^-3 for all trials; None derives it from the budget.
    smearing_tolerance
        Smearing across the band half-way between trials, in units of the time resolution at that DM.
    max_downsample
        Largest number of samples added into one.

    Returns
    -------
    DispersionPlan
        Ranges whose trials fill whole lane blocks, except the last.

    Examples
    --------
    >>> plan = make_dispersion_plan(1450.0 - np.arange(4096) * 400 / 4096, 49.152e-6, 0.0, 300.0)
    >>> [(dm_range.dm_step, dm_range.downsample) for dm_range in plan.ranges]
    [(0.054, 1), (0.077, 1), (0.095, 1), (0.15, 2)]
    """
    width = abs(float(chan_freqs_mhz[1] - chan_freqs_mhz[0]))
    smearing_per_dm = float(channel_smearing_s(1.0, float(np.mean(chan_freqs_mhz)), width))
    ranges: list[DMRange] = []
    start, end = dm_min, tsamp / smearing_per_dm
    while start <= dm_max:
        # A range ends where the smearing has grown by another factor sqrt(2) beyond the sampling time.
        while end <= start:
            end *= math.sqrt(2.0)
        smearing = smearing_per_dm * start
        downsample = 1
        while 2 * downsample * tsamp <= smearing and 2 * downsample <= max_downsample:
            downsample *= 2
        resolution = math.hypot(downsample * tsamp, smearing)
        step = dm_step or _round_down(dm_step_for(chan_freqs_mhz, smearing_tolerance * resolution))
        remaining = math.floor((dm_max - start) / step * (1 + 1e-9)) + 1
        ntrials = min(remaining, LANES * math.ceil((end - start) / step / LANES))
        ranges.append(DMRange(start, step, ntrials, downsample))
        start = round(start + ntrials * step, 9)
    return DispersionPlan(tuple(ranges))
