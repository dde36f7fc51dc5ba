"""The Fourier search of lane blocks: series into detections."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.lane_fft import spectra_workspace_bytes
from fastpipe.algorithms.periodicity import lane_spectra, search_spectra
from fastpipe.algorithms.resampling import BarycentricGrid, resample
from fastpipe.algorithms.significance import log10_fap
from fastpipe.algorithms.zapping import Zapping
from fastpipe.config import PeriodicityConfig
from fastpipe.constants import LANES
from fastpipe.data.birdies import birdie_bins
from fastpipe.data.lane_blocks import LaneBlocks
from fastpipe.data.tables import DETECTION_COLUMNS, Table, empty_table
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.frame import SearchFrame
from fastpipe.pipeline.scratch import ScratchPool

_DRIFT_BINS = 0.5
"""Drift of the highest harmonic in Fourier bins from which on series are resampled; less costs up to 1.5 % of its power."""

_AS_SAMPLED = SearchFrame("topocentric")


def search_series(
    series: Sequence[LaneBlocks],
    ntrials: int,
    config: PeriodicityConfig,
    executor: Executor,
    birdies: Table | None = None,
    frame: SearchFrame = _AS_SAMPLED,
    scratch: ScratchPool | None = None,
) -> Table:
    """Search lane blocks for periodic signals; their content is lost.

    Where the frame is that of the barycentre, so are the frequencies of birdies and detections.

    Parameters
    ----------
    series
        Lane blocks of one pass.
    ntrials
        Trials of the whole run, to which `log10_fap` refers.
    config
        Frequencies, harmonics and threshold.
    executor
        Runs one task for each block.
    birdies
        Frequencies to remove, columns BIRDIE_COLUMNS, in the frame of the recording; None for none.
    frame
        That of the search; by default the time in which the series were sampled.
    scratch
        Lends the memory for the spectra; None for a pool of this search alone.

    Returns
    -------
    Table
        Detections in the order of DM, with all columns but `obs_id` and those that sifting fills.
    """
    moved = None if birdies is None else frame.birdies(birdies)
    pool = scratch or ScratchPool()

    def search(place: tuple[LaneBlocks, BarycentricGrid | None, int]) -> Table:
        lanes, grid, block = place
        series = lanes.blocks[block]
        nsamples, tsamp = (lanes.nsamples, lanes.tsamp) if grid is None else _lay_on(grid, lanes, series, config)
        with pool.borrow(spectra_workspace_bytes(len(series))) as workspace:
            peaks = search_spectra(
                lane_spectra(series, nsamples, workspace),
                series,
                tsamp=tsamp,
                # A fold needs two samples of the recording a turn, also where the clock at the barycentre runs faster.
                freqs_hz=(config.freq_min_hz, min(config.freq_max_hz, 0.5 / lanes.tsamp)),
                nharm_max=config.nharm_max,
                sigma_min=config.sigma_min,
                zapping=_zapping(moved, lanes, tsamp, block),
            )
        return _detections(peaks, lanes.dm_trials[block * LANES : (block + 1) * LANES], ntrials)

    # Coarse samples may hold none of the frequencies, where the finer ones of other DMs do.
    searched = [lanes for lanes in series if config.freq_min_hz < 0.5 / lanes.tsamp]
    grids = [frame.grid(lanes) for lanes in searched]
    places = [
        (lanes, grid, block) for lanes, grid in zip(searched, grids, strict=True) for block in range(len(lanes.blocks))
    ]
    return np.concatenate([empty_table(DETECTION_COLUMNS), *executor.map(search, places, "Fourier search")])


def _lay_on(
    grid: BarycentricGrid, lanes: LaneBlocks, block: NDArray[np.float32], config: PeriodicityConfig
) -> tuple[int, float]:
    """Resample a block in place where its signals would drift; return the samples it has then and their distance in s."""
    highest_harmonic_hz = min(config.freq_max_hz * config.nharm_max, 0.5 / lanes.tsamp)
    if grid.drift_bins(highest_harmonic_hz) <= _DRIFT_BINS:
        return lanes.nsamples, grid.tsamp
    resample(block, grid)
    return grid.nsamples, grid.tsamp


def _zapping(birdies: Table | None, lanes: LaneBlocks, tsamp: float, block: int) -> Zapping | None:
    """Return what to remove from the spectra of one block, or None for nothing; `tsamp` is that of the search in s."""
    if birdies is None or not len(birdies):
        return None
    nfft = lanes.blocks.shape[1]
    ranges = birdie_bins(birdies, nfft * tsamp, nfft // 2 + 1)
    # The first DM of a block is the same however the trials are cut into shards, so its noise is too.
    seed = int(lanes.dm_trials[block * LANES : block * LANES + 1].view(np.uint64)[0])
    return Zapping(ranges, seed) if len(ranges) else None


def _detections(peaks: NDArray[Any], dm_trials: NDArray[np.float64], ntrials: int) -> Table:
    """Turn the peaks of one block into detections; lanes beyond the last trial are left out."""
    peaks = peaks[peaks["lane"] < len(dm_trials)]
    detections = empty_table(DETECTION_COLUMNS, len(peaks))
    detections["search"] = b"fft"
    detections["dm"] = dm_trials[peaks["lane"]]
    for name in ("freq_hz", "nharm", "power", "sigma", "nzapped"):
        detections[name] = peaks[name]
    detections["log10_fap"] = log10_fap(peaks["log_probability"], ntrials)
    return detections
