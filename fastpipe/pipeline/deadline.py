"""A search that ends in time: the least sensitivity is given up that a deadline asks for."""

import logging
import math
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import partial

from fastpipe.algorithms.smearing import plan_smearing
from fastpipe.config import SearchConfig, override
from fastpipe.data.deadline_choice import SHORT_PULSE_S, DeadlineChoice, PlanChoice
from fastpipe.data.header import Header
from fastpipe.data.kernel_rates import KernelRates
from fastpipe.data.recording import Recording
from fastpipe.data.smearing import Smearing
from fastpipe.errors import ConfigError, ResourceError
from fastpipe.pipeline.budget import Budget
from fastpipe.pipeline.cost import predict_cost
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.machine_rates import recording_rates
from fastpipe.pipeline.preflight import SearchPlan, plan_trials
from fastpipe.units import format_seconds, parse_seconds

PULSES_S = (0.5e-3, 1e-3, 5e-3, 50e-3)
"""Full widths at half maximum in s of the pulses whose mean S/N is to fall least."""

_log = logging.getLogger("fastpipe")

_SAMPLES_A_TURN = 8
"""Fewest samples of the slowest turn that is searched."""

_FACTORS = tuple(2.0 ** (quarter / 4.0) for quarter in range(1, 9))
"""By which the smearing tolerance may grow."""


@dataclass(frozen=True, slots=True)
class TimedSearch:
    """A search with options that fit the deadline."""

    config: SearchConfig
    """Options of all stages, without the deadline: they give the same search on every machine."""
    plan: SearchPlan
    """The trials."""
    choice: DeadlineChoice | None = None
    """What was given up; None without a deadline."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """A sentence for the reader of the results, where anything was given up."""
        return (self.choice.sentence(),) if self.choice is not None and self.choice.is_needed else ()


def meet_deadline(
    recording: Recording, config: SearchConfig, plan: SearchPlan, budget: Budget, executor: Executor
) -> TimedSearch:
    """Choose options for a recording that meet the deadline of a configuration on this machine.

    Parameters
    ----------
    recording
        The open recording, of which a few MB are read where there is a deadline.
    config
        Options of all stages.
    plan
        The trials of this configuration.
    budget
        Memory and threads.
    executor
        Runs the probes that measure this machine, where there is a deadline and it was not measured before.

    Returns
    -------
    TimedSearch
        The least loss that fits; configuration and plan as given, where there is no deadline.

    Raises
    ------
    ConfigError
        If there is a deadline and the recording has no channels, and so nothing that could be tried less finely.
    ResourceError
        If the deadline is too short; the message says what would do.
    """
    if not config.dedispersion.deadline:
        return TimedSearch(config, plan)
    if recording.header.is_series or recording.header.nchans == 1:
        raise ConfigError(
            f"found a deadline for {recording.paths[0]}, expected none for a single channel, which is not dedispersed; "
            "leave the deadline out"
        )
    rates = recording_rates(recording, executor, with_drifts=config.acceleration.drifts is not None)
    search = choose_in_time(recording.header, config, plan, budget, rates)
    # Said at once: whoever minds may stop the search before it has cost anything.
    for remark in search.remarks:
        _log.warning("%s", remark)
    return search


def choose_in_time(
    header: Header, config: SearchConfig, plan: SearchPlan, budget: Budget, rates: tuple[KernelRates, float]
) -> TimedSearch:
    """Choose options that meet the deadline of a configuration, for given rates.

    Parameters
    ----------
    header
        Of a filterbank recording.
    config
        Options of all stages.
    plan
        The trials of this configuration.
    budget
        Memory and threads.
    rates
        Seconds for a unit of each kind of work, and for reading one value of the recording in one thread.

    Returns
    -------
    TimedSearch
        The options with the largest mean S/N that fit. The mean is that over the DMs, places between two trials, and
        pulses of `PULSES_S`. The ladder has smearing tolerances of up to four times the one asked for, unless the step is
        given, and each least downsampling that is allowed.

    Raises
    ------
    ResourceError
        If the deadline is too short; the message says what would do.

    Notes
    -----
    Predicted time and S/N fall along both sides of the ladder, so that for each downsampling the finest step that fits is
    found by bisection. Where ranges hold only some lane blocks they fall with jumps, and the choice may be the second best.
    """
    if not config.dedispersion.deadline:
        return TimedSearch(config, plan)
    ladder = _Ladder(header, override(config, deadline=""), budget, rates)
    deadline_s = parse_seconds(config.dedispersion.deadline)
    asked = chosen = ladder.rung(0, 0)
    if asked.wall_s > deadline_s:
        coarsest = ladder.rung(-1, -1)
        if coarsest.wall_s > deadline_s:
            raise ResourceError(
                f"found a deadline of {format_seconds(deadline_s)}, expected at least {_rounded_up(coarsest.wall_s)}, for "
                "that is predicted with the coarsest DM steps and samples; give more time or a smaller dm_max"
            )
        chosen = max(ladder.fitting_rungs(deadline_s), key=_Rung.mean_snr_kept)
    return TimedSearch(
        chosen.config, chosen.plan, DeadlineChoice(deadline_s=deadline_s, asked=asked.summary(), chosen=chosen.summary())
    )


@dataclass(frozen=True, slots=True)
class _Rung:
    """One choice of options, with what it sees and costs."""

    config: SearchConfig
    plan: SearchPlan
    smearing: Smearing
    wall_s: float

    def mean_snr_kept(self) -> float:
        """Return the mean fraction of S/N kept over DMs, places and pulses."""
        return sum(map(self.smearing.mean_snr_kept, PULSES_S)) / len(PULSES_S)

    def summary(self) -> PlanChoice:
        """Return what a reader wants to know."""
        options = self.config.dedispersion
        return PlanChoice(
            smearing_tolerance=options.smearing_tolerance,
            min_downsample=options.min_downsample,
            ntrials=self.plan.dispersion.ntrials,
            wall_s=self.wall_s,
            snr_kept=self.smearing.mean_snr_kept(SHORT_PULSE_S),
        )


@dataclass(frozen=True, slots=True)
class _Ladder:
    """All choices for one search: smearing tolerances times least downsamplings, the finest first."""

    header: Header
    config: SearchConfig
    budget: Budget
    rates: tuple[KernelRates, float]
    _rungs: dict[tuple[float, int], _Rung] = field(default_factory=dict)
    """Those that were made: each takes up to a second."""

    @property
    def tolerances(self) -> list[float]:
        """Smearing tolerances, ascending; one where the step is given, which they would not change."""
        options = self.config.dedispersion
        factors = _FACTORS if options.dm_step is None else ()
        # Numbers that a person can write down.
        return [options.smearing_tolerance, *(float(f"{options.smearing_tolerance * factor:.3g}") for factor in factors)]

    @property
    def downsamples(self) -> list[int]:
        """Least numbers of samples added into one, ascending, as far as the lowest frequency is still searched."""
        options, least_hz = self.config.dedispersion, self.config.periodicity.freq_min_hz
        doublings = int(math.log2(options.max_downsample / options.min_downsample))
        allowed = [options.min_downsample << doubling for doubling in range(1, doublings + 1)]
        coarsest = _SAMPLES_A_TURN * max(least_hz * self.header.tsamp, 1.0 / self.header.nsamples)
        return [options.min_downsample, *(downsample for downsample in allowed if downsample * coarsest <= 1.0)]

    def rung(self, step: int, resolution: int) -> _Rung:
        """Return the choice of one smearing tolerance and least downsampling, by their places in the lists."""
        tolerance, downsample = self.tolerances[step], self.downsamples[resolution]
        if (tolerance, downsample) not in self._rungs:
            self._rungs[tolerance, downsample] = self._make_rung(tolerance, downsample)
        return self._rungs[tolerance, downsample]

    def fitting_rungs(self, deadline_s: float) -> list[_Rung]:
        """Return choices that fit a deadline: for each least downsampling the finest step, and what else was looked at."""
        for resolution in range(len(self.downsamples)):
            if bisect_left(range(len(self.tolerances)), True, key=partial(self._fits, deadline_s, resolution)) == 0:
                # Still coarser samples would lose more and gain nothing.
                break
        return [rung for rung in self._rungs.values() if rung.wall_s <= deadline_s]

    def _fits(self, deadline_s: float, resolution: int, step: int) -> bool:
        return self.rung(step, resolution).wall_s <= deadline_s

    def _make_rung(self, tolerance: float, downsample: int) -> _Rung:
        header, config = self.header, override(self.config, smearing_tolerance=tolerance, min_downsample=downsample)
        plan, freqs = plan_trials(header, config), self.header.descending_freqs_mhz
        smearing = plan_smearing(plan.dispersion, freqs, header.tsamp, config.dedispersion.coherent_dm)
        return _Rung(config, plan, smearing, predict_cost(header, config, plan, self.budget, *self.rates).wall_s)


def _rounded_up(seconds: float) -> str:
    """Write a duration of which nothing is rounded off."""
    unit = 60.0 if seconds > 3600.0 else 1.0
    return format_seconds(math.ceil(seconds / unit) * unit)
