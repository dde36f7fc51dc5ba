"""From what the search for interference found to a clean recording."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.zero_dm import ZeroDMFilter, add_regression_sums, mean_weights, regression_weights
from fastpipe.config import CleaningConfig
from fastpipe.data.recording import Chunk, Recording, cut_into_chunks
from fastpipe.data.rfi_findings import RFIFindings
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.without_diode import without_diode


def prepare(recording: Recording, findings: RFIFindings, config: CleaningConfig, executor: Executor) -> CleanRecording:
    """Decide how a recording is cleaned.

    Parameters
    ----------
    recording
        A filterbank recording.
    findings
        Its statistics, its mask, and what else was found.
    config
        Whether and how to filter.
    executor
        Runs one task an interval where the filter has to be fitted.

    Returns
    -------
    CleanRecording
        Less its noise diode, whose samples are besides bad samples of the mask where they are to be blanked; with the
        zero-DM filter where it is asked for, or worth its price.
    """
    source = recording if findings.diode is None else without_diode(recording, findings.diode)
    clean = CleanRecording(source, findings.channels, findings.mask)
    if config.zero_dm == "off" or (config.zero_dm == "auto" and not findings.has_broadband):
        return clean
    if config.zero_dm_method == "mean":
        return replace(clean, zero_dm=ZeroDMFilter(mean_weights(~findings.mask.mask)))
    return replace(clean, zero_dm=fit_zero_dm(clean, executor))


def fit_zero_dm(clean: CleanRecording, executor: Executor) -> ZeroDMFilter:
    """Fit the weights of the zero-DM filter by regression, interval by interval of the mask.

    Parameters
    ----------
    clean
        The recording; a filter it may have already is not applied.
    executor
        Runs one task an interval.

    Returns
    -------
    ZeroDMFilter
        One row of weights for each interval, whatever the number of threads.
    """
    mask = clean.rfi_mask
    intervals = cut_into_chunks(mask.nsamples, mask.interval_samples)

    def weights(interval: Chunk) -> NDArray[np.float64]:
        table = clean.table(clean.intervals(interval), 1, is_filtered=False)
        sums = np.zeros((2, clean.recording.header.nchans))
        for piece in cut_into_chunks(len(interval), clean.piece_spectra):
            stretch = Chunk(interval.start + piece.start, interval.start + piece.stop)
            add_regression_sums(clean.spectra(stretch), table, sums)
        return regression_weights(sums)

    return ZeroDMFilter(np.stack(executor.map(weights, intervals, "zero-DM regression")))
