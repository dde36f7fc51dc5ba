"""The Fourier search of lane blocks: series into detections."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.periodicity import search_lane_block
from fastpipe.algorithms.significance import log10_fap
from fastpipe.algorithms.zapping import Zapping
from fastpipe.config import PeriodicityConfig
from fastpipe.constants import LANES
from fastpipe.data.birdies import birdie_bins
from fastpipe.data.lane_blocks import LaneBlocks
from fastpipe.data.tables import DETECTION_COLUMNS, Table, empty_table
from fastpipe.pipeline.executor import Executor


def search_series(
    series: Sequence[LaneBlocks],
    ntrials: int,
    config: PeriodicityConfig,
    executor: Executor,
    birdies: Table | None = None,
) -> Table:
    """Search lane blocks for periodic signals; their content is lost.

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
        Frequencies to remove, columns BIRDIE_COLUMNS; None for none.

    Returns
    -------
    Table
        Detections in the order of DM, with all columns but `obs_id` and those that sifting fills.
    """

    def search(place: tuple[LaneBlocks, int]) -> Table:
        lanes, block = place
        peaks = search_lane_block(
            lanes.blocks[block],
            nsamples=lanes.nsamples,
            tsamp=lanes.tsamp,
            freqs_hz=(config.freq_min_hz, config.freq_max_hz),
            nharm_max=config.nharm_max,
            sigma_min=config.sigma_min,
            zapping=_zapping(birdies, lanes, block),
        )
        return _detections(peaks, lanes.dm_trials[block * LANES : (block + 1) * LANES], ntrials)

    places = [(lanes, block) for lanes in series for block in range(len(lanes.blocks))]
    return np.concatenate(executor.map(search, places, "Fourier search"))


def _zapping(birdies: Table | None, lanes: LaneBlocks, block: int) -> Zapping | None:
    """Return what to remove from the spectra of one block, or None for nothing."""
    if birdies is None or not len(birdies):
        return None
    nfft = lanes.blocks.shape[1]
    ranges = birdie_bins(birdies, nfft * lanes.tsamp, nfft // 2 + 1)
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
