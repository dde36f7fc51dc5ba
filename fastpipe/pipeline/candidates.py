"""From sifted detections to candidates: folds, true periods, harmonics that only the folds betray."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.harmonic_relations import find_same_source
from fastpipe.algorithms.refinement import Refinement
from fastpipe.algorithms.scoring import score_fold
from fastpipe.config import FoldingConfig
from fastpipe.constants import SPEED_OF_LIGHT_M_S
from fastpipe.data.catalogue import Fold
from fastpipe.data.score_model import ScoreModel
from fastpipe.data.tables import CANDIDATE_COLUMNS, Fate, Table, empty_table
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.fold_candidates import FoldSource, FoldTarget, fold_candidates
from fastpipe.pipeline.frame import SearchFrame
from fastpipe.pipeline.mask_impact import measure_impact
from fastpipe.pipeline.scoring import score_candidate


@dataclass(frozen=True, slots=True)
class FoldedCandidates:
    """Candidates of one observation with their folds, and the detections with their fates."""

    candidates: Table
    detections: Table
    folds: dict[int, Fold]


def make_candidates(
    source: FoldSource,
    detections: Table,
    kept: NDArray[np.intp],
    frame: SearchFrame,
    config: FoldingConfig,
    model: ScoreModel,
    executor: Executor,
) -> FoldedCandidates:
    """Fold what sifting kept, settle which are the same source, and fill the table of candidates.

    A fold at a sub-harmonic shows several equal pulses a turn; the number of pulses gives the true frequency. Candidates
    whose true frequencies are related become harmonics of the most significant one, which is folded again at its true
    frequency where that is another. Candidates are then folded once more without the mask, to measure its impact.

    Parameters
    ----------
    source
        The samples.
    detections
        Sifted detections.
    kept
        Indices of those that became candidates, most significant first.
    frame
        Frame of the frequencies of source, detections and candidates.
    config
        Resolution of the cubes.
    model
        Model of the score.
    executor
        Runs the tasks.

    Returns
    -------
    FoldedCandidates
        Candidates numbered from 1 in the order of significance.
    """
    tobs_s = source.geometry.tobs_s
    found = fold_candidates(source, [_target(row, tobs_s) for row in detections[kept]], config, executor)
    npeaks = [_npeaks(refinement, source.geometry.tsamp) for refinement in found]
    true = [_times(refinement, count) for refinement, count in zip(found, npeaks, strict=True)]
    spins = np.array([(spin.freq_hz, spin.fdot_hz_s, spin.fddot_hz_s2) for spin in true], np.float64).reshape(-1, 3)
    bins, z, w = spins.T * tobs_s ** np.arange(1, 4)[:, None]
    parent = find_same_source(bins, detections["nharm"][kept], drifts=np.stack((z, w)))

    table = detections.copy()
    merged = parent >= 0
    table["fate"][kept[merged]] = Fate.HARMONIC
    table["related_id"][kept[merged]] = table["det_id"][kept[parent[merged]]]
    own = np.flatnonzero(~merged)
    table["related_id"][kept[own]] = np.arange(1, len(own) + 1)

    again = [index for index in own if npeaks[index] > 1]
    refolded = fold_candidates(source, [true[index] for index in again], config, executor)
    for index, refinement in zip(again, refolded, strict=True):
        found[index] = refinement

    refined = [found[index] for index in own]
    return tabulate(source, table, kept[own], refined, frame, model, executor)


def tabulate(
    source: FoldSource,
    detections: Table,
    own: NDArray[np.intp],
    refinements: Sequence[Refinement],
    frame: SearchFrame,
    model: ScoreModel,
    executor: Executor,
) -> FoldedCandidates:
    """Score candidates and fill their table; they are folded once more without the mask, to measure its impact.

    Parameters
    ----------
    source
        The samples.
    detections
        Detections with their fates.
    own
        Indices of those that candidates were made from; `related_id` is the number of the candidate, shape [ncandidates].
    refinements
        The refined folds of these candidates.
    frame
        Frame of the frequencies of source and folds.
    model
        Model of the score.
    executor
        Runs the tasks.

    Returns
    -------
    FoldedCandidates
        One row and one fold a candidate.
    """
    rows = [_candidate(detections, index, one) for index, one in zip(own.tolist(), refinements, strict=True)]
    folds: dict[int, Fold] = {}
    impacts = measure_impact(source, refinements, executor)
    for row, refinement, impact in zip(rows, refinements, impacts, strict=True):
        fold = score_candidate(source, refinement, impact, model)
        folds[int(row["cand_id"][0])] = fold
        row["score"] = score_fold(fold.contributions)
        row["snr_unmasked"], row["masked_fraction"] = impact.snr_unmasked, impact.masked_fraction
        row["warning"] = impact.warning.encode()
        row["epoch_mjd"] = frame.epoch_mjd(source.header)
        row["topocentric_period_s"] = 1.0 / frame.topocentric_freq_hz(float(row["freq_hz"][0]))
        row["beams"] = str(source.header.ibeam).encode()
    candidates = np.concatenate(rows) if rows else empty_table(CANDIDATE_COLUMNS)
    return FoldedCandidates(candidates, detections, folds)


def _target(detection: np.void, tobs_s: float) -> FoldTarget:
    """Return the spin of a detection in physical units, and its DM."""
    z, w = float(detection["z"]), float(detection["w"])
    return FoldTarget(float(detection["freq_hz"]), float(detection["dm"]), z / tobs_s**2, w / tobs_s**3)


def _npeaks(refinement: Refinement, tsamp: float) -> int:
    """Return the pulses a turn of a fold; one where their period would be too short to be folded."""
    count = int(refinement.fold.features["peaks_a_turn"])
    return count if refinement.freq_hz * count * tsamp <= 0.5 else 1


def _times(refinement: Refinement, count: int) -> FoldTarget:
    """Return the spin of a pulsar of which a fold shows `count` pulses a turn."""
    cube = refinement.fold.cube
    return FoldTarget(count * cube.freq_hz, cube.dm, count * cube.fdot_hz_s, count * cube.fddot_hz_s2)


def _candidate(detections: Table, index: int, refinement: Refinement) -> Table:
    """Return one row of the table of candidates, with what follows from detection and fold."""
    detection, row = detections[index], empty_table(CANDIDATE_COLUMNS, 1)
    period_s = 1.0 / refinement.freq_hz
    row["cand_id"] = detection["related_id"]
    row["obs_id"] = detection["obs_id"]
    for name in ("search", "sigma", "log10_fap", "nharm"):
        row[name] = detection[name]
    row["period_s"] = period_s
    row["period_err_s"] = refinement.freq_err_hz * period_s**2
    row["freq_hz"] = refinement.freq_hz
    row["fdot_hz_s"], row["fdot_err_hz_s"] = refinement.fdot_hz_s, refinement.fdot_err_hz_s
    # Adding zero turns the -0.0 of no drift into 0.0.
    row["accel_m_s2"] = -refinement.fdot_hz_s * period_s * SPEED_OF_LIGHT_M_S + 0.0
    row["jerk_m_s3"] = -refinement.fold.cube.fddot_hz_s2 * period_s * SPEED_OF_LIGHT_M_S + 0.0
    row["dm"], row["dm_err"] = refinement.dm, refinement.dm_err
    row["snr"], row["width_phase"], row["h_statistic"] = refinement.snr, refinement.width_phase, refinement.h_statistic
    row["ndetections"] = 1 + np.count_nonzero(
        (detections["fate"] == Fate.DUPLICATE) & (detections["related_id"] == detection["det_id"])
    )
    return row
