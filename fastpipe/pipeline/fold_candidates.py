"""Folding of candidates from the recording, all in one pass, and what is measured on each fold."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.cleaning import NOISE_STD
from fastpipe.algorithms.fold_assembly import finish_cube
from fastpipe.algorithms.fold_features import measure_features
from fastpipe.algorithms.fold_plan import FoldGeometry, FoldPlan, make_fold_spec, plan_fold
from fastpipe.algorithms.folding import add_partial, empty_sums, fold_chunk
from fastpipe.algorithms.refinement import Refinement, refine
from fastpipe.config import FoldingConfig
from fastpipe.data.header import Header
from fastpipe.data.recording import Chunk, cut_into_chunks
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.executor import Executor

_CHUNK_BYTES = 2**24


@dataclass(frozen=True, slots=True)
class FoldSource:
    """Where folding takes its samples from: a clean recording, or a series that was dedispersed before."""

    header: Header
    samples: CleanRecording | NDArray[np.float32]
    geometry: FoldGeometry

    def read(self, chunk: Chunk) -> NDArray[np.uint8] | NDArray[np.float32]:
        """Return a stretch of samples, channel-major."""
        if isinstance(self.samples, CleanRecording):
            return self.samples.read(chunk, 1, (self.header.nchans, len(chunk)))
        return self.samples[None, chunk.start : chunk.stop]


def fold_source(header: Header, samples: CleanRecording | NDArray[np.float32]) -> FoldSource:
    """Describe a clean recording, or a series of shape [nsamples], for folding."""
    if isinstance(samples, CleanRecording):
        freqs, good, spread = header.descending_freqs_mhz, samples.good_channels, NOISE_STD
    else:
        freqs, good = header.chan_freqs_mhz, np.ones(1, np.bool_)
        spread = float(np.std(samples, dtype=np.float64)) or 1.0
    is_series = not isinstance(samples, CleanRecording)
    return FoldSource(header, samples, FoldGeometry(header.nsamples, header.tsamp, freqs, good, spread, is_series=is_series))


def fold_candidates(
    source: FoldSource,
    freqs_hz: Sequence[float],
    dms: Sequence[float],
    config: FoldingConfig,
    executor: Executor,
) -> list[Refinement]:
    """Fold candidates in one pass over the recording and refine each.

    Parameters
    ----------
    source
        The samples.
    freqs_hz, dms
        Spin frequencies in Hz at the middle of the recording, and DMs in pc cm^-3, one of each a candidate.
    config
        Resolution of the cubes.
    executor
        Runs one task a chunk, then one a candidate.

    Returns
    -------
    list of Refinement
        In the order of the candidates, features measured.
    """
    plans = [_plan(source, freq_hz, dm, config) for freq_hz, dm in zip(freqs_hz, dms, strict=True)]
    if not plans:
        return []
    sums = [empty_sums(plan) for plan in plans]
    locks = [threading.Lock() for _ in plans]

    def fold(chunk: Chunk) -> None:
        partials = fold_chunk(source.read(chunk), chunk.start, plans)
        # The sums are of whole numbers, so the order in which chunks arrive does not matter.
        for plan, partial, total, lock in zip(plans, partials, sums, locks, strict=True):
            with lock:
                add_partial(total, partial, plan)

    header = source.header
    executor.map(fold, cut_into_chunks(header.nsamples, max(_CHUNK_BYTES // header.nchans, 1024)), "folding")
    return executor.map(lambda index: _measure(sums[index], plans[index]), range(len(plans)), "refinement")


def _plan(source: FoldSource, freq_hz: float, dm: float, config: FoldingConfig) -> FoldPlan:
    spec = make_fold_spec(
        freq_hz,
        0.0,
        dm,
        source.geometry,
        nbins_max=config.nbins_max,
        nsubbands_max=config.nsubbands,
        nsubints_max=config.nsubints,
    )
    return plan_fold(spec, source.geometry)


def _measure(sums: NDArray[np.float64], plan: FoldPlan) -> Refinement:
    refinement = refine(finish_cube(sums, plan), is_dm_free=not plan.geometry.is_series)
    return replace(refinement, fold=replace(refinement.fold, features=measure_features(refinement)))
