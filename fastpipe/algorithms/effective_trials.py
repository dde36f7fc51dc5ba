"""How many independent trials a periodicity search makes.

Trials share noise: neighbouring half bins, drifts and jerks, sums of more and fewer harmonics, frequencies whose harmonics
coincide, neighbouring DMs. With F the chance that a trial below a probability p is the best of all that share its noise,
noise gives p times the sum of F over all trials such groups. F was measured by simulation:
``python -m benchmarks.effective_trials`` prints the constants of this file and says how.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastpipe.algorithms.acceleration_grid import AccelerationGrid
from fastpipe.dispersion import dm_delay_s
from fastpipe.errors import ConfigError

_LOG10_PROBABILITIES: Final = np.array([-12.0, -10.0, -8.0])
_ALONE: Final = np.array(
    [
        [0.889, 0.764, 0.856, 0.905, 0.930, 0.965],
        [0.863, 0.722, 0.814, 0.877, 0.902, 0.942],
        [0.806, 0.655, 0.744, 0.819, 0.849, 0.904],
    ]
)
"""F among the trials of one series, for 1, 2, 4 ... 32 harmonics at each probability; errors 0.006 or less."""
_ALONE_TOP: Final = np.array(
    [
        [0.999, 0.826, 0.893, 0.921, 0.940, 0.965],
        [0.998, 0.795, 0.864, 0.903, 0.919, 0.942],
        [0.993, 0.760, 0.816, 0.859, 0.874, 0.904],
    ]
)
"""The same where no more harmonics are summed."""
_DM_RATE: Final = np.array(
    [
        [4.70, 3.12, 3.23, 3.46, 3.12, 3.62],
        [3.88, 2.79, 2.74, 3.20, 3.13, 3.00],
        [3.42, 2.43, 2.21, 2.69, 2.26, 2.83],
    ]
)
"""F among neighbours in DM over the turns of the highest harmonic in the delay of a step, while these are few; to 5 %."""
_DRIFT: Final = np.array(
    [
        [0.812, 0.631, 0.688, 0.724, 0.764],
        [0.773, 0.590, 0.623, 0.648, 0.703],
        [0.706, 0.510, 0.530, 0.573, 0.599],
    ]
)
"""What every step of drift adds to F of its frequency, for 1, 2, 4, 8, 16 harmonics; errors 0.005 to 0.007."""
_DRIFT_TOP: Final = np.array(
    [
        [0.900, 0.682, 0.716, 0.740, 0.764],
        [0.871, 0.644, 0.660, 0.666, 0.703],
        [0.830, 0.583, 0.579, 0.601, 0.599],
    ]
)
"""The same where no more harmonics are summed with drift."""
_JERK: Final = np.array([0.77, 0.72, 0.68, 0.69, 0.66])
"""What every step of jerk adds to F of its frequency and all drifts, over that without jerk; at 1e-10, errors 0.02."""
_SHARPNESS: Final = 3.0
_NPOINTS: Final = 2048
"""Frequencies at which F is evaluated to average it."""


def effective_trials(
    rows: NDArray[np.int64],
    duration_s: float,
    ndms: int,
    step_delay_s: float,
    grid: AccelerationGrid | None = None,
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
    grid
        Drifts and jerks that are searched as well, at the same frequencies; None for none.
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
    For drifts from -N to N steps F adds up to ``F(0) + 2 N D``, with D one constant, whatever N is: the last step has fewer
    neighbours just as that without drift has where there is no other. With M steps of jerk of either sign it is
    ``1 + 2 M J`` times as much. Neighbours in DM take from all of them alike. These laws hold within 3 %, the fit over DMs
    within 0.06. Where drifts are within a range of acceleration, N is that of each frequency.

    Examples
    --------
    >>> rows = np.array([[100, 1100], [200, 2200]])
    >>> effective_trials(rows[:1], 10.0, 1, 0.0) < effective_trials(rows, 10.0, 1, 0.0) < 3000
    True
    >>> effective_trials(rows, 10.0, 16, 1e-3) < 16 * effective_trials(rows, 10.0, 1, 0.0)
    True
    """
    if ndms < 1 or not (0.0 < duration_s < math.inf and 0.0 <= step_delay_s < math.inf):
        raise ConfigError(
            f"found {ndms} DMs of {duration_s} s, {step_delay_s} s apart, expected at least one, a positive length and no "
            "negative delay; give those of the search"
        )
    total, last = 0.0, len(rows) - 1
    for level, (first, stop) in enumerate(rows.tolist()):
        if stop <= first:
            continue
        alone = _constant(_ALONE_TOP if level == last else _ALONE, level, log10_probability)
        rate = _constant(_DM_RATE, level, log10_probability)
        middles = first + (stop - first) * (np.arange(_NPOINTS) + 0.5) / _NPOINTS
        turns = middles / (2.0 * duration_s) * step_delay_s
        groups_per_row = alone + _groups_with_drift(grid, level, middles, alone, log10_probability)
        share_of_dm = fraction_over_dms(turns, alone, rate) / alone
        total += (stop - first) * float((groups_per_row * (1.0 + (ndms - 1) * share_of_dm)).mean())
    return total


def _groups_with_drift(
    grid: AccelerationGrid | None, level: int, rows: NDArray[np.float64], alone: float, log10_probability: float
) -> NDArray[np.float64]:
    """Return the sum of F over the trials with drift or jerk at some rows of 2^`level` harmonics, shape of `rows`."""
    if grid is None or level >= len(grid.limits):
        return np.zeros_like(rows)
    nzsteps, nwsteps = (
        np.searchsorted(first_rows, rows, "right") - 1 for first_rows in (grid.first_rows, grid.first_jerk_rows)
    )
    drift = _constant(_DRIFT_TOP if level == len(grid.limits) - 1 else _DRIFT, level, log10_probability)
    groups_per_row = (alone + 2.0 * nzsteps * drift) * (1.0 + 2.0 * nwsteps * _JERK[level]) - alone
    return np.asarray(groups_per_row, np.float64)


def _constant(table: NDArray[np.float64], level: int, log10_probability: float) -> float:
    return float(np.interp(log10_probability, _LOG10_PROBABILITIES, table[:, level]))


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
