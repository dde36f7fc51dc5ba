"""The birdies of a recording: from its own spectrum at DM 0, the mains, its noise diode, and the list of the user."""

import math

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.birdies import BirdieRules, find_lines, join_birdies, listed_birdies
from fastpipe.algorithms.subband_spectra import Subbands, make_subbands, subband_plan, subband_spectra
from fastpipe.config import BirdiesConfig
from fastpipe.constants import LANES
from fastpipe.data.birdies import Birdies, Comb
from fastpipe.data.dispersion_plan import DispersionPlan
from fastpipe.data.header import Header
from fastpipe.data.lane_blocks import LaneBlocks
from fastpipe.data.noise_diode import NoiseDiode
from fastpipe.data.tables import Table
from fastpipe.io.barycentre import topocentric_over_barycentric
from fastpipe.io.birdie_list import read_birdie_list
from fastpipe.pipeline.clean_recording import READ_BYTES, CleanRecording, SampleKind
from fastpipe.pipeline.dedispersion import dedisperse_pass
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.shards import Shard, make_pass, series_length

_MAINS_WANDER = 1e-3
"""Relative error of the frequency of the mains: 0.05 Hz around 50 Hz. Grids are kept within it but for minutes a day."""

_DIODE_ERROR = 1e-4
"""The same for a noise diode, amply: its edges give the period to a part of a sample over the recording."""


def find_birdies(
    clean: CleanRecording,
    plan: DispersionPlan,
    config: BirdiesConfig,
    executor: Executor,
    diode: NoiseDiode | None = None,
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
    diode
        Noise diode whose harmonics are expected besides those of the mains, or None.

    Returns
    -------
    Birdies
        What to remove, and why.

    Raises
    ------
    ConfigError
        If the list makes no sense, or its frequencies cannot be converted to the frame of the recording.
    """
    header = clean.recording.header
    listed = read_birdies(header, config)
    if not config.find_birdies:
        return Birdies(join_birdies([listed]))
    downsample = min(dm_range.downsample for dm_range in plan.ranges)
    nsamples, nfft = series_length(header.nsamples, downsample)
    shard = Shard(subband_plan(header.nchans), SampleKind(downsample, is_filtered=False), nsamples, nfft)
    reading = make_pass([shard], header, READ_BYTES)
    buffer = np.empty(shard.values, np.float32)
    (series,) = dedisperse_pass(clean, reading, buffer, executor, "sub-bands at DM 0")
    subbands = make_subbands(header.descending_freqs_mhz, clean.good_channels, shard.plan)
    combs = _mains(config)
    if diode is not None:
        combs = (Comb(1.0 / (diode.period_samples * header.tsamp), None, _DIODE_ERROR, "diode"), *combs)
    dm_max = float(plan.dm_trials.max())
    rules = BirdieRules(sigma=config.birdie_sigma, combs=combs, dm_max=dm_max, max_zapped=config.max_zapped)
    return _find_in(series, subbands, rules, listed, executor)


def find_series_birdies(series: LaneBlocks, header: Header, config: BirdiesConfig, executor: Executor) -> Birdies:
    """Find the birdies of a series that was dedispersed before, in which only expected lines can be told from pulsars.

    Parameters
    ----------
    series
        One block of which the first lane is used. **It is overwritten.**
    header
        Of the recording.
    config
        What to look for, and the list of the user.
    executor
        Runs the one task.

    Returns
    -------
    Birdies
        What to remove, and why.

    Raises
    ------
    ConfigError
        If the list makes no sense, or its frequencies cannot be converted to the frame of the recording.
    """
    listed = read_birdies(header, config)
    if not config.find_birdies:
        return Birdies(join_birdies([listed]))
    subbands = Subbands(np.zeros(LANES), np.eye(LANES)[0])
    rules = BirdieRules(sigma=math.inf, combs=_mains(config), dm_max=0.0, max_zapped=config.max_zapped)
    return _find_in(series, subbands, rules, listed, executor)


def _find_in(lanes: LaneBlocks, subbands: Subbands, rules: BirdieRules, listed: Table, executor: Executor) -> Birdies:
    """Find the birdies in the first block, which is overwritten, and join those of the list."""

    def search(block: NDArray[np.float32]) -> Birdies:
        return find_lines(subband_spectra(block, lanes.nsamples, lanes.tsamp, subbands), rules)

    (found,) = executor.map(search, [lanes.blocks[0]], "birdies")
    return Birdies(join_birdies([found.table, listed]), found.remarks)


def _mains(config: BirdiesConfig) -> tuple[Comb, ...]:
    return tuple(Comb(freq_hz, None, _MAINS_WANDER, "mains") for freq_hz in config.mains_hz)


def read_birdies(header: Header, config: BirdiesConfig) -> Table:
    """Return the birdies of the user's list in the frame of the recording.

    Parameters
    ----------
    header
        Of the recording.
    config
        The list of the user, if there is one.

    Returns
    -------
    Table
        Columns BIRDIE_COLUMNS.

    Raises
    ------
    ConfigError
        If the list makes no sense, or its frequencies cannot be converted to the frame of the recording.
    """
    entries = read_birdie_list(config.birdie_file) if config.birdie_file else ()
    shift = 1.0
    if any(entry.is_barycentric != header.is_barycentric for entry in entries):
        ratio = topocentric_over_barycentric(header)
        shift = 1.0 / ratio if header.is_barycentric else ratio
    return listed_birdies(entries, 0.5 / header.tsamp, header.is_barycentric, shift)
