"""The whole search of one observation, on one screen."""

import logging
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.sifting import SiftingRules, sift
from fastpipe.config import SearchConfig
from fastpipe.data.birdies import Birdies
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.harmonic_powers import FoundDetections
from fastpipe.data.header import Header
from fastpipe.data.noise_diode import NoiseDiode
from fastpipe.data.recording import Recording
from fastpipe.data.tables import BIRDIE_COLUMNS, Table, empty_table
from fastpipe.io.known_pulsars import load_known_pulsars
from fastpipe.io.recordings import digest
from fastpipe.io.score_model import load_score_model
from fastpipe.pipeline.alongside import Alongside
from fastpipe.pipeline.birdies import find_birdies, find_series_birdies
from fastpipe.pipeline.candidates import make_candidates
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.deadline import meet_deadline
from fastpipe.pipeline.dedispersion import dedisperse_pass
from fastpipe.pipeline.drifts import least_sigma
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.fold_candidates import fold_source
from fastpipe.pipeline.fourier_search import search_series
from fastpipe.pipeline.frame import SearchFrame, at_position, choose_frame
from fastpipe.pipeline.known_pulsars import name_known_pulsars
from fastpipe.pipeline.memory import fold_chunk_bytes, reserve
from fastpipe.pipeline.observation_tables import observation_table, plan_table
from fastpipe.pipeline.preflight import SearchPlan, check_and_plan
from fastpipe.pipeline.preparation import prepare
from fastpipe.pipeline.provenance import provenance
from fastpipe.pipeline.rfi import find_rfi
from fastpipe.pipeline.scratch import ScratchPool, aligned_bytes
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
        If the configuration does not fit the recording, a file cannot be read, memory is too small, or time too short.
    """
    recording = at_position(recording, config.barycentre.position)
    header = recording.header
    model = load_score_model(config.scoring.score_model)
    known = load_known_pulsars(config.known_pulsars.catalogue)
    frame = choose_frame(header, config.barycentre)
    plan = check_and_plan(header, config)
    if not header.is_series:
        # What does not fit in memory is refused before anything is read.
        budget = reserve(header, plan.dispersion, config, budget)
    in_time = meet_deadline(recording, config, plan, budget, executor)
    config, plan = in_time.config, in_time.plan
    # One thread makes the digest of the files while the others begin with the search.
    both = Alongside(executor, lambda: digest(recording))
    search = _search_series if header.is_series else _search_filterbank
    found = search(recording, config, plan, frame, budget, both)
    file_digest = both.result("digest of the files")
    remarks = frame.remarks + found.remarks
    for remark in remarks:
        _log.warning("%s", remark)
    # From here on the frequencies of birdies, detections and candidates are all in the frame of the search.
    birdies = frame.birdies(found.birdies)
    detections, kept = _sift(header, found.detections, birdies, plan, config)
    source = fold_source(header, found.samples, birdies, frame.model, fold_chunk_bytes(header, config, budget))
    folded = make_candidates(source, detections, kept, frame, config.folding, model, executor)
    clean = found.samples if isinstance(found.samples, CleanRecording) else None
    return CatalogueTables(
        observations=observation_table(recording, clean, file_digest, _OBS_ID),
        candidates=name_known_pulsars(folded.candidates, known, header, frame.name == "barycentric", config.known_pulsars),
        detections=folded.detections,
        plans={_OBS_ID: plan_table(header, plan.dispersion)},
        masks={} if clean is None else {_OBS_ID: clean.rfi_mask},
        statistics={} if clean is None else {_OBS_ID: clean.statistics},
        birdies={_OBS_ID: found.birdies},
        folds=folded.folds,
        frame=frame.name,
        provenance=provenance(config, plan, in_time.remarks + remarks)
        | {"score_model": f"{model.name} {model.version}", "known_pulsars": "; ".join(known.sources)},
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What all DM trials of one observation hold, before sifting."""

    samples: CleanRecording | NDArray[np.float32]
    """Where candidates are folded from: the clean recording, or a series of shape [nsamples]."""
    birdies: Table
    """What was removed from the spectra, in the frame of the recording."""
    detections: FoundDetections
    """All threshold crossings, in the frame of the search."""
    remarks: tuple[str, ...]
    """Sentences for the reader: what a person should know before believing a candidate."""


def _search_filterbank(
    recording: Recording, config: SearchConfig, plan: SearchPlan, frame: SearchFrame, budget: Budget, executor: Executor
) -> _Found:
    """Clean, and search all DM trials in as many passes over the recording as the memory asks for."""
    clean, diode, remarks = _clean(recording, config, executor)
    passes = make_passes(recording.header, plan.dispersion, budget, config, clean.unfiltered_below_dm)
    # One buffer for all passes, one pool for all tasks: memory that was used before is cheaper than new memory.
    buffer = aligned_bytes(4 * max(reading.values for reading in passes)).view(np.float32)
    scratch = ScratchPool(max(reading.scratch_bytes() for reading in passes))
    birdies, dm_max, tables = Birdies(empty_table(BIRDIE_COLUMNS)), float(plan.dispersion.dm_trials.max()), []
    for number, reading in enumerate(passes):
        series = dedisperse_pass(clean, reading, buffer, executor, scratch)
        if number == 0:
            subbands = series.pop() if reading.subbands else None
            birdies = find_birdies(clean, subbands, config.birdies, executor, dm_max=dm_max, diode=diode, scratch=scratch)
        tables.append(search_series(series, plan.ntrials, config, executor, birdies.table, frame, scratch))
    return _Found(clean, birdies.table, FoundDetections.joined(tables), remarks + birdies.remarks)


def _clean(
    recording: Recording, config: SearchConfig, executor: Executor
) -> tuple[CleanRecording, NoiseDiode | None, tuple[str, ...]]:
    """Find the interference, and what there is to say of it; its statistics must not stay in memory."""
    findings = find_rfi(recording, config.cleaning, executor)
    return prepare(recording, findings, config.cleaning, executor), findings.diode, findings.remarks


def _search_series(
    recording: Recording, config: SearchConfig, plan: SearchPlan, frame: SearchFrame, budget: Budget, executor: Executor
) -> _Found:
    """Search a series that was dedispersed before."""
    samples = read_series(recording)
    birdies = find_series_birdies(series_blocks(samples, recording, budget), recording.header, config.birdies, executor)
    # Made once more, for two blocks would need twice the memory.
    series = series_blocks(samples, recording, budget)
    detections = search_series([series], plan.ntrials, config, executor, birdies.table, frame)
    return _Found(samples, birdies.table, detections, birdies.remarks)


def _sift(
    header: Header, found: FoundDetections, birdies: Table, plan: SearchPlan, config: SearchConfig
) -> tuple[Table, NDArray[np.intp]]:
    """Give every detection its fate; return them with the indices of those to fold."""
    freqs = header.chan_freqs_mhz
    has_dms = not header.is_series and header.nchans > 1
    options = config.sifting
    detections, kept = sift(
        found.table,
        tobs_s=header.tobs_s,
        dm_trials=plan.dispersion.dm_trials,
        band_mhz=(float(freqs.min()), float(freqs.max())) if has_dms else None,
        rules=SiftingRules(
            sigma_min=least_sigma(plan.ntrials, config),
            log10_fap_max=options.log10_fap_max,
            min_dm_hits=options.min_dm_hits,
            dm_low=options.dm_low,
            max_candidates=options.max_candidates,
            log10_ntrials=math.log10(plan.ntrials),
        ),
        birdies=birdies,
        harmonics=found.harmonics,
    )
    detections["obs_id"] = _OBS_ID
    return detections, kept
