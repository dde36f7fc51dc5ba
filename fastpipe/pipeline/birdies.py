"""The birdies of a recording: from its own spectrum at DM 0, from the mains, and from the list of the user."""

import math

import numpy as np

from fastpipe.algorithms.birdies import BirdieRules, find_lines, join_birdies, listed_birdies
from fastpipe.algorithms.subband_spectra import Subbands, make_subbands, subband_plan, subband_spectra
from fastpipe.config import BirdiesConfig
from fastpipe.constants import LANES
from fastpipe.data.birdies import Birdies, Comb
from fastpipe.data.dispersion_plan import DispersionPlan
from fastpipe.data.header import Header
from fastpipe.data.tables import Table
from fastpipe.io.barycentre import topocentric_over_barycentric
from fastpipe.io.birdie_list import read_birdie_list
from fastpipe.pipeline.clean_recording import READ_BYTES, CleanRecording
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.search_pass import LaneBlocks, dedisperse_pass
from fastpipe.pipeline.shards import Pass, SampleKind, Shard, series_length

MAINS_WANDER = 1e-3
"""Relative error of the frequency of the mains: 0.05 Hz around 50 Hz. Grids are kept within it but for minutes a day."""

_MIN_CHUNK_SPECTRA = 4096


def find_birdies(
    clean: CleanRecording,
    plan: DispersionPlan,
    config: BirdiesConfig,
    executor: Executor,
    combs: tuple[Comb, ...] = (),
) -> Birdies:
    """Find the birdies of a filterbank recording in one pass over it.

    Parameters
    ----------
    clean
        The recording; its samples are read without the zero-DM filter.
    plan
        The DM trials of the search: a line that is as strong at one of them as at DM 0 stays.
    config
        What to look for, and the list of the user.
    executor
        Runs one task for each chunk, and one for the spectrum.
    combs
        Where lines are expected besides the harmonics of the mains, such as those of a noise diode.

    Returns
    -------
    Birdies
        What to remove, and why.

    Raises
    ------
    ConfigError
        If the list cannot be read, or its frequencies cannot be converted to the frame of the recording.
    """
    header = clean.recording.header
    listed = _listed(header, config)
    if not config.find_birdies:
        return Birdies(join_birdies([listed]))
    downsample = min(dm_range.downsample for dm_range in plan.ranges)
    nsamples, nfft = series_length(header.nsamples, downsample)
    shard = Shard(subband_plan(header.nchans), SampleKind(downsample, is_filtered=False), nsamples, nfft)
    chunk = min(max(READ_BYTES // header.nchans, _MIN_CHUNK_SPECTRA), header.nsamples)
    reading = Pass((shard,), -(-chunk // downsample) * downsample)
    (series,) = dedisperse_pass(clean, reading, np.empty(shard.values, np.float32), executor)
    subbands = make_subbands(header.descending_freqs_mhz, clean.good_channels, shard.plan)
    rules = _rules(config, combs, plan)

    def search(lanes: LaneBlocks) -> Birdies:
        return find_lines(subband_spectra(lanes.blocks[0], lanes.nsamples, lanes.tsamp, subbands), rules)

    (found,) = executor.map(search, [series], "birdies")
    return Birdies(join_birdies([found.table, listed]), found.remarks)


def find_series_birdies(
    series: LaneBlocks, header: Header, config: BirdiesConfig, executor: Executor, combs: tuple[Comb, ...] = ()
) -> Birdies:
    """Find the birdies of a series that was dedispersed before, in which only expected lines can be told from pulsars.

    Parameters
    ----------
    series
        One block of which the first lane is used; not changed.
    header
        Of the recording.
    config
        What to look for, and the list of the user.
    executor
        Runs the one task.
    combs
        Where lines are expected besides the harmonics of the mains.

    Returns
    -------
    Birdies
        What to remove, and why.

    Raises
    ------
    ConfigError
        If the list cannot be read, or its frequencies cannot be converted to the frame of the recording.
    """
    listed = _listed(header, config)
    if not config.find_birdies:
        return Birdies(join_birdies([listed]))
    subbands = Subbands(np.zeros(LANES), np.eye(LANES)[0])
    rules = _rules(config, combs)

    def search(lanes: LaneBlocks) -> Birdies:
        return find_lines(subband_spectra(lanes.blocks[0].copy(), lanes.nsamples, lanes.tsamp, subbands), rules)

    (found,) = executor.map(search, [series], "birdies")
    return Birdies(join_birdies([found.table, listed]), found.remarks)


def _rules(config: BirdiesConfig, combs: tuple[Comb, ...], plan: DispersionPlan | None = None) -> BirdieRules:
    mains = tuple(Comb(freq_hz, None, MAINS_WANDER, "mains") for freq_hz in config.mains_hz)
    return BirdieRules(
        sigma=math.inf if plan is None else config.birdie_sigma,
        combs=(*combs, *mains),
        dm_max=0.0 if plan is None else float(plan.dm_trials.max()),
        max_zapped=config.max_zapped,
    )


def _listed(header: Header, config: BirdiesConfig) -> Table:
    """Return the birdies of the user's list in the frame of the recording."""
    entries = read_birdie_list(config.birdie_file) if config.birdie_file else ()
    shift = 1.0
    if any(entry.is_barycentric != header.is_barycentric for entry in entries):
        ratio = topocentric_over_barycentric(header)
        shift = 1.0 / ratio if header.is_barycentric else ratio
    return listed_birdies(entries, 0.5 / header.tsamp, header.is_barycentric, shift)
