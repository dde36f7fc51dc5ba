"""The whole search of one observation, on one screen."""

import logging
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.sifting import SiftingRules, sift
from fastpipe.config import SearchConfig
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.harmonic_powers import FoundDetections
from fastpipe.data.header import Header
from fastpipe.data.recording import Recording
from fastpipe.data.score_model import ScoreModel
from fastpipe.data.tables import Table
from fastpipe.io.file_stamps import content_digest
from fastpipe.io.known_pulsars import load_known_pulsars
from fastpipe.io.recordings import digest
from fastpipe.io.score_model import load_score_model
from fastpipe.pipeline.birdies import find_series_birdies
from fastpipe.pipeline.budget import Budget
from fastpipe.pipeline.candidates import FoldedCandidates, make_candidates
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.clean_step import clean_step
from fastpipe.pipeline.drifts import least_sigma
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.fold_candidates import fold_source
from fastpipe.pipeline.fourier_search import search_series
from fastpipe.pipeline.known_pulsars import name_known_pulsars
from fastpipe.pipeline.memory import fold_chunk_bytes
from fastpipe.pipeline.observation_tables import observation_table, plan_table
from fastpipe.pipeline.preflight import SearchPlan
from fastpipe.pipeline.provenance import provenance
from fastpipe.pipeline.search_setup import SearchSetup, set_up
from fastpipe.pipeline.series import read_series, series_blocks
from fastpipe.pipeline.store import NoStore, Store, address_of
from fastpipe.pipeline.trial_search import plan_trial_search, search_trials

_OBS_ID = 1

_log = logging.getLogger("fastpipe")


def search_recording(
    recording: Recording, config: SearchConfig, budget: Budget, executor: Executor, store: Store | None = None
) -> CatalogueTables:
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
    store
        Keeps the finished parts of the search, and has those of an earlier one; None keeps nothing.

    Returns
    -------
    CatalogueTables
        Everything found; it depends on nothing but recording, configuration and versions.

    Raises
    ------
    FastpipeError
        If the configuration does not fit the recording, a file cannot be read, memory is too small, or time too short.
    """
    store = store or NoStore()
    return search_as_planned(set_up(recording, config, budget, executor, store), executor, store)


def search_as_planned(setup: SearchSetup, executor: Executor, store: Store, file_digest: str = "") -> CatalogueTables:
    """Search one observation for pulsars, or put together what is in the store.

    Parameters
    ----------
    setup
        The search.
    executor, store
        As for `search_recording`.
    file_digest
        That of the files, if it is known.
    """
    recording, header, config, plan, frame = setup.recording, setup.header, setup.config, setup.plan, setup.frame
    model = load_score_model(config.scoring.score_model)
    known = load_known_pulsars(config.known_pulsars.catalogue)
    found = (_search_series if header.is_series else _search_filterbank)(setup, executor, store, file_digest)
    remarks = frame.remarks + found.remarks
    for remark in remarks:
        _log.warning("%s", remark)
    folded = _fold(setup, found, model, executor, store)
    clean = found.samples if isinstance(found.samples, CleanRecording) else None
    return CatalogueTables(
        observations=observation_table(recording, clean, found.file_digest, _OBS_ID),
        candidates=name_known_pulsars(folded.candidates, known, header, frame.name == "barycentric", config.known_pulsars),
        detections=folded.detections,
        plans={_OBS_ID: plan_table(header, plan.dispersion)},
        masks={} if clean is None else {_OBS_ID: clean.rfi_mask},
        statistics={} if clean is None else {_OBS_ID: clean.statistics},
        birdies={_OBS_ID: found.birdies},
        folds=folded.folds,
        frame=frame.name,
        provenance=provenance(config, plan, setup.remarks + remarks)
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
    file_digest: str
    """SHA-256 over the bytes of the files."""
    addresses: tuple[str, ...]
    """Content addresses of all that the detections were made from."""


def _search_filterbank(setup: SearchSetup, executor: Executor, store: Store, file_digest: str) -> _Found:
    """Clean, and search all DM trials."""
    cleaned = clean_step(setup, executor, store, file_digest)
    search = plan_trial_search(setup, cleaned)
    birdies, detections = search_trials(search, executor, store)
    remarks = cleaned.cleaning.remarks + birdies.remarks
    return _Found(cleaned.clean, birdies.table, detections, remarks, cleaned.file_digest, search.addresses)


def _search_series(setup: SearchSetup, executor: Executor, _store: Store, file_digest: str) -> _Found:
    """Search a series that was dedispersed before, which takes too little time to be kept in parts."""
    recording, config = setup.recording, setup.config
    samples = read_series(recording)
    blocks = series_blocks(samples, recording, setup.budget)
    birdies = find_series_birdies(blocks, recording.header, config.birdies, executor)
    # Made once more, for two blocks would need twice the memory.
    series = series_blocks(samples, recording, setup.budget)
    detections = search_series([series], setup.plan.ntrials, config, executor, birdies.table, setup.frame)
    file_digest = file_digest or digest(recording)
    # What was removed and how time ran, as they are: both follow from files and tables beside the configuration, too.
    made_from = birdies.table, setup.frame.model, config.birdies, config.barycentre
    address = address_of("series", file_digest, *made_from, config.periodicity, config.acceleration)
    return _Found(samples, birdies.table, detections, birdies.remarks, file_digest, (address,))


def _fold(setup: SearchSetup, found: _Found, model: ScoreModel, executor: Executor, store: Store) -> FoldedCandidates:
    """Sift the detections, and fold what is kept."""
    header, config, frame = setup.header, setup.config, setup.frame
    options = config.sifting, config.folding, content_digest(config.scoring.score_model), model.name, model.version
    address = address_of("folds", found.addresses, header, options)
    kept_before = store.load(address, FoldedCandidates)
    if kept_before is not None:
        return kept_before
    # From here on the frequencies of birdies, detections and candidates are all in the frame of the search.
    birdies = frame.birdies(found.birdies)
    ((detections, kept),) = executor.map(
        lambda table: _sift(header, table, birdies, setup.plan, config), [found.detections], "sifting"
    )
    source = fold_source(header, found.samples, birdies, frame.model, fold_chunk_bytes(header, config, setup.budget))
    folded = make_candidates(source, detections, kept, frame, config.folding, model, executor)
    store.save(address, folded)
    return folded


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
