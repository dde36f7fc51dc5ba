"""The search for interference in a recording: statistics, noise diode, mask, spikes."""

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.broadband import has_broadband
from fastpipe.algorithms.cleaning import NOISE_STD
from fastpipe.algorithms.dedispersion import ZERO_LEVEL
from fastpipe.algorithms.noise_diode import find_noise_diode, measure_rise, rise_sums
from fastpipe.algorithms.rfi_masking import MaskingRules, channel_statistics, find_mask, mask_remarks
from fastpipe.algorithms.spikes import confirm_spikes, find_spikes, half_window_samples
from fastpipe.algorithms.undispersed import is_undispersed
from fastpipe.config import CleaningConfig
from fastpipe.data.channel_statistics import ChannelStatistics, IntervalStatistics
from fastpipe.data.noise_diode import NoiseDiode
from fastpipe.data.recording import Chunk, Recording, cut_into_chunks
from fastpipe.data.rfi_findings import RFIFindings
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.data.sample_stretches import Stretches, merge_stretches, no_stretches
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.given_mask import given_mask
from fastpipe.pipeline.statistics_pass import grid_of_intervals, recorded_parts, take_statistics
from fastpipe.pipeline.without_diode import without_diode

NOISE_SEGMENTS = 16
NOISE_SEGMENT_SAMPLES = 4096
"""Number and longest length of the segments in which noise is looked for that channels share."""


def find_rfi(recording: Recording, config: CleaningConfig, executor: Executor) -> RFIFindings:
    """Find the interference in a recording.

    Parameters
    ----------
    recording
        A filterbank recording.
    config
        What to look for, and what is masked in any case.
    executor
        Runs one task an interval.

    Returns
    -------
    RFIFindings
        Statistics, mask and diode. The statistics are those of the recording less its noise diode, if there is one.
    """
    # What is wrong with a given mask is said before anything is read.
    given = given_mask(recording.header, config, grid_of_intervals(recording.header, config).interval_samples)
    intervals = take_statistics(recording, config, executor)
    diode = _find_diode(recording, intervals, config, executor)
    if diode is not None:
        recording = without_diode(recording, diode)
        # Without the diode the values are no longer those stored, so only the first pass can tell which were clipped.
        intervals = replace(take_statistics(recording, config, executor), clipped=intervals.clipped)
    mask = _find_channels(intervals, config).union(given)
    remarks = mask_remarks(mask)
    channels = channel_statistics(intervals, mask)
    broadband = False
    if config.find_rfi:
        spikes, more = _find_spikes(recording, intervals, channels, mask, config)
        mask, remarks = replace(mask, bad_samples=merge_stretches(mask.bad_samples, spikes)), remarks + more
        broadband = _has_broadband(CleanRecording(recording, channels, mask), executor)
    if diode is not None and config.noise_diode == "blank":
        mask = replace(mask, bad_samples=merge_stretches(mask.bad_samples, diode.stretches_on(intervals.nsamples)))
    return RFIFindings(intervals, channels, mask, broadband, diode, remarks)


def _find_channels(intervals: IntervalStatistics, config: CleaningConfig) -> RFIMask:
    """Find the mask of channels by intervals."""
    rules = MaskingRules(**{field.name: getattr(config, field.name) for field in fields(MaskingRules)})
    found = find_mask(intervals, rules)
    if not config.find_rfi:
        return replace(found, reasons=found.reasons & np.uint16(Reason.DEAD))
    return found


def _find_spikes(
    recording: Recording,
    intervals: IntervalStatistics,
    channels: ChannelStatistics,
    mask: RFIMask,
    config: CleaningConfig,
) -> tuple[Stretches, tuple[str, ...]]:
    """Find the broadband spikes; those that may be pulses of a distant source are looked at in the recording."""
    header = recording.header
    if config.spike_sigma == 0:
        return no_stretches(), ()

    # The sweep of a pulse that is narrow enough to be taken for a spike shows within the window that told it from drifts.
    margin = 2 * half_window_samples(header.tsamp)

    def is_interference(start: int, stop: int) -> bool | None:
        first, last = max(start - margin, 0), min(stop + margin, header.nsamples)
        is_good = mask.reasons[start // mask.interval_samples] == 0
        spectra = recording.read(first, last)
        return is_undispersed(spectra, channels, is_good, header.chan_freqs_mhz, (start - first, stop - first))

    spikes = find_spikes(intervals.zero_dm, header.tsamp, config.spike_sigma)
    return confirm_spikes(spikes, header.nsamples, is_interference)


def _has_broadband(clean: CleanRecording, executor: Executor) -> bool:
    """Tell from a few segments of the recording, without what is masked, whether the good channels share noise."""
    header, mask = clean.recording.header, clean.rfi_mask
    length = min(NOISE_SEGMENT_SAMPLES, header.nsamples // NOISE_SEGMENTS)
    ngood = np.count_nonzero(mask.reasons == 0, axis=1)

    def band_sum(segment: int) -> NDArray[np.float32]:
        start = segment * (header.nsamples // NOISE_SEGMENTS)
        channels = clean.read(Chunk(start, start + length), 1, (header.nchans, length))
        total = channels.sum(axis=0, dtype=np.float32) - np.float32(ZERO_LEVEL * header.nchans)
        of_samples = ngood[np.arange(start, start + length) // mask.interval_samples]
        return np.asarray(total / (NOISE_STD * np.sqrt(np.maximum(of_samples, 1))), np.float32)

    return has_broadband(np.stack(executor.map(band_sum, range(NOISE_SEGMENTS), "noise that channels share")))


def _find_diode(
    recording: Recording, intervals: IntervalStatistics, config: CleaningConfig, executor: Executor
) -> NoiseDiode | None:
    """Find when a noise diode is on, and measure in one more pass how far it raises each channel."""
    if not config.find_rfi or config.noise_diode == "off":
        return None
    timing = find_noise_diode(intervals.zero_dm, recording.header.tsamp)
    if timing is None:
        return None

    def sums(interval: Chunk) -> NDArray[np.float64]:
        total = np.zeros((3, 2, recording.header.nchans))
        for first, data in recorded_parts(recording, interval):
            total += rise_sums(data, interval.start + first, timing)
        return total

    stretches = cut_into_chunks(recording.header.nsamples, intervals.interval_samples)
    rise = measure_rise(np.sum(executor.map(sums, stretches, "noise diode"), axis=0))
    return None if rise is None else NoiseDiode(*timing, rise)
