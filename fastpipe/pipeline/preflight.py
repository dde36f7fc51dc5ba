"""Checks of the configuration against the recording, before any data are read."""

import logging
import math
from dataclasses import dataclass, fields

import numpy as np

from fastpipe.algorithms.dedispersion_plan import PlanRules, make_dispersion_plan
from fastpipe.algorithms.effective_trials import effective_trials, step_delay_spread_s
from fastpipe.algorithms.periodicity import searched_rows
from fastpipe.config import SearchConfig
from fastpipe.data.dispersion_plan import DispersionPlan, DMRange
from fastpipe.data.header import Header
from fastpipe.dispersion import dm_of_delay
from fastpipe.errors import ConfigError, HeaderError
from fastpipe.pipeline.birdies import read_birdies
from fastpipe.pipeline.drifts import drift_grid
from fastpipe.pipeline.shards import series_length

_MIN_SAMPLES = 1024
_MAX_TRIALS = 1_000_000

_log = logging.getLogger("fastpipe")


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """What a search is going to try."""

    dispersion: DispersionPlan
    ntrials: float
    """Effective number of trials of the whole run: independent ones that would give as many false alarms."""


def check_and_plan(header: Header, config: SearchConfig) -> SearchPlan:
    """Check the configuration against the header and plan the trials.

    Parameters
    ----------
    header
        Of the recording.
    config
        Of the search.

    Returns
    -------
    SearchPlan
        DM trials and their number. A series has one DM; trials whose sweep is longer than the recording are left out.

    Raises
    ------
    HeaderError
        If the recording is too short for a search.
    ConfigError
        If nothing would be searched, or the list of birdies makes no sense.
    """
    if header.nsamples < _MIN_SAMPLES:
        raise HeaderError(
            f"found a recording of {header.nsamples} samples, expected at least {_MIN_SAMPLES} to tell periods from noise; "
            "search a longer one"
        )
    plan = plan_trials(header, config)
    if plan.ntrials == 0:
        raise ConfigError(
            f"found frequencies of {config.periodicity.freq_min_hz} to {config.periodicity.freq_max_hz} Hz, expected some "
            f"between 0 and {0.5 / header.tsamp:.6g} Hz, half the sampling rate of this recording, with at least one "
            f"sample of {config.dedispersion.min_downsample} spectra a turn; change freq_min_hz or min_downsample"
        )
    longest = longest_dm(header)
    if config.dedispersion.dm_max > longest:
        _log.warning("DMs above %.5g sweep across the band for longer than the recording lasts; they are left out", longest)
    read_birdies(header, config.birdies)
    return plan


def plan_trials(header: Header, config: SearchConfig) -> SearchPlan:
    """Plan the trials of a configuration that is known to fit the recording but for what the plan itself tells.

    Parameters
    ----------
    header
        Of the recording.
    config
        Of the search.

    Returns
    -------
    SearchPlan
        DM trials, and the effective number of all trials, which is 0 where no frequency would be searched.

    Raises
    ------
    ConfigError
        If the DMs do not fit the recording.
    """
    dispersion = _plan_dispersion(header, config)
    return SearchPlan(dispersion, _count_trials(header, dispersion, config))


def longest_dm(header: Header) -> float:
    """Return the DM whose sweep of the band is as long as the recording; infinite where nothing is dedispersed."""
    if header.dm is not None or header.nchans == 1:
        return math.inf
    freqs = header.chan_freqs_mhz
    return float(dm_of_delay(header.tobs_s, freqs.min(), freqs.max()))


def _count_trials(header: Header, dispersion: DispersionPlan, config: SearchConfig) -> float:
    """Return the effective number of trials of a run."""
    options, has_dms = config.periodicity, header.dm is None and header.nchans > 1
    searched, ntrials = [], 0
    for dm_range in dispersion.ranges:
        tsamp = header.tsamp * dm_range.downsample
        nfft = series_length(header.nsamples, dm_range.downsample)[1]
        rows = searched_rows(nfft, tsamp, options.freq_min_hz, options.freq_max_hz, options.nharm_max)
        grid = drift_grid(nfft, tsamp, config)
        delay_s = step_delay_spread_s(dm_range.dm_step, header.chan_freqs_mhz) if has_dms else 0.0
        searched.append((rows, nfft * tsamp, dm_range.ntrials, delay_s, grid))
        in_one_series = int(np.maximum(rows[:, 1] - rows[:, 0], 0).sum()) + (grid.ntrials if grid else 0)
        ntrials += dm_range.ntrials * in_one_series
    # The probability that matters is about one over the number of trials; the smaller it is, the less trials share noise.
    log10_probability = -math.log10(max(ntrials, 1))
    return sum(effective_trials(*trials, log10_probability=log10_probability) for trials in searched)


def _plan_dispersion(header: Header, config: SearchConfig) -> DispersionPlan:
    if header.dm is not None:
        return DispersionPlan((DMRange(header.dm, 1.0, 1, 1),))
    options = config.dedispersion
    if header.nchans == 1:
        return DispersionPlan((DMRange(options.dm_min, 1.0, 1, 1),))
    longest = longest_dm(header)
    if options.dm_min > longest:
        raise ConfigError(
            f"found dm_min = {options.dm_min}, expected at most {longest:.5g}, whose sweep of the band is as long as the "
            f"recording of {header.tobs_s:.4g} s; lower dm_min"
        )
    if options.dm_step is not None and options.dm_max - options.dm_min > _MAX_TRIALS * options.dm_step:
        raise ConfigError(
            f"found dm_step = {options.dm_step}, expected at most {_MAX_TRIALS} trials from {options.dm_min} to "
            f"{options.dm_max}; set a larger dm_step"
        )
    rules = PlanRules(**{field.name: getattr(options, field.name) for field in fields(PlanRules)})
    return make_dispersion_plan(header.chan_freqs_mhz, header.tsamp, options.dm_min, min(options.dm_max, longest), rules)
