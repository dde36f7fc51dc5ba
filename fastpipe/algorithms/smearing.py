"""What widens a pulse: sampling, dispersion inside a channel, the distance to a DM trial, and rounding of delays.

Every term is the full width of a boxcar, in s. The first three are those of survey planning (Cordes & McLaughlin 2003,
ApJ 596, 1142; Lorimer & Kramer 2005, Handbook of Pulsar Astronomy, section 6.1.1); the last one belongs to the radix stages.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastpipe.algorithms.delay_rounding import together_variance
from fastpipe.algorithms.radix_plan import choose_radices
from fastpipe.data.dispersion_plan import DispersionPlan, DMRange
from fastpipe.data.smearing import Smearing
from fastpipe.dispersion import channel_smearing_s, dm_delay_s


def sampling_smearing_s(tsamp: float, downsample: int) -> float:
    """Smearing by the sampling: the time in s over which one sample of a series is taken.

    Parameters
    ----------
    tsamp
        Sampling time of the recording in s.
    downsample
        Samples of the recording added into one of the series.

    Examples
    --------
    >>> sampling_smearing_s(50e-6, 4)
    0.0002
    """
    return tsamp * downsample


def inner_smearing_s(dm: ArrayLike, chan_freqs_mhz: NDArray[np.float64], coherent_dm: float = 0.0) -> NDArray[np.float64]:
    """Smearing by dispersion inside a channel, in the middle of the band.

    Parameters
    ----------
    dm
        DM in pc cm^-3.
    chan_freqs_mhz
        Centres of the channels in MHz, evenly spaced, shape [nchans], at least two.
    coherent_dm
        DM in pc cm^-3 that was removed inside the channels, before their power was taken; 0 for none.

    Returns
    -------
    ndarray
        Delay in s between the two edges of a channel for ``abs(dm - coherent_dm)``, shape of `dm`.

    Examples
    --------
    >>> freqs = 1450.0 - np.arange(4096) * 400 / 4096
    >>> inner_smearing_s([100.0, 150.0], freqs, coherent_dm=100.0).round(7)
    array([0.00e+00, 2.07e-05])
    """
    width_mhz = abs(float(chan_freqs_mhz[1] - chan_freqs_mhz[0]))
    distance = np.abs(np.asarray(dm, np.float64) - coherent_dm)
    return channel_smearing_s(distance, float(np.mean(chan_freqs_mhz)), width_mhz)


def step_smearing_s(dm_step: float, chan_freqs_mhz: NDArray[np.float64]) -> float:
    """Smearing across the band of a pulse half-way between two DM trials.

    Parameters
    ----------
    dm_step
        Step between trials in pc cm^-3.
    chan_freqs_mhz
        Centres of the channels in MHz, shape [nchans].

    Returns
    -------
    float
        Delay in s between the lowest and the highest channel for half a step. Survey plans often use its limit for narrow
        bands, 8.3 us DM bandwidth (MHz) / frequency^3 (GHz): 8 % less for 1000 to 1500 MHz.

    Examples
    --------
    >>> round(1e6 * step_smearing_s(0.1, np.linspace(1450.0, 1050.0, 4096)), 1)
    89.5
    """
    return float(dm_delay_s(dm_step / 2.0, float(chan_freqs_mhz.min()), float(chan_freqs_mhz.max())))


def rounding_smearing_s(tsamp: float, radices: tuple[int, ...]) -> float:
    """Smearing by the radix stages, which round delays to samples once a stage.

    Parameters
    ----------
    tsamp
        Sampling time of the series in s.
    radices
        Rows that each stage adds, as in `fastpipe.algorithms.radix_plan`; a stage that adds one moves all alike.

    Returns
    -------
    float
        Full width in s of a boxcar with the variance of the delay errors over the channels.

    Notes
    -----
    In samples, a shift that is rounded has an error between -1/2 and 1/2. What the terms of a row are late by together does
    no harm, so the variance is that of delays rounded together, `together_variance` of the radix, 0.059 for 16. A row that
    serves several trials has a DM whose delay across the channels of the row is wrong by up to half a sample: an error
    between -1/2 and 1/2 times the place of a channel, between -1/2 and 1/2 too. That is the variance 1/144, in each of the
    n - 1 stages before the last. A boxcar of width w has the variance w^2 / 12: 1.52 samples for three stages of 16, where
    channel by channel, with one rounding, it would be 1. Where there are so few trials that a row serves only one of them,
    the second part is less.

    Examples
    --------
    >>> round(rounding_smearing_s(1.0, (16, 16, 16)), 2), round(rounding_smearing_s(1.0, (1, 1, 64)), 2)
    (1.52, 0.92)
    """
    nstages = sum(radix > 1 for radix in radices)
    rounded = sum(together_variance(radix) for radix in radices)
    return tsamp * math.sqrt(12.0 * rounded + max(nstages - 1, 0) / 12.0)


def plan_smearing(
    plan: DispersionPlan, chan_freqs_mhz: NDArray[np.float64], tsamp: float, coherent_dm: float = 0.0
) -> Smearing:
    """Compute all terms at every DM trial of a plan.

    Parameters
    ----------
    plan
        The plan.
    chan_freqs_mhz
        Centres of the channels in MHz, evenly spaced, shape [nchans], at least two.
    tsamp
        Sampling time of the recording in s.
    coherent_dm
        DM in pc cm^-3 that was removed inside the channels; 0 for none.

    Returns
    -------
    Smearing
        For a pulsar half-way to the next trial: the worst place.
    """
    parts = [_range_smearing(dm_range, chan_freqs_mhz, tsamp, coherent_dm) for dm_range in plan.ranges]
    return Smearing(*(np.concatenate(terms) for terms in zip(*parts, strict=True)))


def _range_smearing(
    dm_range: DMRange, chan_freqs_mhz: NDArray[np.float64], tsamp: float, coherent_dm: float
) -> tuple[NDArray[np.float64], ...]:
    """Return the fields of `Smearing` for the trials of one range."""
    dms, sampling_s = dm_range.dm_trials, sampling_smearing_s(tsamp, dm_range.downsample)
    sweep_s = dm_delay_s(dms, float(chan_freqs_mhz.min()), float(chan_freqs_mhz.max()))
    spread = float(sweep_s[-1] - sweep_s[0]) / sampling_s
    rounding_s = rounding_smearing_s(sampling_s, choose_radices(len(chan_freqs_mhz), spread, len(dms)))
    return (
        dms,
        np.full(len(dms), sampling_s),
        inner_smearing_s(dms, chan_freqs_mhz, coherent_dm),
        np.full(len(dms), step_smearing_s(dm_range.dm_step, chan_freqs_mhz)),
        # Where the sweep is a part of a sample nothing is rounded by more than that.
        np.minimum(rounding_s, sweep_s),
    )
