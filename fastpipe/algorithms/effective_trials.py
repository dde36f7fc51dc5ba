"""How many independent trials a periodicity search makes.

Trials share noise: neighbouring half bins, sums of more and fewer harmonics, frequencies whose harmonics coincide,
neighbouring DMs. With F the chance that a trial below a probability p is the best of all that share its noise, noise gives
p times the sum of F over all trials such groups. F was measured by simulation for one series, and for a series among its
neighbours in DM: ``python -m benchmarks.effective_trials`` prints the constants of this file and says how.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastpipe.dispersion import dm_delay_s
from fastpipe.errors import ConfigError

_LOG10_PROBABILITIES: Final = np.array([-12.0, -10.0, -8.0])
_ALONE: Final = np.array(
    [
        [0.882, 0.761, 0.856, 0.907, 0.929, 0.966],
        [0.859, 0.719, 0.806, 0.878, 0.899, 0.944],
        [0.814, 0.659, 0.743, 0.812, 0.843, 0.898],
    ]
)
"""F among the trials of one series, for 1, 2, 4 ... 32 harmonics at each probability; errors 0.005 or less."""
_DM_RATE: Final = np.array(
    [
        [4.92, 3.21, 2.81, 3.69, 3.62, 3.63],
        [3.91, 2.60, 3.03, 2.90, 2.97, 3.39],
        [2.98, 2.17, 2.00, 2.69, 2.51, 2.71],
    ]
)
"""F among neighbours in DM over the turns of the highest harmonic in the delay of a step, while these are few; to 5 %."""
_SHARPNESS: Final = 3.0
_NPOINTS: Final = 512
"""Frequencies at which F is evaluated to average it."""


def effective_trials(
    rows: NDArray[np.int64],
    duration_s: float,
    ndms: int,
    step_delay_s: float,
    *,
    log10_probability: float = -10.0,
) -> float:
    """Count the independent trials among those of neighbouring DMs.

    Parameters
    ----------
    rows
        First row of half bins and row after the last that is searched for 1, 2, 4 ... harmonics, shape [nlevels, 2]
        (`fastpipe.algorithms.periodicity.searched_rows`).
    duration_s
        Length of the transform in s.
    ndms
        Number of DM trials, at least 1.
    step_delay_s
        Delay in s by which neighbouring trials differ across the band, from `step_delay_spread_s`.
    log10_probability
        Decimal logarithm of the probability in one trial that matters: about one over the number of trials. From -8 on the
        constants of -8 serve, which count too many.

    Returns
    -------
    float
        Number of trials that, if they were independent, would give as many false alarms; at most that of all trials.

    Raises
    ------
    ConfigError
        If the number of DMs, the length or the delay makes no sense.

    Notes
    -----
    The constants are for sums of up to 32 harmonics. Where fewer are searched the number is too small by up to 3 % (8), 10 %
    (2) and 14 % (1). The fit over DMs is within 0.06 of what was measured.

    Examples
    --------
    >>> rows = np.array([[100, 1100], [200, 2200]])
    >>> round(effective_trials(rows, 10.0, 1, 0.0))
    2297
    >>> round(effective_trials(rows, 10.0, 16, 1e-3))
    8694
    """
    if ndms < 1 or not (0.0 < duration_s < math.inf and 0.0 <= step_delay_s < math.inf):
        raise ConfigError(
            f"found {ndms} DMs of {duration_s} s, {step_delay_s} s apart, expected at least one, a positive length and no "
            "negative delay; give those of the search"
        )
    total = 0.0
    for level, (first, stop) in enumerate(rows.tolist()):
        if stop <= first:
            continue
        alone, rate = (
            float(np.interp(log10_probability, _LOG10_PROBABILITIES, table[:, level])) for table in (_ALONE, _DM_RATE)
        )
        middles = first + (stop - first) * (np.arange(_NPOINTS) + 0.5) / _NPOINTS
        turns = middles / (2.0 * duration_s) * step_delay_s
        total += (stop - first) * (alone + (ndms - 1) * float(fraction_over_dms(turns, alone, rate).mean()))
    return total


def fraction_over_dms(step_turns: ArrayLike, alone: float, rate: float) -> NDArray[np.float64]:
    """Chance that a trial is the best of those that share its noise, neighbours in DM among them.

    Parameters
    ----------
    step_turns
        Turns of the highest harmonic in the delay by which neighbouring DMs differ across the band.
    alone
        The chance among the trials of one series: the limit of many turns.
    rate
        The chance over the turns, where these are few.

    Returns
    -------
    ndarray
        The chance, shape of `step_turns`. The form between the limits was chosen to fit.

    Examples
    --------
    >>> fraction_over_dms([0.0, 0.01, 100.0], 0.9, 3.0).round(3).tolist()
    [0.0, 0.03, 0.9]
    """
    ratio = rate * np.asarray(step_turns, np.float64) / alone
    return np.asarray(alone * ratio / (1.0 + ratio**_SHARPNESS) ** (1.0 / _SHARPNESS))


def step_delay_spread_s(dm_step: float, chan_freqs_mhz: NDArray[np.float64]) -> float:
    """Delay by which neighbouring DM trials differ across the band, as the width of an even spread.

    Parameters
    ----------
    dm_step
        Step between trials in pc cm^-3.
    chan_freqs_mhz
        Centres of the channels in MHz, shape [nchans].

    Returns
    -------
    float
        Delay in s: the root of 12 times the standard deviation of the delays of a step over the channels. How trials
        correlate depends on that alone where they correlate much.

    Examples
    --------
    >>> round(1e6 * step_delay_spread_s(0.1, np.linspace(1450.0, 1050.0, 4096)), 1)
    176.7
    """
    return math.sqrt(12.0) * float(np.std(dm_delay_s(dm_step, chan_freqs_mhz, float(chan_freqs_mhz.max()))))
