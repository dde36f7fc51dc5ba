"""One DM trial by itself, step by step: what the search does with every one of them, sixteen at a time."""

import msgspec
import numpy as np

from fastpipe.algorithms.periodicity import lane_spectra
from fastpipe.algorithms.resampling import resample
from fastpipe.algorithms.whitened_powers import whitened_powers
from fastpipe.config import SearchConfig
from fastpipe.data.recording import Recording
from fastpipe.data.trial_series import TrialPowers, TrialSeries
from fastpipe.errors import ConfigError
from fastpipe.pipeline.budget import Budget
from fastpipe.pipeline.dedispersion import dedisperse_pass
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.frame import SearchFrame
from fastpipe.pipeline.memory import reserve
from fastpipe.pipeline.passes import make_passes
from fastpipe.pipeline.preflight import check_and_plan, longest_dm
from fastpipe.pipeline.preparation import prepare
from fastpipe.pipeline.rfi import find_rfi
from fastpipe.pipeline.scratch import aligned_bytes
from fastpipe.pipeline.series import one_lane, read_series
from fastpipe.pipeline.shards import whole_shards


def dedisperse_one(
    recording: Recording, dm: float | None, config: SearchConfig, budget: Budget, executor: Executor
) -> TrialSeries:
    """Dedisperse a recording at one DM, cleaned and downsampled as a search does it for this trial.

    Parameters
    ----------
    recording
        The open recording.
    dm
        DM in pc cm^-3; None for a series, which has its own.
    config
        Options of cleaning and dedispersion; its range of DMs has no effect.
    budget
        Memory and threads.
    executor
        Runs the tasks.

    Returns
    -------
    TrialSeries
        The series, with the delays of this DM alone: the search shares sums among neighbouring trials, so that there each
        channel may be off by a sample or two more.

    Raises
    ------
    ConfigError
        If the DM is missing, negative, longer than the recording, or not that of a series.
    FastpipeError
        If the recording cannot be read or the memory is too small.
    """
    header = recording.header
    _check_dm(recording, dm)
    if header.dm is not None:
        return TrialSeries(read_series(recording), header.dm, header.tsamp)
    trial = msgspec.structs.replace(config.dedispersion, dm_min=dm, dm_max=dm)
    config = msgspec.structs.replace(config, dedispersion=trial)
    plan = check_and_plan(header, config)
    budget = reserve(header, plan.dispersion, config, budget)
    findings = find_rfi(recording, config.cleaning, executor)
    clean = prepare(recording, findings, config.cleaning, executor)
    shards = whole_shards(header, plan.dispersion, config, clean.unfiltered_below_dm)
    (reading,) = make_passes(shards, header, budget)
    (series,) = dedisperse_pass(clean, reading, aligned_bytes(4 * reading.values).view(np.float32), executor)
    return TrialSeries(series.blocks[0, : series.nsamples, 0].copy(), float(series.dm_trials[0]), series.tsamp)


def trial_powers(series: TrialSeries, frame: SearchFrame, budget: Budget) -> TrialPowers:
    """Transform and whiten a series, as a search does it before it sums harmonics.

    Birdies stay in: what they look like is worth seeing.

    Parameters
    ----------
    series
        One DM trial.
    frame
        That of the frequencies: series are resampled to the time of the barycentre where it is barycentric.
    budget
        Memory and threads.

    Returns
    -------
    TrialPowers
        Powers at half Fourier bins.

    Raises
    ------
    ResourceError
        If the transform does not fit the memory.
    """
    lanes = one_lane(series, budget)
    grid, block = frame.grid(lanes), lanes.blocks[0]
    nsamples, tsamp = lanes.nsamples, lanes.tsamp
    if grid is not None:
        resample(block, grid)
        nsamples, tsamp = grid.nsamples, grid.tsamp
    spectra = lane_spectra(block, nsamples)
    whitened_powers(spectra, block, nsamples)
    return TrialPowers(block[:, 0].copy(), series.dm, tsamp, frame.name)


def _check_dm(recording: Recording, dm: float | None) -> None:
    header = recording.header
    if header.dm is not None:
        if dm not in (None, header.dm):
            raise ConfigError(
                f"found DM {dm:g} for a series dedispersed at DM {header.dm:g} in {recording.paths[0]}, expected the same; "
                "leave it out, or give the recording with channels"
            )
        return
    longest = longest_dm(header)
    if dm is None or not 0 <= dm <= longest:
        raise ConfigError(
            f"found {'no DM' if dm is None else f'DM {dm:g}'}, expected 0 to {longest:.5g} pc cm^-3, whose sweep of the "
            "band is as long as the recording; change dm"
        )
