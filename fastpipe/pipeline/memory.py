"""What a search of a filterbank recording needs of the memory: what is impossible is refused before anything is read."""

import math
from dataclasses import replace

from fastpipe.algorithms.interval_sums import series_values
from fastpipe.algorithms.zero_dm import dm_of_filter
from fastpipe.config import SearchConfig
from fastpipe.data.dispersion_plan import DispersionPlan
from fastpipe.data.header import Header
from fastpipe.errors import ResourceError
from fastpipe.pipeline.clean_recording import READ_BYTES
from fastpipe.pipeline.shards import PROGRAM_BYTES, Budget, least_bytes
from fastpipe.pipeline.statistics_pass import grid_of_intervals
from fastpipe.units import enough_bytes, format_bytes

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


_FOLD_CHUNK = 2**24
_FOLD_MIN_SPECTRA = 1024
_FOLD_SPECTRUM = 32
"""Bytes for one spectrum of a chunk besides its channels: 16 sub-bands of uint16."""
_FOLD_VALUE = 16
"""Bytes for one value of the cube of a candidate: its sums, and the cube with its counts, which is kept."""


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
        The same, with the bytes that mask and filter take all the time.

    Raises
    ------
    ResourceError
        If a stage does not fit; the message says what would do for all of them.
    """
    kept = replace(budget, kept_bytes=_KEPT_CELL * _count_cells(header, config))
    # Whether the filter is worth its price is known later, but it must fit then.
    is_filtered = config.cleaning.zero_dm != "off"
    unfiltered_below_dm = dm_of_filter(header.chan_freqs_mhz) if is_filtered else math.inf
    least = max(
        PROGRAM_BYTES + interference_bytes(header, config, budget.nthreads),
        least_bytes(header, plan, kept, unfiltered_below_dm, with_subbands=config.birdies.find_birdies),
        PROGRAM_BYTES + kept.kept_bytes + folding_bytes(header, config, budget.nthreads),
    )
    if budget.memory_bytes < least:
        raise ResourceError(
            f"found {format_bytes(budget.memory_bytes)} of memory for {budget.nthreads} threads, expected at least "
            f"{enough_bytes(least)} for this recording; give more memory or fewer threads"
        )
    return kept


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


def folding_bytes(header: Header, config: SearchConfig, nthreads: int) -> int:
    """Return the most memory that folding `EXPECTED_CANDIDATES` at full resolution needs, besides program and mask."""
    folding = config.folding
    cube = folding.nsubints * folding.nsubbands * folding.nbins_max
    spectra = min(max(_FOLD_CHUNK // header.nchans, _FOLD_MIN_SPECTRA), header.nsamples)
    task_bytes = READ_BYTES + spectra * (header.nchans + _FOLD_SPECTRUM)
    return nthreads * task_bytes + _FOLD_VALUE * cube * EXPECTED_CANDIDATES


def _count_cells(header: Header, config: SearchConfig) -> int:
    """Return the number of channels times that of intervals."""
    return -(-header.nsamples // grid_of_intervals(header, config.cleaning).interval_samples) * header.nchans
