"""The whole search of one observation, on one screen."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.sifting import SiftingRules, sift
from fastpipe.config import PeriodicityConfig, SearchConfig
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.header import Header
from fastpipe.data.recording import Recording
from fastpipe.data.tables import Table
from fastpipe.io.recordings import digest
from fastpipe.pipeline.candidates import make_candidates
from fastpipe.pipeline.clean_recording import CleanRecording, prepare
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.fold_candidates import fold_source
from fastpipe.pipeline.observation_tables import observation_table, plan_table
from fastpipe.pipeline.preflight import SearchPlan, check_and_plan
from fastpipe.pipeline.provenance import provenance
from fastpipe.pipeline.search_pass import dedisperse_pass, search_series
from fastpipe.pipeline.series import read_series, series_blocks
from fastpipe.pipeline.shards import Budget, Pass, make_passes

_OBS_ID = 1


def search_recording(recording: Recording, config: SearchConfig, budget: Budget, executor: Executor) -> CatalogueTables:
    """Search one observation for pulsars.

    Parameters
    ----------
    recording
        The open recording.
    config
        Options of all stages.
    budget
        Memory and threads.
    executor
        Runs the tasks of every stage.

    Returns
    -------
    CatalogueTables
        Everything found; it depends on nothing but recording, configuration and versions.

    Raises
    ------
    FastpipeError
        If the configuration does not fit the recording, a file cannot be read, or memory is too small.
    """
    header = recording.header
    plan = check_and_plan(header, config)
    passes = [] if header.is_series else make_passes(header, plan.dispersion, budget)
    (file_digest,) = executor.map(digest, [recording], "digest of the files")
    clean = None if header.is_series else prepare(recording, config.cleaning, executor)
    samples = read_series(recording) if clean is None else clean
    if isinstance(samples, CleanRecording):
        detections = _search_trials(samples, passes, plan.ntrials, config.periodicity, executor)
    else:
        detections = search_series([series_blocks(samples, recording, budget)], plan.ntrials, config.periodicity, executor)
    detections["obs_id"] = _OBS_ID
    detections, kept = _sift(header, detections, plan, config)
    folded = make_candidates(fold_source(header, samples), detections, kept, config.folding, executor)
    return CatalogueTables(
        observations=observation_table(recording, clean, file_digest, _OBS_ID),
        candidates=folded.candidates,
        detections=folded.detections,
        plans={_OBS_ID: plan_table(header, plan.dispersion)},
        masks={} if clean is None else {_OBS_ID: clean.rfi_mask},
        statistics={} if clean is None else {_OBS_ID: clean.statistics},
        folds=folded.folds,
        frame="barycentric" if header.is_barycentric else "topocentric",
        provenance=provenance(config, plan),
    )


def _search_trials(
    clean: CleanRecording, passes: list[Pass], ntrials: int, config: PeriodicityConfig, executor: Executor
) -> Table:
    """Search all DM trials, in as many passes over the recording as the memory asks for."""
    # One buffer for all passes: memory that was used before is cheaper than new memory.
    buffer = np.empty(max(reading.values for reading in passes), np.float32)
    tables = []
    for reading in passes:
        series = dedisperse_pass(clean, reading, buffer, executor)
        tables.append(search_series(series, ntrials, config, executor))
    return np.concatenate(tables)


def _sift(header: Header, detections: Table, plan: SearchPlan, config: SearchConfig) -> tuple[Table, NDArray[np.intp]]:
    """Give every detection its fate; return them with the indices of those to fold."""
    freqs = header.chan_freqs_mhz
    has_dms = not header.is_series and header.nchans > 1
    options = config.sifting
    return sift(
        detections,
        tobs_s=header.tobs_s,
        dm_trials=plan.dispersion.dm_trials,
        band_mhz=(float(freqs.min()), float(freqs.max())) if has_dms else None,
        rules=SiftingRules(
            sigma_min=config.periodicity.sigma_min,
            log10_fap_max=options.log10_fap_max,
            min_dm_hits=options.min_dm_hits,
            dm_low=options.dm_low,
            max_candidates=options.max_candidates,
        ),
    )
