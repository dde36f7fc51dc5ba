"""The whole search of one observation, on one screen."""

import logging
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.sifting import SiftingRules, sift
from fastpipe.config import SearchConfig
from fastpipe.data.birdies import Birdies
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.header import Header
from fastpipe.data.recording import Recording
from fastpipe.data.tables import Table
from fastpipe.io.recordings import digest
from fastpipe.pipeline.birdies import find_birdies, find_series_birdies
from fastpipe.pipeline.candidates import make_candidates
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.dedispersion import dedisperse_pass
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.fold_candidates import fold_source
from fastpipe.pipeline.fourier_search import search_series
from fastpipe.pipeline.memory import reserve
from fastpipe.pipeline.observation_tables import observation_table, plan_table
from fastpipe.pipeline.preflight import SearchPlan, check_and_plan
from fastpipe.pipeline.preparation import prepare
from fastpipe.pipeline.provenance import provenance
from fastpipe.pipeline.rfi import find_rfi
from fastpipe.pipeline.series import read_series, series_blocks
from fastpipe.pipeline.shards import Budget, make_passes

_OBS_ID = 1

_log = logging.getLogger("fastpipe")


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
    if not header.is_series:
        # What does not fit in memory is refused before anything is read.
        budget = reserve(header, plan.dispersion, config, budget)
        make_passes(header, plan.dispersion, budget)
    (file_digest,) = executor.map(digest, [recording], "digest of the files")
    search = _search_series if header.is_series else _search_filterbank
    found = search(recording, config, plan, budget, executor)
    for remark in found.remarks:
        _log.warning("%s", remark)
    detections, kept = _sift(header, found, plan, config)
    source = fold_source(header, found.samples, found.birdies)
    folded = make_candidates(source, detections, kept, config.folding, executor)
    clean = found.samples if isinstance(found.samples, CleanRecording) else None
    return CatalogueTables(
        observations=observation_table(recording, clean, file_digest, _OBS_ID),
        candidates=folded.candidates,
        detections=folded.detections,
        plans={_OBS_ID: plan_table(header, plan.dispersion)},
        masks={} if clean is None else {_OBS_ID: clean.rfi_mask},
        statistics={} if clean is None else {_OBS_ID: clean.statistics},
        birdies={_OBS_ID: found.birdies},
        folds=folded.folds,
        frame="barycentric" if header.is_barycentric else "topocentric",
        provenance=provenance(config, plan, found.remarks),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What all DM trials of one observation hold, before sifting."""

    samples: CleanRecording | NDArray[np.float32]
    """Where candidates are folded from: the clean recording, or a series of shape [nsamples]."""
    birdies: Table
    """What was removed from the spectra."""
    detections: Table
    """All threshold crossings."""
    remarks: tuple[str, ...]
    """Sentences for the reader: what a person should know before believing a candidate."""


def _search_filterbank(
    recording: Recording, config: SearchConfig, plan: SearchPlan, budget: Budget, executor: Executor
) -> _Found:
    """Clean, and search all DM trials in as many passes over the recording as the memory asks for."""
    clean, birdies = _clean(recording, config, plan, executor)
    passes = make_passes(recording.header, plan.dispersion, budget, clean.unfiltered_below_dm)
    # One buffer for all passes: memory that was used before is cheaper than new memory.
    buffer = np.empty(max(reading.values for reading in passes), np.float32)
    tables = []
    for reading in passes:
        series = dedisperse_pass(clean, reading, buffer, executor)
        tables.append(search_series(series, plan.ntrials, config.periodicity, executor, birdies.table))
    return _Found(clean, birdies.table, np.concatenate(tables), birdies.remarks)


def _clean(
    recording: Recording, config: SearchConfig, plan: SearchPlan, executor: Executor
) -> tuple[CleanRecording, Birdies]:
    """Find the interference, and what there is to say of it; its statistics must not stay in memory."""
    findings = find_rfi(recording, config.cleaning, executor)
    clean = prepare(recording, findings, config.cleaning, executor)
    birdies = find_birdies(clean, plan.dispersion, config.birdies, executor, findings.diode)
    return clean, replace(birdies, remarks=findings.remarks + birdies.remarks)


def _search_series(
    recording: Recording, config: SearchConfig, plan: SearchPlan, budget: Budget, executor: Executor
) -> _Found:
    """Search a series that was dedispersed before."""
    samples = read_series(recording)
    birdies = find_series_birdies(series_blocks(samples, recording, budget), recording.header, config.birdies, executor)
    # Made once more, for two blocks would need twice the memory.
    series = series_blocks(samples, recording, budget)
    detections = search_series([series], plan.ntrials, config.periodicity, executor, birdies.table)
    return _Found(samples, birdies.table, detections, birdies.remarks)


def _sift(header: Header, found: _Found, plan: SearchPlan, config: SearchConfig) -> tuple[Table, NDArray[np.intp]]:
    """Give every detection its fate; return them with the indices of those to fold."""
    freqs = header.chan_freqs_mhz
    has_dms = not header.is_series and header.nchans > 1
    options = config.sifting
    detections, kept = sift(
        found.detections,
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
        birdies=found.birdies,
    )
    detections["obs_id"] = _OBS_ID
    return detections, kept
