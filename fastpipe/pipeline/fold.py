"""The fold of one recording at values that are known: clean, fold, refine, score."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.refinement import Refinement, keep_values, refine
from fastpipe.config import FoldingConfig, SearchConfig
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.folded_cube import FoldedCube
from fastpipe.data.header import Header
from fastpipe.data.known_pulsars import KnownPulsars
from fastpipe.data.pulsar_ephemeris import PulsarEphemeris
from fastpipe.data.recording import Recording
from fastpipe.data.tables import BIRDIE_COLUMNS, DETECTION_COLUMNS, Fate, Table, empty_table
from fastpipe.dispersion import dm_delay_s
from fastpipe.io.known_pulsars import load_known_pulsars
from fastpipe.io.recordings import digest
from fastpipe.io.score_model import load_score_model
from fastpipe.pipeline.alongside import Alongside
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.candidates import tabulate
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.fold_aim import FoldAim, settle
from fastpipe.pipeline.fold_candidates import FoldSource, FoldTarget, fold_candidates, fold_source
from fastpipe.pipeline.fold_request import FoldRequest
from fastpipe.pipeline.frame import at_position, choose_frame
from fastpipe.pipeline.known_pulsars import name_known_pulsars
from fastpipe.pipeline.memory import folding_bytes, interference_bytes
from fastpipe.pipeline.observation_tables import observation_table
from fastpipe.pipeline.preparation import prepare
from fastpipe.pipeline.provenance import provenance
from fastpipe.pipeline.rfi import find_rfi
from fastpipe.pipeline.series import read_series

_OBS_ID = 1
_CAND_ID = 1
_FOLD_AGAIN_BINS = 1.0
"""Phase bins by which values must be off for a second fold: turning a cube blurs a pulse that is as narrow as a bin."""


def fold_recording(
    recording: Recording,
    request: FoldRequest,
    config: SearchConfig,
    budget: Budget,
    executor: Executor,
    *,
    is_refined: bool = True,
) -> CatalogueTables:
    """Fold one observation at values that are known.

    Parameters
    ----------
    recording
        The open recording.
    request
        What to fold at.
    config
        Options of cleaning, frame, folding and score; those of the search have no effect.
    budget
        Memory and threads.
    executor
        Runs the tasks of every stage.
    is_refined
        False to keep the values as they are.

    Returns
    -------
    CatalogueTables
        One candidate, of search "fold", and no detections; significances are NaN, because nothing was searched.

    Raises
    ------
    FastpipeError
        If the request or the configuration does not fit the recording, a file cannot be read, or memory is too small.
    """
    config = request.configured(config, recording.header)
    recording = at_position(recording, config.barycentre.position)
    header = recording.header
    aim = settle(request, header, choose_frame(header, config.barycentre))
    if not header.is_series:
        _check_memory(header, config, budget)
    # What cannot be read is said before the work begins.
    model = load_score_model(config.scoring.score_model)
    known = None if isinstance(request.spin, PulsarEphemeris) else load_known_pulsars(config.known_pulsars.catalogue)
    both = Alongside(executor, lambda: digest(recording))
    samples, remarks = _samples(recording, config, both)
    clean = samples if isinstance(samples, CleanRecording) else None
    birdies = empty_table(BIRDIE_COLUMNS) if request.birdies is None else request.birdies
    source = fold_source(header, samples, aim.frame.birdies(birdies), aim.frame.model)
    refinement = _fold(source, request, aim, config.folding, executor, is_refined)
    own = np.zeros(1, np.intp)
    folded = tabulate(source, _as_detection(refinement), own, [refinement], aim.frame, model, executor)
    file_digest = both.result("digest of the files")
    remarks = aim.frame.remarks + remarks + _other_files(request, file_digest) + _other_dm(request, header)
    return CatalogueTables(
        observations=observation_table(recording, clean, file_digest, _OBS_ID),
        candidates=_named(folded.candidates, request, header, aim.frame.name == "barycentric", known, config),
        detections=empty_table(DETECTION_COLUMNS),
        masks={} if clean is None else {_OBS_ID: clean.rfi_mask},
        statistics={} if clean is None else {_OBS_ID: clean.statistics},
        birdies={_OBS_ID: birdies},
        folds=folded.folds,
        frame=aim.frame.name,
        provenance=provenance(config, None, remarks) | _origin(request),
    )


def _check_memory(header: Header, config: SearchConfig, budget: Budget) -> None:
    """Refuse what cannot be done in the memory before anything is read."""
    most = max(bytes_of(header, config, budget.nthreads) for bytes_of in (interference_bytes, folding_bytes))
    least = PROGRAM_BYTES + most
    if budget.memory_bytes < least:
        raise budget.too_small(least, "to fold this recording")


def _samples(
    recording: Recording, config: SearchConfig, executor: Executor
) -> tuple[CleanRecording | NDArray[np.float32], tuple[str, ...]]:
    """Return what is folded, cleaned as a search does, and what there is to say of it."""
    if recording.header.is_series:
        return read_series(recording), ()
    findings = find_rfi(recording, config.cleaning, executor)
    return prepare(recording, findings, config.cleaning, executor), findings.remarks


def _fold(
    source: FoldSource, request: FoldRequest, aim: FoldAim, config: FoldingConfig, executor: Executor, is_refined: bool
) -> Refinement:
    """Fold and refine, once more where the first values were far off."""
    # The derivative of an ephemeris was measured over years: it is another one only where the fold insists.
    refiner = _refine_ephemeris if isinstance(request.spin, PulsarEphemeris) else refine
    refiner = refiner if is_refined else keep_values
    (refinement,) = fold_candidates(source, [aim.target], config, executor, refiner)
    if is_refined and _moved_bins(refinement, aim.target) > _FOLD_AGAIN_BINS:
        found = FoldTarget(refinement.freq_hz, refinement.dm, refinement.fdot_hz_s, aim.target.fddot_hz_s2)
        (refinement,) = fold_candidates(source, [found], config, executor, refiner)
    return refinement


def _moved_bins(refinement: Refinement, target: FoldTarget) -> float:
    """Return by how many bins the refinement turned the pulse between the ends of the recording, or of the band."""
    cube = refinement.fold.cube
    span_s, freqs_mhz = float(np.ptp(cube.subint_mid_s)), cube.subband_freqs_mhz
    in_time = abs(refinement.freq_hz - target.freq_hz) * span_s
    in_time += abs(refinement.fdot_hz_s - target.fdot_hz_s) * span_s**2 / 8.0
    in_band = float(np.ptp(dm_delay_s(refinement.dm - target.dm, freqs_mhz))) * target.freq_hz if len(freqs_mhz) > 1 else 0.0
    return max(in_time, in_band) * cube.nbins


def _refine_ephemeris(cube: FoldedCube, *, is_dm_free: bool = True, **_found: bool) -> Refinement:
    return refine(cube, is_dm_free=is_dm_free)


def _as_detection(refinement: Refinement) -> Table:
    """Return what a detection would say of the fold: nothing but where it comes from."""
    table = empty_table(DETECTION_COLUMNS, 1)
    table["obs_id"], table["related_id"], table["fate"] = _OBS_ID, _CAND_ID, Fate.KEPT
    table["search"], table["freq_hz"], table["dm"] = b"fold", refinement.freq_hz, refinement.dm
    table["sigma"] = table["log10_fap"] = np.nan
    return table


def _named(
    candidates: Table,
    request: FoldRequest,
    header: Header,
    is_barycentric: bool,
    known: KnownPulsars | None,
    config: SearchConfig,
) -> Table:
    """Return the candidate with its name, and without what only a search knows."""
    named = candidates.copy()
    if known is not None:
        named = name_known_pulsars(candidates, known, header, is_barycentric, config.known_pulsars)
    elif isinstance(request.spin, PulsarEphemeris):
        named["known_pulsar"], named["known_harmonic"] = request.spin.name.encode(), b"1" if request.spin.name else b""
        if header.is_barycentric:
            # The orbit gives a period at the barycentre, but not one at the telescope.
            named["topocentric_period_s"] = np.nan
    named["ndetections"] = 0
    return named


def _other_files(request: FoldRequest, file_digest: str) -> tuple[str, ...]:
    if request.digest in ("", file_digest):
        return ()
    return ("The candidate was found in other files than these: its spin was carried on to their time.",)


def _other_dm(request: FoldRequest, header: Header) -> tuple[str, ...]:
    if header.dm is None or request.dm in (None, header.dm):
        return ()
    return (f"The DM of {request.dm:g} pc cm^-3 was left out: a series cannot be changed from its own, {header.dm:g}.",)


def _origin(request: FoldRequest) -> dict[str, str]:
    return {"fold": request.origin} | ({"ephemeris": request.origin} if isinstance(request.spin, PulsarEphemeris) else {})
