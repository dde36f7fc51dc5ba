"""What a search of a filterbank recording needs of the memory: what is impossible is refused before anything is read."""

import math
from dataclasses import replace

from fastpipe.algorithms.acceleration import acceleration_tables_bytes
from fastpipe.algorithms.acceleration_grid import AccelerationGrid
from fastpipe.algorithms.interval_sums import series_values
from fastpipe.algorithms.zero_dm import dm_of_filter
from fastpipe.config import SearchConfig
from fastpipe.data.dispersion_plan import DispersionPlan, DMRange
from fastpipe.data.header import Header
from fastpipe.data.tables import DETECTION_COLUMNS, table_dtype
from fastpipe.pipeline.budget import LOADED_BYTES, PROGRAM_BYTES, Budget
from fastpipe.pipeline.clean_recording import READ_BYTES
from fastpipe.pipeline.drifts import MOST_NOISE, drift_grid
from fastpipe.pipeline.fold_candidates import CHUNK_BYTES, SUMS_PER_CHUNK, fold_chunk_spectra
from fastpipe.pipeline.passes import least_bytes
from fastpipe.pipeline.shards import birdie_subbands, series_length, whole_shards
from fastpipe.pipeline.statistics_pass import grid_of_intervals

EXPECTED_CANDIDATES = 10
"""Candidates that predictions hold; a search of noise has one, one with interference some tens."""

# Bytes for one channel in one interval, and for one sample of the recording.
_KEPT_CELL = 10
"""Reasons of the mask (2) and weights of the zero-DM filter (8)."""
_STATISTICS_CELL = 56
"""Seven statistics as float64; they and the sum over the band are kept until it is known how to clean."""
_STATISTICS_SAMPLE = 4
_MASKING_CELL = 220
"""The statistics, and what the tests on them need."""
_MASKING_SAMPLE = 25
"""The sum over the band, and what the searches for a noise diode and for spikes need."""

_DETECTION_COPIES = 3
"""Tables of detections at the same time, while those of all blocks are put together."""
_SHARED_TRIALS = 4
"""Trials over independent trials, at most as usual."""
_LEAST_FOLD_CHUNK = 2**22
_FOLD_COPIES = 2.0
"""Bytes a task of folding needs over those of its chunk: itself, lower resolutions, slots, channels of a sub-band."""
_SUM_BYTES = 8
_KEPT_VALUE = 8
"""Bytes for one value of the cube of a candidate and its count, which are kept."""
_REFINED_VALUE = 64
"""Bytes for one value of a cube that is cleaned and refined: itself, its spectra, its pulses and what is left of it."""


def reserve(header: Header, plan: DispersionPlan, config: SearchConfig, budget: Budget) -> Budget:
    """Check that all stages fit in the memory, and set aside what stays there from the search for interference.

    Parameters
    ----------
    header
        Of a filterbank recording.
    plan
        The DM trials.
    config
        Of the search.
    budget
        Memory and threads.

    Returns
    -------
    Budget
        The same, with the bytes that mask, zero-DM filter, matched filters and detections of drifting noise take all the
        time.

    Raises
    ------
    ResourceError
        If a stage does not fit; the message says what would do for all of them.
    """
    filters, found = filter_bytes(header, plan, config), drifting_noise_bytes(header, plan, config)
    kept = replace(budget, kept_bytes=_KEPT_CELL * _count_cells(header, config) + filters + found)
    # Whether the filter is worth its price is known later, but it must fit then.
    is_filtered = config.cleaning.zero_dm != "off"
    unfiltered_below_dm = dm_of_filter(header.chan_freqs_mhz) if is_filtered else math.inf
    shards = whole_shards(header, plan, config, unfiltered_below_dm)
    least = max(
        PROGRAM_BYTES + filters + interference_bytes(header, config, budget.nthreads),
        least_bytes(shards, header, kept, birdie_subbands(header, plan, config)),
        PROGRAM_BYTES + kept.kept_bytes + folding_bytes(header, config, budget.nthreads),
        # Whatever compiling took is free again when so many candidates have been found.
        LOADED_BYTES + kept.kept_bytes + folding_bytes(header, config, budget.nthreads, config.sifting.max_candidates),
    )
    if budget.memory_bytes < least:
        raise budget.too_small(least)
    return kept


def filter_bytes(header: Header, plan: DispersionPlan, config: SearchConfig) -> int:
    """Return the bytes of the matched filters for all drifts, which all tasks share.

    Parameters
    ----------
    header
        Of a filterbank recording.
    plan
        The DM trials.
    config
        Of the search.

    Returns
    -------
    int
        Bytes; 0 without acceleration, and with jerk. DM ranges with series of similar length have the same filters.
    """
    grids = [grid for _, grid in _drift_grids(header, plan, config)]
    return sum({grid.filters: acceleration_tables_bytes(grid) for grid in grids}.values())


def drifting_noise_bytes(header: Header, plan: DispersionPlan, config: SearchConfig) -> int:
    """Return the bytes of the detections with drift that noise gives.

    Parameters
    ----------
    header, plan, config
        As for `filter_bytes`.

    Returns
    -------
    int
        Bytes; 0 without acceleration. At most as many as trials times probability, of which up to a half share noise with
        others, and no more than where the threshold rises: that counts independent trials, of which there are fewer.
    """
    ntrials = sum(dm_range.ntrials * grid.ntrials for dm_range, grid in _drift_grids(header, plan, config))
    probability = 0.5 * math.erfc(config.periodicity.sigma_min / math.sqrt(2.0))
    nfound = min(ntrials * probability, _SHARED_TRIALS * MOST_NOISE)
    return _DETECTION_COPIES * table_dtype(DETECTION_COLUMNS).itemsize * int(nfound)


def _drift_grids(header: Header, plan: DispersionPlan, config: SearchConfig) -> list[tuple[DMRange, AccelerationGrid]]:
    """Return the DM ranges in which drifts are searched, and which."""
    pairs = []
    for dm_range in plan.ranges:
        nfft = series_length(header.nsamples, dm_range.downsample)[1]
        grid = drift_grid(nfft, header.tsamp * dm_range.downsample, config)
        if grid is not None:
            pairs.append((dm_range, grid))
    return pairs


def interference_bytes(header: Header, config: SearchConfig, nthreads: int) -> int:
    """Return the most memory that the search for interference needs, besides the program.

    Parameters
    ----------
    header
        Of a filterbank recording.
    config
        Of the search.
    nthreads
        Tasks that run at the same time.

    Returns
    -------
    int
        Bytes.
    """
    grid = grid_of_intervals(header, config.cleaning)
    longest = min(grid.interval_samples, header.nsamples)
    ncells = _count_cells(header, config)
    # Of values that are not finite the statistics hold a count and a correction for every value of the series.
    narrays = 1 if header.is_bytes else 3
    task_bytes = 4 * narrays * series_values(header.nchans, longest, grid.decimation) + 4 * READ_BYTES
    # Once more where a noise diode was found, while the statistics with it are kept, and once while intervals are joined.
    statistics_bytes = 3 * (_STATISTICS_CELL * ncells + _STATISTICS_SAMPLE * header.nsamples)
    masking_bytes = _MASKING_CELL * ncells + _MASKING_SAMPLE * header.nsamples
    return max(statistics_bytes + nthreads * task_bytes, masking_bytes)


def folding_bytes(
    header: Header,
    config: SearchConfig,
    nthreads: int,
    ncandidates: int = EXPECTED_CANDIDATES,
    chunk_bytes: int = _LEAST_FOLD_CHUNK,
) -> int:
    """Return the most memory that folding and refining candidates at full resolution needs, besides program and mask.

    Parameters
    ----------
    header
        Of a filterbank recording.
    config
        Of the search.
    nthreads
        Tasks that run at the same time.
    ncandidates
        Candidates that are folded.
    chunk_bytes
        Bytes of the clean samples that a task folds, for which candidates are folded in groups; without it, the fewest.

    Returns
    -------
    int
        Bytes.
    """
    folding = config.folding
    cube = folding.nsubints * min(folding.nsubbands, header.nchans) * folding.nbins_max
    spectra = min(fold_chunk_spectra(header, chunk_bytes), header.nsamples)
    task = READ_BYTES + int(_FOLD_COPIES * max(spectra * header.nchans, min(chunk_bytes, header.nsamples * header.nchans)))
    # A group takes one candidate at least, and a chunk touches a few sub-integrations of each.
    sums = min(_SUM_BYTES * cube * ncandidates, max(SUMS_PER_CHUNK * chunk_bytes, _SUM_BYTES * cube))
    parts = sums * min(2.0 * spectra / header.nsamples + 2.0 / folding.nsubints, 1.0)
    work = max(task + int(parts), _REFINED_VALUE * cube)
    return nthreads * work + sums + _KEPT_VALUE * cube * ncandidates


def fold_chunk_bytes(header: Header, config: SearchConfig, budget: Budget) -> int:
    """Return the bytes of the clean samples that a task folds, so that the largest number of candidates fits in the memory.

    Parameters
    ----------
    header
        Of a filterbank recording.
    config
        Of the search.
    budget
        Memory and threads, with what is kept.

    Returns
    -------
    int
        A power of two; results do not depend on it.
    """
    free_bytes = budget.memory_bytes - PROGRAM_BYTES - budget.kept_bytes
    chunk_bytes = CHUNK_BYTES
    while chunk_bytes > _LEAST_FOLD_CHUNK and free_bytes < folding_bytes(
        header, config, budget.nthreads, config.sifting.max_candidates, chunk_bytes
    ):
        chunk_bytes //= 2
    return chunk_bytes


def _count_cells(header: Header, config: SearchConfig) -> int:
    """Return the number of channels times that of intervals."""
    return -(-header.nsamples // grid_of_intervals(header, config.cleaning).interval_samples) * header.nchans
