"""What the stages before the search of a filterbank recording need of the memory."""

from dataclasses import replace

from fastpipe.algorithms.interval_sums import series_values
from fastpipe.algorithms.subband_spectra import spectra_memory_bytes
from fastpipe.config import SearchConfig
from fastpipe.data.dispersion_plan import DispersionPlan
from fastpipe.data.header import Header
from fastpipe.errors import ResourceError
from fastpipe.pipeline.clean_recording import READ_BYTES
from fastpipe.pipeline.shards import PROGRAM_BYTES, Budget, series_length
from fastpipe.pipeline.statistics_pass import grid_of_intervals
from fastpipe.units import format_bytes

# Bytes for one channel in one interval, and for one sample of the recording.
_KEPT_CELL = 10
"""Reasons of the mask (2) and weights of the zero-DM filter (8)."""
_STATISTICS_CELL = 56
"""Seven statistics as float64; they and the sum over the band are kept until the birdies are found."""
_STATISTICS_SAMPLE = 4
_MASKING_CELL = 220
"""The statistics, and what the tests on them need."""
_MASKING_SAMPLE = 25
"""The sum over the band, and what the searches for a noise diode and for spikes need."""


def reserve(header: Header, plan: DispersionPlan, config: SearchConfig, budget: Budget) -> Budget:
    """Check that the stages before the search fit in the memory, and set aside what stays of them.

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
        If a stage does not fit; the message says what would do.
    """
    least = PROGRAM_BYTES + interference_bytes(header, plan, config, budget.nthreads)
    if budget.memory_bytes < least:
        raise ResourceError(
            f"found {format_bytes(budget.memory_bytes)} of memory for {budget.nthreads} threads, expected at least "
            f"{format_bytes(least)} to find the interference in this recording; give more memory or fewer threads"
        )
    interval_samples = grid_of_intervals(header, config.cleaning).interval_samples
    return replace(budget, kept_bytes=_KEPT_CELL * _count_cells(header, interval_samples))


def interference_bytes(header: Header, plan: DispersionPlan, config: SearchConfig, nthreads: int) -> int:
    """Return the most memory that the stages before the search need, besides the program.

    Parameters
    ----------
    header
        Of a filterbank recording.
    plan
        The DM trials.
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
    ncells = _count_cells(header, grid.interval_samples)
    # Of values that are not finite the statistics hold a count and a correction for every value of the series.
    narrays = 1 if header.nbits <= 8 else 3
    task_bytes = 4 * narrays * series_values(header.nchans, longest, grid.decimation) + 4 * READ_BYTES
    # Once more where a noise diode was found, while the statistics with it are kept, and once while intervals are joined.
    statistics_bytes = 3 * (_STATISTICS_CELL * ncells + _STATISTICS_SAMPLE * header.nsamples)
    masking_bytes = _MASKING_CELL * ncells + _MASKING_SAMPLE * header.nsamples
    needs = [statistics_bytes + nthreads * task_bytes, masking_bytes]
    if config.birdies.find_birdies:
        _, nfft = series_length(header.nsamples, min(dm_range.downsample for dm_range in plan.ranges))
        kept_bytes = (_STATISTICS_CELL + _KEPT_CELL) * ncells + _STATISTICS_SAMPLE * header.nsamples
        needs.append(kept_bytes + spectra_memory_bytes(nfft))
    return max(needs)


def _count_cells(header: Header, interval_samples: int) -> int:
    """Return the number of channels times that of intervals."""
    return -(-header.nsamples // interval_samples) * header.nchans
