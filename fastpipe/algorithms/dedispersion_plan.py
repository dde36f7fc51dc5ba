"""Which DMs to search at which time resolution: the smearing budget.

Four things widen a pulse: the sampling, the dispersion inside a channel, the distance to the nearest DM trial, and the
rounding of delays to samples. Sampling no coarser than the channel smearing costs little, and so does a DM step whose
smearing across the band is no larger than all else together (Cordes & McLaughlin 2003, ApJ 596, 1142).
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.radix_plan import choose_radices
from fastpipe.algorithms.smearing import inner_smearing_s, rounding_smearing_s, step_smearing_s
from fastpipe.constants import LANES
from fastpipe.data.dispersion_plan import DispersionPlan, DMRange

_LISTED_DIGITS = (1.0, 2.0, 3.0, 5.0)
_LISTED_EXCESS = 1.2
"""A step of the list may be larger than the rule asks for by this factor."""
_BUDGET_EXCESS = math.sqrt(2.0)
"""Smearing half-way between two trials in units of all else, by the budget with a tolerance of 1: on average over places its
mean square is two thirds of all else."""
_BUDGET_RESOLUTION = 0.5
"""Coarsest time resolution in units of the channel smearing, by the budget. At equal cost this keeps more S/N than finer
steps with a coarser resolution do, because the delays are rounded to samples: docs/plan.md."""
_FIRST_EXCESS, _EXCESS = 1.0, 2.0
"""Channel smearing, in units of all else together, at which the sampling becomes coarser for the first and next times."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanRules:
    """How steps and time resolution are chosen."""

    dm_step: float | None = None
    """Step in pc cm^-3 for all trials; None derives it."""
    smearing_tolerance: float = 1.0
    """Smearing across the band half-way between trials, in units of sqrt(2) times all other smearing at that DM."""
    min_downsample: int = 1
    """Least number of samples added into one, a power of two."""
    max_downsample: int = 64
    """Largest number of samples added into one."""
    coherent_dm: float = 0.0
    """DM in pc cm^-3 that was removed inside the channels before their power was taken; 0 for none."""
    plan_rule: Literal["budget", "survey"] = "budget"
    """Steps and time resolution from the budget, or as surveys choose them, with steps from a list of round numbers."""


def dm_step_for(chan_freqs_mhz: NDArray[np.float64], smearing_s: float) -> float:
    """DM step in pc cm^-3 at which a pulse half-way between two trials is smeared by `smearing_s` across the band."""
    return smearing_s / step_smearing_s(1.0, chan_freqs_mhz)


def make_dispersion_plan(
    chan_freqs_mhz: NDArray[np.float64], tsamp: float, dm_min: float, dm_max: float, rules: PlanRules | None = None
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
    rules
        How steps and time resolution are chosen; None for the defaults.

    Returns
    -------
    DispersionPlan
        Ranges whose trials fill whole lane blocks, except the last.

    Notes
    -----
    With c the channel smearing, d the rounding of delays, and b the smearing across the band half-way between two trials:

    - "budget": the resolution r is the coarsest power of two times `tsamp` that is at most half of c, and b is at most
      `smearing_tolerance` times sqrt(2) hypot(r, c, d). A range ends where c has changed by a factor sqrt(2).
    - "survey": b is the resolution, rounded down to 1, 2, 3 or 5 times a power of ten (a fifth more is allowed). The
      resolution becomes coarser by two where c is twice sampling time, resolution and b in quadrature; for the first time
      where it is as large. That is how plans for PRESTO are usually made, with finer steps where c is large.

    Examples
    --------
    >>> plan = make_dispersion_plan(1450.0 - np.arange(4096) * 400 / 4096, 49.152e-6, 0.0, 300.0)
    >>> [(dm_range.dm_step, dm_range.downsample) for dm_range in plan.ranges]
    [(0.14, 1), (0.16, 1), (0.17, 1), (0.21, 1)]
    """
    nchans = len(chan_freqs_mhz)
    # As many stages as many trials need; so few that they need less are a matter of one lane block.
    rounding_samples = rounding_smearing_s(1.0, choose_radices(nchans, nchans, nchans))
    band = _Band(chan_freqs_mhz, tsamp, rounding_samples, rules or PlanRules())
    next_range = _survey_range if band.rules.plan_rule == "survey" else _budget_range
    ranges: list[DMRange] = []
    start = dm_min
    while start <= dm_max:
        end, step, downsample = next_range(band, start)
        remaining = math.floor((dm_max - start) / step * (1 + 1e-9)) + 1
        nblocks = (min(end, dm_max + LANES * step) - start) / step / LANES
        # Where the smearing falls, towards the coherent DM, a range must not reach beyond the end it was planned for.
        ntrials = LANES * (math.ceil(nblocks) if end > band.rules.coherent_dm else max(math.floor(nblocks), 1))
        ranges.append(DMRange(start, step, min(remaining, ntrials), downsample))
        start = round(start + ntrials * step, 9)
    return DispersionPlan(tuple(ranges))


@dataclass(frozen=True, slots=True)
class _Band:
    """What the rules need to know of the recording."""

    chan_freqs_mhz: NDArray[np.float64]
    tsamp: float
    rounding_samples: float
    rules: PlanRules

    @property
    def dm_of_tsamp(self) -> float:
        """Distance to the coherent DM in pc cm^-3 at which the channel smearing is the sampling time."""
        return self.tsamp / float(inner_smearing_s(1.0, self.chan_freqs_mhz))


def _budget_range(band: _Band, start: float) -> tuple[float, float, int]:
    """Return end, step and downsampling of the range that begins at a DM, by the budget."""
    coherent_dm = band.rules.coherent_dm
    end = _budget_end(band, start - coherent_dm)
    step, downsample = _budget_step(band, max(start - coherent_dm, coherent_dm - end, 0.0))
    if end <= coherent_dm and start + LANES * step > end:
        # One lane block takes the range nearer to the coherent DM, where the smearing is less.
        return end, *_budget_step(band, max(coherent_dm - start - LANES * step, 0.0))
    return end, step, downsample


def _budget_end(band: _Band, offset: float) -> float:
    """Return the next DM after an offset from the coherent one at which a range ends.

    There the channel smearing is the finest resolution times a power of sqrt(2).
    """
    edge = band.dm_of_tsamp * band.rules.min_downsample
    if offset >= -edge:
        while edge <= offset:
            edge *= math.sqrt(2.0)
        return band.rules.coherent_dm + edge
    while edge * math.sqrt(2.0) < -offset:
        edge *= math.sqrt(2.0)
    return band.rules.coherent_dm - edge


def _budget_step(band: _Band, distance: float) -> tuple[float, int]:
    """Return step and downsampling for a distance to the coherent DM."""
    rules, smearing = band.rules, distance / band.dm_of_tsamp * band.tsamp
    downsample = rules.min_downsample
    while 2 * downsample * band.tsamp <= _BUDGET_RESOLUTION * smearing and 2 * downsample <= rules.max_downsample:
        downsample *= 2
    sampling = downsample * band.tsamp
    all_else = math.hypot(sampling, smearing, band.rounding_samples * sampling)
    tolerated = _BUDGET_EXCESS * rules.smearing_tolerance * all_else
    return rules.dm_step or _round_down(dm_step_for(band.chan_freqs_mhz, tolerated)), downsample


def _survey_range(band: _Band, start: float) -> tuple[float, float, int]:
    """Return end, step and downsampling of the range that begins at a DM, as surveys choose them."""
    coherent_dm = band.rules.coherent_dm
    downsample = _survey_downsample(band, abs(start - coherent_dm))
    step = _survey_step(band, downsample)
    if start >= coherent_dm or downsample == band.rules.min_downsample:
        return coherent_dm + _survey_reach(band, downsample), step, downsample
    end = coherent_dm - _survey_reach(band, downsample // 2)
    if start + LANES * step > end:
        downsample = _survey_downsample(band, max(coherent_dm - start - LANES * step, 0.0))
    return end, _survey_step(band, downsample), downsample


def _survey_downsample(band: _Band, distance: float) -> int:
    """Return the downsampling at a distance to the coherent DM."""
    downsample = band.rules.min_downsample
    while distance >= _survey_reach(band, downsample):
        downsample *= 2
    return downsample


def _survey_step(band: _Band, downsample: int) -> float:
    exact = dm_step_for(band.chan_freqs_mhz, band.rules.smearing_tolerance * downsample * band.tsamp)
    return band.rules.dm_step or _listed(exact * _LISTED_EXCESS)


def _survey_reach(band: _Band, downsample: int) -> float:
    """Return the distance to the coherent DM in pc cm^-3 up to which a downsampling is used."""
    if 2 * downsample > band.rules.max_downsample:
        return math.inf
    step_s = step_smearing_s(_survey_step(band, downsample), band.chan_freqs_mhz)
    excess = _FIRST_EXCESS if downsample == 1 else _EXCESS
    return excess * math.hypot(band.tsamp, downsample * band.tsamp, step_s) / band.tsamp * band.dm_of_tsamp


def _round_down(value: float) -> float:
    """Round down to two digits, so that trial DMs are numbers people can read."""
    exponent = math.floor(math.log10(value)) - 1
    return round(math.floor(value / 10.0**exponent * (1 + 1e-9)) * 10.0**exponent, 9)


def _listed(value: float) -> float:
    """Return the largest 1, 2, 3 or 5 times a power of ten that is not above a value."""
    power = 10.0 ** math.floor(math.log10(value))
    return round(max(digit for digit in _LISTED_DIGITS if digit * power <= value * (1 + 1e-9)) * power, 9)
