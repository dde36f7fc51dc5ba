"""A time series that was dedispersed before, as input to the same search."""

import logging

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.periodicity import search_memory_bytes
from fastpipe.algorithms.subband_spectra import spectra_memory_bytes
from fastpipe.constants import LANES
from fastpipe.data.lane_blocks import LaneBlocks
from fastpipe.data.recording import Recording
from fastpipe.data.trial_series import TrialSeries
from fastpipe.errors import FileFormatError, ResourceError
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.shards import series_length
from fastpipe.units import format_bytes

_log = logging.getLogger("fastpipe")


def read_series(recording: Recording) -> NDArray[np.float32]:
    """Read a whole series; values that are not finite become the median of the others.

    Parameters
    ----------
    recording
        A recording of one channel that was dedispersed before.

    Returns
    -------
    ndarray
        The series, shape [nsamples].

    Raises
    ------
    FileFormatError
        If no value is finite.
    """
    values = recording.read(0, recording.header.nsamples)[:, 0].astype(np.float32)
    is_finite = np.isfinite(values)
    if not is_finite.any():
        raise FileFormatError("found no finite value in the series, expected numbers; make the file again")
    if not is_finite.all():
        _log.warning("%d values of the series are not finite; they become its median", np.count_nonzero(~is_finite))
        values[~is_finite] = np.median(values[is_finite])
    return values


def series_blocks(values: NDArray[np.float32], recording: Recording, budget: Budget) -> LaneBlocks:
    """Put a series into a lane block of which one lane is used.

    Parameters
    ----------
    values
        The series, shape [nsamples].
    recording
        Where it comes from, which was dedispersed before.
    budget
        Memory and threads.

    Returns
    -------
    LaneBlocks
        One block.

    Raises
    ------
    ResourceError
        If the search of one block, or that for its birdies, does not fit the memory.
    """
    header = recording.header
    assert header.dm is not None
    return one_lane(TrialSeries(values, header.dm, header.tsamp), budget)


def one_lane(series: TrialSeries, budget: Budget) -> LaneBlocks:
    """Put one DM trial into a lane block of which one lane is used; the rest is as for `series_blocks`."""
    values = series.values
    nsamples, nfft = series_length(len(values), 1)
    least = PROGRAM_BYTES + values.nbytes + max(search_memory_bytes(nfft), spectra_memory_bytes(nfft))
    if budget.memory_bytes < least:
        raise ResourceError(
            f"found {format_bytes(budget.memory_bytes)} of memory, expected at least {format_bytes(least)} for this series; "
            "give more memory"
        )
    blocks = np.zeros((1, nfft, LANES), np.float32)
    blocks[0, :nsamples, 0] = values
    return LaneBlocks(blocks, np.array([series.dm], np.float64), nsamples, series.tsamp)
