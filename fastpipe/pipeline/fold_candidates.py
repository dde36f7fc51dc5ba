"""Folding of candidates from the recording, all in one pass, and what is measured on each fold."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.cleaning import NOISE_STD
from fastpipe.algorithms.cube_cleaning import clean_cube
from fastpipe.algorithms.fold_assembly import finish_cube
from fastpipe.algorithms.fold_features import measure_features
from fastpipe.algorithms.fold_geometry import FoldGeometry
from fastpipe.algorithms.fold_notch import harmonics_on_birdies, remove_harmonics
from fastpipe.algorithms.fold_plan import FoldPlan, plan_fold
from fastpipe.algorithms.fold_resolution import make_fold_spec
from fastpipe.algorithms.fold_workspace import FoldWorkspace
from fastpipe.algorithms.folding import add_partial, empty_sums, fold_chunk
from fastpipe.algorithms.refinement import Refinement, refine
from fastpipe.config import FoldingConfig
from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.folded_cube import FoldedCube
from fastpipe.data.header import Header
from fastpipe.data.presence import presence_of_mask
from fastpipe.data.recording import Chunk, cut_into_chunks
from fastpipe.data.tables import BIRDIE_COLUMNS, Table, empty_table
from fastpipe.pipeline.clean_recording import CleanRecording, CleanStretch, SampleKind
from fastpipe.pipeline.executor import Executor

CHUNK_BYTES = 2**25
"""Bytes of the clean samples of a chunk where memory allows: the longer it is, the less the delays of a sub-band add."""
SUMS_PER_CHUNK = 4
"""Bytes of the sums of the candidates that are folded together over those of a chunk."""
_CHUNK_UNIT = 1024


@dataclass(frozen=True, slots=True)
class FoldSource:
    """Where folding takes its samples from: a clean recording, or a series that was dedispersed before."""

    header: Header
    samples: CleanRecording | NDArray[np.float32]
    geometry: FoldGeometry
    birdies: Table
    """What was removed from the spectra, and is removed from the folds; in the frame in which candidates are folded."""
    chunk_bytes: int = CHUNK_BYTES
    """Bytes of the clean samples that a task folds; other memory goes with it, the results do not."""

    def read(self, chunk: Chunk, workspace: FoldWorkspace, *, is_filtered: bool) -> NDArray[np.uint8] | NDArray[np.float32]:
        """Return a stretch of samples, channel-major, with or without the zero-DM filter if there is one."""
        if not isinstance(self.samples, CleanRecording):
            return self.samples[None, chunk.start : chunk.stop]
        channels: NDArray[np.uint8] = workspace.array("samples", (self.header.nchans, len(chunk)), np.uint8)
        self.samples.fill([CleanStretch(SampleKind(1, is_filtered), chunk, channels)])
        return channels

    def is_filtered_at(self, dm: float) -> bool:
        """Tell whether candidates of a DM in pc cm^-3 are folded from filtered samples, as they were found in such."""
        return isinstance(self.samples, CleanRecording) and dm >= self.samples.unfiltered_below_dm

    def cube(self, sums: NDArray[np.float64], plan: FoldPlan) -> FoldedCube:
        """Turn the finished sums of a candidate into its cube, without harmonics that lie on birdies."""
        cube = finish_cube(sums, plan)
        spec = plan.spec
        harmonics = harmonics_on_birdies(spec.freq_hz, spec.nbins, self.geometry.tobs_s, self.birdies)
        return remove_harmonics(cube, harmonics)


def fold_source(
    header: Header,
    samples: CleanRecording | NDArray[np.float32],
    birdies: Table | None = None,
    barycentre: BarycentricModel | None = None,
    chunk_bytes: int = CHUNK_BYTES,
) -> FoldSource:
    """Describe samples and birdies for folding.

    Parameters
    ----------
    header
        Of the recording.
    samples
        A clean recording, or a series of shape [nsamples].
    birdies
        Lines to keep out of the folds, columns BIRDIE_COLUMNS, in the frame in which candidates are folded; None for none.
    barycentre
        How time runs at the barycentre, for barycentric spins of a topocentric recording; else None.
    chunk_bytes
        Bytes of the clean samples that a task folds.
    """
    birdies = empty_table(BIRDIE_COLUMNS) if birdies is None else birdies
    if not isinstance(samples, CleanRecording):
        spread = float(np.std(samples, dtype=np.float64)) or 1.0
        one = np.ones(1, np.bool_)
        geometry = FoldGeometry(
            header.nsamples, header.tsamp, header.chan_freqs_mhz, one, spread, is_series=True, barycentre=barycentre
        )
        return FoldSource(header, samples, geometry, birdies, chunk_bytes)
    presence = presence_of_mask(samples.rfi_mask, samples.recording.gaps, is_ascending=header.foff > 0)
    geometry = FoldGeometry(
        header.nsamples,
        header.tsamp,
        header.descending_freqs_mhz,
        samples.good_channels,
        NOISE_STD,
        presence=presence,
        barycentre=barycentre,
    )
    return FoldSource(header, samples, geometry, birdies, chunk_bytes)


@dataclass(frozen=True, slots=True)
class FoldTarget:
    """What a candidate is folded at: its spin in the middle of the recording, in the frame of the source, and its DM."""

    freq_hz: float
    """Spin frequency in Hz."""
    dm: float
    """DM in pc cm^-3."""
    fdot_hz_s: float = 0.0
    """Derivative of the spin frequency in Hz s^-1; where it is not 0, the refinement is free to change it."""
    fddot_hz_s2: float = 0.0
    """Second derivative of the spin frequency in Hz s^-2."""


def fold_candidates(
    source: FoldSource,
    targets: Sequence[FoldTarget],
    config: FoldingConfig,
    executor: Executor,
    refiner: Callable[..., Refinement] = refine,
) -> list[Refinement]:
    """Fold candidates and refine each: in one pass over the recording, or in several where memory is small.

    Parameters
    ----------
    source
        The samples.
    targets
        Spin and DM of each candidate.
    config
        Resolution of the cubes.
    executor
        Runs one task a chunk, then one a candidate.
    refiner
        What is done with the cube of each: `refine`, or another function of its arguments.

    Returns
    -------
    list of Refinement
        In the order of the candidates, features measured.
    """
    plans = [_plan(source, target, config) for target in targets]
    if not plans:
        return []
    found: list[Refinement] = []
    for group in group_candidates(plans, SUMS_PER_CHUNK * source.chunk_bytes):
        of_group = [plans[index] for index in group]
        sums = fold_plans(source, of_group, executor, "folding")
        found += executor.map(partial(_refine_next, source, sums, of_group, refiner), range(len(group)), "refinement")
    return found


def fold_plans(source: FoldSource, plans: Sequence[FoldPlan], executor: Executor, stage: str) -> list[NDArray[np.float64]]:
    """Fold candidates in one pass over the recording.

    Parameters
    ----------
    source
        The samples.
    plans
        The candidates, at least one.
    executor
        Runs one task a chunk.
    stage
        Name under which progress is shown.

    Returns
    -------
    list of ndarray
        Sums of each candidate for `finish_cube`.
    """
    sums = [empty_sums(plan) for plan in plans]
    locks = [threading.Lock() for _ in plans]
    workspaces: list[FoldWorkspace] = []
    is_filtered = [source.is_filtered_at(plan.spec.dm) for plan in plans]

    def fold(chunk: Chunk) -> None:
        # Lists give and take whole objects at once: no two tasks have the same workspace.
        workspace = workspaces.pop() if workspaces else FoldWorkspace(source.chunk_bytes // 4)
        for kind in sorted(set(is_filtered)):
            group = [index for index in range(len(plans)) if is_filtered[index] == kind]
            samples = source.read(chunk, workspace, is_filtered=kind)
            partials = fold_chunk(samples, chunk.start, [plans[index] for index in group], workspace)
            # The sums are of whole numbers, so the order in which chunks arrive does not matter.
            for index, added in zip(group, partials, strict=True):
                with locks[index]:
                    add_partial(sums[index], added, plans[index])
        workspaces.append(workspace)

    executor.map(fold, cut_into_chunks(source.header.nsamples, fold_chunk_spectra(source.header, source.chunk_bytes)), stage)
    return sums


def fold_chunk_spectra(header: Header, chunk_bytes: int = CHUNK_BYTES) -> int:
    """Return the samples of the recording that one task folds: whole samples of every time resolution."""
    return max(chunk_bytes // header.nchans // _CHUNK_UNIT, 1) * _CHUNK_UNIT


def group_candidates(plans: Sequence[FoldPlan], sums_bytes: int) -> list[list[int]]:
    """Cut candidates into groups, each of which is folded in one reading.

    Parameters
    ----------
    plans
        The candidates.
    sums_bytes
        Most bytes of the sums of a group, but that a group has one candidate at least.

    Returns
    -------
    list of list of int
        Numbers of the candidates of each group, in their order.
    """
    groups: list[list[int]] = []
    room = 0
    for index, plan in enumerate(plans):
        needed = 8 * plan.spec.nsubbands * plan.spec.nsubints * plan.spec.nbins
        if needed > room or not groups:
            groups.append([])
            room = sums_bytes
        groups[-1].append(index)
        room -= needed
    return groups


def _plan(source: FoldSource, target: FoldTarget, config: FoldingConfig) -> FoldPlan:
    spec = make_fold_spec(
        target.freq_hz,
        target.fdot_hz_s,
        target.dm,
        source.geometry,
        nbins_max=config.nbins_max,
        nsubbands_max=config.nsubbands,
        nsubints_max=config.nsubints,
    )
    return plan_fold(replace(spec, fddot_hz_s2=target.fddot_hz_s2), source.geometry)


def _refine_next(
    source: FoldSource,
    sums: Sequence[NDArray[np.float64]],
    plans: Sequence[FoldPlan],
    refiner: Callable[..., Refinement],
    index: int,
) -> Refinement:
    """Clean and refine the fold of one candidate of several."""
    plan = plans[index]
    cleaned = clean_cube(source.cube(sums[index], plan))
    is_drifting = plan.spec.fdot_hz_s != 0.0
    refinement = refiner(cleaned.cube, is_dm_free=not plan.geometry.is_series, is_drifting=is_drifting)
    features = measure_features(refinement) | {"removed_fraction": cleaned.removed_fraction}
    return replace(refinement, fold=replace(refinement.fold, features=features))
