"""The Fourier search of lane blocks: series into detections."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.acceleration import search_acceleration
from fastpipe.algorithms.acceleration_filters import FilterPlan, make_filters
from fastpipe.algorithms.acceleration_grid import AccelerationGrid
from fastpipe.algorithms.lane_fft import spectra_workspace_bytes
from fastpipe.algorithms.periodicity import lane_spectra, search_powers
from fastpipe.algorithms.resampling import BarycentricGrid, resample
from fastpipe.algorithms.whitened_powers import whitened_powers
from fastpipe.algorithms.zapping import Zapping, count_zapped
from fastpipe.config import PeriodicityConfig, SearchConfig
from fastpipe.constants import LANES
from fastpipe.data.birdies import birdie_bins
from fastpipe.data.harmonic_powers import FoundDetections
from fastpipe.data.lane_blocks import LaneBlocks
from fastpipe.data.tables import Table
from fastpipe.pipeline.block_detections import SearchedBlock, make_detections
from fastpipe.pipeline.drifts import drift_grid, least_sigma, task_bytes
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.frame import SearchFrame
from fastpipe.pipeline.scratch import ScratchPool

_DRIFT_BINS = 0.5
"""Drift of the highest harmonic in Fourier bins from which on series are resampled; less costs up to 1.5 % of its power."""

_AS_SAMPLED = SearchFrame("topocentric")


@dataclass(frozen=True, slots=True)
class _Searched:
    """Lane blocks and what is the same for all of them."""

    lanes: LaneBlocks
    barycentric: BarycentricGrid | None
    drifts: AccelerationGrid | None
    filters: NDArray[np.float32] | None

    @property
    def nfft(self) -> int:
        """Length of the transform in samples."""
        return int(self.lanes.blocks.shape[1])

    @property
    def tsamp(self) -> float:
        """Sampling time in s, in the frame of the search."""
        return self.lanes.tsamp if self.barycentric is None else self.barycentric.tsamp

    @property
    def freq_max_hz(self) -> float:
        """A fold needs two samples of the recording a turn, also where the clock at the barycentre runs faster."""
        return 0.5 / self.lanes.tsamp


def search_series(
    series: Sequence[LaneBlocks],
    ntrials: float,
    config: SearchConfig,
    executor: Executor,
    birdies: Table | None = None,
    frame: SearchFrame = _AS_SAMPLED,
    scratch: ScratchPool | None = None,
) -> FoundDetections:
    """Search lane blocks for periodic signals; their content is lost.

    Where the frame is that of the barycentre, so are the frequencies of birdies and detections.

    Parameters
    ----------
    series
        Lane blocks of one pass.
    ntrials
        Effective number of trials of the whole run, to which `log10_fap` refers.
    config
        Frequencies, harmonics, drifts and thresholds.
    executor
        Runs one task for each block, in the order of `series`.
    birdies
        Frequencies to remove, columns BIRDIE_COLUMNS, in the frame of the recording; None for none.
    frame
        That of the search; by default the time in which the series were sampled.
    scratch
        Lends the memory that tasks work in; None for a pool of this search alone.

    Returns
    -------
    FoundDetections
        In the order of DM, with all columns but `obs_id` and those that sifting fills.
    """
    moved = None if birdies is None else frame.birdies(birdies)
    pool = scratch or ScratchPool()

    def search(place: tuple[_Searched, int]) -> FoundDetections:
        searched, block = place
        # Coarse samples may hold none of the frequencies, where the finer ones of other DMs do.
        if config.periodicity.freq_min_hz >= searched.freq_max_hz:
            return FoundDetections.none()
        zapping = _zapping(moved, searched, block)
        with pool.borrow(task_bytes(searched.nfft, searched.drifts)) as workspace:
            return _search_block(searched, block, config, zapping, ntrials, workspace)

    tasks = [(searched, block) for searched in _plan(series, frame, config) for block in range(len(searched.lanes.blocks))]
    return FoundDetections.joined([FoundDetections.none(), *executor.map(search, tasks, "Fourier search")])


def _plan(series: Sequence[LaneBlocks], frame: SearchFrame, config: SearchConfig) -> list[_Searched]:
    """Plan the search of all series, and make the filters that it takes; series of similar length share them."""
    filters: dict[FilterPlan, NDArray[np.float32]] = {}
    planned = []
    for lanes in series:
        drifts = drift_grid(lanes.blocks.shape[1], lanes.tsamp, config)
        searched = _Searched(lanes, frame.grid(lanes), drifts, None)
        if drifts is not None:
            if drifts.filters not in filters and not drifts.has_jerk:
                filters[drifts.filters] = make_filters(drifts.filters)
            # The trials are those that were counted; the clock of the search says at which frequencies they are.
            drifts = replace(drifts, tobs_s=searched.nfft * searched.tsamp)
            searched = replace(searched, drifts=drifts, filters=filters.get(drifts.filters))
        planned.append(searched)
    return planned


def _search_block(
    searched: _Searched,
    block: int,
    config: SearchConfig,
    zapping: Zapping | None,
    ntrials: float,
    workspace: NDArray[np.uint8],
) -> FoundDetections:
    """Search one block for all kinds of periodic signals in memory of `task_bytes`."""
    lanes, options = searched.lanes, config.periodicity
    series, tsamp = lanes.blocks[block], searched.tsamp
    nsamples = _lay_on(searched, series, options)
    of_spectra = spectra_workspace_bytes(searched.nfft)
    spectra = lane_spectra(series, nsamples, workspace[:of_spectra])
    freqs_hz = (options.freq_min_hz, min(options.freq_max_hz, searched.freq_max_hz))
    whitened_powers(spectra, series, nsamples, zapping)
    sigma_min = least_sigma(ntrials, config)
    peaks = [search_powers(series, tsamp=tsamp, freqs_hz=freqs_hz, nharm_max=options.nharm_max, sigma_min=sigma_min)]
    if searched.drifts is not None:
        memory = workspace[of_spectra:]
        peaks.append(search_acceleration(spectra, searched.drifts, sigma_min, memory, searched.filters))
    if zapping is not None:
        for table in peaks:
            table["nzapped"] = count_zapped(table, searched.nfft * tsamp, zapping.ranges)
    dm_trials = lanes.dm_trials[block * LANES : (block + 1) * LANES]
    of_block = SearchedBlock(
        spectra=spectra,
        dm_trials=dm_trials,
        nsamples=nsamples,
        tsamp=tsamp,
        tobs_s=lanes.nsamples * lanes.tsamp,
        freq_max_hz=searched.freq_max_hz,
    )
    return make_detections(of_block, peaks, ntrials, config.sifting.log10_fap_max)


def _lay_on(searched: _Searched, block: NDArray[np.float32], config: PeriodicityConfig) -> int:
    """Resample a block in place where its signals would drift; return the samples that it has then."""
    lanes, grid = searched.lanes, searched.barycentric
    highest_harmonic_hz = min(config.freq_max_hz * config.nharm_max, 0.5 / lanes.tsamp)
    if grid is None or grid.drift_bins(highest_harmonic_hz) <= _DRIFT_BINS:
        return lanes.nsamples
    resample(block, grid)
    return grid.nsamples


def _zapping(birdies: Table | None, searched: _Searched, block: int) -> Zapping | None:
    """Return what to remove from the spectra of one block, or None for nothing."""
    if birdies is None or not len(birdies):
        return None
    nfft = searched.nfft
    ranges = birdie_bins(birdies, nfft * searched.tsamp, nfft // 2 + 1)
    # The first DM of a block is the same however the trials are cut into shards, so its noise is too.
    seed = int(searched.lanes.dm_trials[block * LANES : block * LANES + 1].view(np.uint64)[0])
    return Zapping(ranges, seed) if len(ranges) else None
