"""The birdies of a recording: from its own spectrum at DM 0, the mains, its noise diode, and the list of the user."""

import math

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.birdies import BirdieRules, find_lines, join_birdies, listed_birdies
from fastpipe.algorithms.lane_fft import spectra_workspace_bytes
from fastpipe.algorithms.subband_spectra import Subbands, make_subbands, subband_plan, subband_spectra
from fastpipe.config import BirdiesConfig
from fastpipe.constants import LANES
from fastpipe.data.birdies import Birdies, Comb
from fastpipe.data.header import Header
from fastpipe.data.lane_blocks import LaneBlocks
from fastpipe.data.noise_diode import NoiseDiode
from fastpipe.data.tables import Table
from fastpipe.io.barycentre import topocentric_over_barycentric
from fastpipe.io.birdie_list import read_birdie_list
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.scratch import ScratchPool

_MAINS_WANDER = 1e-3
"""Relative error of the frequency of the mains: 0.05 Hz around 50 Hz. Grids are kept within it but for minutes a day."""

_DIODE_ERROR = 1e-4
"""The same for a noise diode, amply: its edges give the period to a part of a sample over the recording."""


def find_birdies(
    clean: CleanRecording,
    series: LaneBlocks | None,
    config: BirdiesConfig,
    executor: Executor,
    *,
    dm_max: float,
    diode: NoiseDiode | None = None,
    scratch: ScratchPool | None = None,
) -> Birdies:
    """Find the birdies of a filterbank recording in its sub-bands.

    Parameters
    ----------
    clean
        The recording.
    series
        Its 16 sub-bands at DM 0 without the zero-DM filter, one block. **It is overwritten.** None to look for nothing, and
        return the list of the user.
    config
        What to look for, and the list of the user.
    executor
        Runs the one task.
    dm_max
        Largest DM of the search in pc cm^-3: a line that is as strong at some DM up to it as at DM 0 stays.
    diode
        Noise diode whose harmonics are expected besides those of the mains, or None.
    scratch
        Lends the memory for the spectra; None for memory of this task alone.

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
    if series is None:
        return Birdies(join_birdies([listed]))
    subbands = make_subbands(header.descending_freqs_mhz, clean.good_channels, subband_plan(header.nchans))
    combs = _mains(config)
    if diode is not None:
        combs = (Comb(1.0 / (diode.period_samples * header.tsamp), None, _DIODE_ERROR, "diode"), *combs)
    rules = BirdieRules(sigma=config.birdie_sigma, combs=combs, dm_max=dm_max, max_zapped=config.max_zapped)
    found = _find_in(series, subbands, rules, executor, scratch or ScratchPool())
    return Birdies(join_birdies([found.table, listed]), found.remarks)


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
    found = _find_in(series, subbands, rules, executor, ScratchPool())
    return Birdies(join_birdies([found.table, listed]), found.remarks)


def _find_in(lanes: LaneBlocks, subbands: Subbands, rules: BirdieRules, executor: Executor, scratch: ScratchPool) -> Birdies:
    """Find the birdies in the first block, which is overwritten."""

    def search(block: NDArray[np.float32]) -> Birdies:
        with scratch.borrow(spectra_workspace_bytes(len(block))) as workspace:
            return find_lines(subband_spectra(block, lanes.nsamples, lanes.tsamp, subbands, workspace), rules)

    (found,) = executor.map(search, [lanes.blocks[0]], "birdies")
    return found


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
