"""The impact of the mask on every candidate: its S/N without the mask, what was masked of it, and a warning."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.cube_cleaning import clean_cube
from fastpipe.algorithms.cube_noise import cube_noise, normalised_profile
from fastpipe.algorithms.fold_counts import count_samples
from fastpipe.algorithms.fold_geometry import FoldGeometry
from fastpipe.algorithms.fold_plan import FoldPlan, plan_fold
from fastpipe.algorithms.fold_resolution import FoldSpec, choose_downsample
from fastpipe.algorithms.mask_impact import mask_warning, masked_fraction, on_pulse
from fastpipe.algorithms.profile_snr import match_profiles
from fastpipe.algorithms.refinement import Refinement
from fastpipe.data.rfi_mask import Reason
from fastpipe.data.sample_stretches import no_stretches
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.fold_candidates import FoldSource, fold_plans, fold_source


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskImpact:
    """What the mask did to one candidate."""

    snr_unmasked: float = np.nan
    """S/N at the same frequency, drift and DM without the mask; NaN where that would change nothing."""
    masked_fraction: float = 0.0
    """Fraction of the samples in its pulse that is masked, of all channels that are not dead."""
    warning: str = ""
    """What a person should know of the mask before believing the candidate; see `mask_warning`."""


def measure_impact(source: FoldSource, refinements: Sequence[Refinement], executor: Executor) -> list[MaskImpact]:
    """Fold candidates once more without the mask, and compare.

    Without the mask only dead channels and those that were given to be masked are left out, and channels that have no
    statistics, because they are masked all the time. The recording is not read where the mask took nothing else.

    Parameters
    ----------
    source
        The samples from which the candidates were folded.
    refinements
        The refined folds.
    executor
        Runs one task a chunk, then one a candidate.

    Returns
    -------
    list of MaskImpact
        In the order of the candidates.
    """
    clean = source.samples
    if not isinstance(clean, CleanRecording) or not refinements:
        return [MaskImpact()] * len(refinements)
    recorded = fold_source(source.header, _masked_only(clean, Reason.DEAD), source.birdies, source.geometry.barycentre)
    free = _masked_only(clean, Reason.DEAD | Reason.GIVEN, needs_statistics=True)
    unmasked = fold_source(source.header, free, source.birdies, source.geometry.barycentre, source.chunk_bytes)
    specs = [_spec(refinement, source.geometry) for refinement in refinements]
    sums: Sequence[NDArray[np.float64] | None] = [None] * len(specs)
    if _takes_from(source, unmasked):
        plans = [plan_fold(spec, unmasked.geometry) for spec in specs]
        sums = fold_plans(unmasked, plans, executor, "folding without the mask")

    def compare(index: int) -> MaskImpact:
        of_fold = sums[index]
        snr = np.nan if of_fold is None else _snr(unmasked, of_fold, plan_fold(specs[index], unmasked.geometry))
        return _compare(source, recorded, specs[index], refinements[index], snr)

    return executor.map(compare, range(len(specs)), "impact of the mask")


def _masked_only(clean: CleanRecording, reasons: Reason, *, needs_statistics: bool = False) -> CleanRecording:
    """Return the recording with a mask of nothing but some reasons and, if asked, channels without statistics."""
    left = clean.rfi_mask.reasons & np.uint16(reasons)
    if needs_statistics:
        left |= np.where(clean.statistics.std > 0, 0, Reason.DEAD).astype(np.uint16)
    return replace(clean, rfi_mask=replace(clean.rfi_mask, reasons=left, bad_samples=no_stretches()))


def _takes_from(source: FoldSource, unmasked: FoldSource) -> bool:
    """Tell whether the mask takes more than is left out without it."""
    masked, free = source.geometry.presence, unmasked.geometry.presence
    return masked is not None and free is not None and bool(np.any(masked.samples < free.samples))


def _spec(refinement: Refinement, geometry: FoldGeometry) -> FoldSpec:
    nsubints, nsubbands, nbins = refinement.fold.cube.cube.shape
    return FoldSpec(
        freq_hz=refinement.freq_hz,
        fdot_hz_s=refinement.fdot_hz_s,
        dm=refinement.dm,
        nbins=nbins,
        nsubbands=nsubbands,
        nsubints=nsubints,
        fddot_hz_s2=refinement.fold.cube.fddot_hz_s2,
        downsample=choose_downsample(1.0 / (refinement.freq_hz * nbins), refinement.dm, geometry),
    )


def _snr(source: FoldSource, sums: NDArray[np.float64], plan: FoldPlan) -> float:
    """S/N of a fold at its own values; width and phase are free."""
    cube = clean_cube(source.cube(sums, plan)).cube
    return float(match_profiles(normalised_profile(cube, cube_noise(cube))).snr)


def _compare(
    source: FoldSource, recorded: FoldSource, spec: FoldSpec, refinement: Refinement, snr_unmasked: float
) -> MaskImpact:
    presences = recorded.geometry.presence, source.geometry.presence
    counts = count_samples(plan_fold(spec, recorded.geometry), [presence for presence in presences if presence is not None])
    of_recording, of_mask = (of_cube.sum(axis=1) for of_cube in counts)
    is_on = on_pulse(refinement.fold.profile.astype(np.float64))
    return MaskImpact(
        snr_unmasked=snr_unmasked,
        masked_fraction=masked_fraction(of_recording, of_mask, is_on),
        warning=mask_warning(of_recording, of_mask, is_on, snr=refinement.snr, snr_unmasked=snr_unmasked),
    )
