"""What a search will cost, before it begins: work over measured rates, stage by stage."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fastpipe.algorithms.acceleration_cost import acceleration_work
from fastpipe.algorithms.acceleration_filters import DRIFT_STEP, JERK_STEP
from fastpipe.algorithms.acceleration_grid import AccelerationGrid
from fastpipe.algorithms.dedispersion import additions
from fastpipe.algorithms.interval_statistics import interval_grid
from fastpipe.algorithms.kernel_rates import dedispersion_work, harmonic_work
from fastpipe.algorithms.zero_dm import dm_of_filter
from fastpipe.config import SearchConfig
from fastpipe.constants import LANES
from fastpipe.data.header import Header
from fastpipe.data.kernel_rates import KernelRates
from fastpipe.data.recording import cut_into_chunks
from fastpipe.data.search_cost import PassCost, SearchCost, StageCost
from fastpipe.pipeline.budget import LOADED_BYTES, Budget
from fastpipe.pipeline.clean_recording import SampleKind
from fastpipe.pipeline.memory import EXPECTED_CANDIDATES, filter_bytes, fold_chunk_bytes, folding_bytes, interference_bytes
from fastpipe.pipeline.passes import Pass, plan_passes
from fastpipe.pipeline.preflight import SearchPlan
from fastpipe.pipeline.rfi import NOISE_SEGMENT_SAMPLES, NOISE_SEGMENTS

START_S = 2.0
"""Seconds for the start of the program and what is done between the stages, by one core of 2.6 GHz (Zen 4)."""
_VALUE_BYTES = 4
_FULL_RESOLUTION = 0.6
"""Work of a candidate over that at full time resolution: the mean for periods log-uniform from 1.5 ms to 5 s."""
_MASK_BYTES = 3
"""Bytes of an interval and channel in a catalogue: the mask and its reasons."""


def predict_cost(
    header: Header,
    config: SearchConfig,
    plan: SearchPlan,
    budget: Budget,
    rates: KernelRates,
    reading_s: float,
    ncandidates: int = EXPECTED_CANDIDATES,
) -> SearchCost:
    """Predict what a search of a filterbank recording takes.

    Parameters
    ----------
    header
        Of the recording.
    config
        Options of all stages.
    plan
        The trials.
    budget
        Memory and threads.
    rates
        Seconds for a unit of each kind of work.
    reading_s
        Seconds for reading one value of the recording in one thread.
    ncandidates
        Candidates that are folded.

    Returns
    -------
    SearchCost
        Of the search as it runs where no noise diode is found.

    Raises
    ------
    ResourceError
        If the memory is too small; the message says what would do.
    """
    is_filtered = config.cleaning.zero_dm == "on"
    unfiltered_below_dm = dm_of_filter(header.chan_freqs_mhz) if is_filtered else math.inf
    passes = plan_passes(header, plan.dispersion, budget, config, unfiltered_below_dm)
    work = _Work(header, config, rates, reading_s, budget.nthreads)
    stages = [StageCost("start of the program", START_S), StageCost("digest and channel statistics", work.statistics_s())]
    if config.cleaning.find_rfi:
        stages.append(StageCost("noise that channels share", work.shared_noise_s()))
    if is_filtered:
        stages.append(StageCost("zero-DM regression", work.shared(work.nvalues * (reading_s + rates.statistics))))
    stages += [
        *predict_passes(header, config, passes, budget, rates, reading_s),
        StageCost(f"folding of {ncandidates} candidates", work.folding_s(ncandidates)),
    ]
    return SearchCost(
        stages=tuple(stages),
        passes=tuple(_pass_cost(header, reading, passes, budget) for reading in passes),
        ntrials=plan.ntrials,
        zmax=max((DRIFT_STEP * grid.nsteps for grid in _grids(passes)), default=0.0),
        wmax=max((JERK_STEP * grid.wsteps[-1] for grid in _grids(passes)), default=0.0),
        nthreads=budget.nthreads,
        other_bytes=LOADED_BYTES + _other_bytes(header, config, plan, budget),
        catalogue_bytes=_catalogue_bytes(header, config),
        max_candidates=config.sifting.max_candidates,
        max_folding_s=work.folding_s(config.sifting.max_candidates),
    )


def predict_passes(
    header: Header, config: SearchConfig, passes: Sequence[Pass], budget: Budget, rates: KernelRates, reading_s: float
) -> tuple[StageCost, ...]:
    """Predict what the search of some trials takes, once it is known how to clean.

    Parameters
    ----------
    header, config, budget, rates, reading_s
        As for `predict_cost`.
    passes
        The trials, of `make_passes`: those of a whole search, or of the part of it that one worker computes.

    Returns
    -------
    tuple of StageCost
        In the order in which they run.
    """
    work = _Work(header, config, rates, reading_s, budget.nthreads)
    new_bytes = max(reading.memory_bytes(budget.nthreads) for reading in passes)
    dedispersion_s = work.shared(new_bytes * rates.new_memory) + sum(work.dedispersion_s(reading) for reading in passes)
    stages = [StageCost("dedispersion", dedispersion_s)]
    if passes[0].subbands is not None:
        stages.append(StageCost("birdies", work.spectra_s(passes[0].subbands.nfft)))
    stages.append(StageCost("Fourier search", sum(work.search_s(reading) for reading in passes)))
    if _grids(passes):
        stages.append(StageCost("search for drifts", work.drifts_s(passes)))
    return tuple(stages)


def pass_read_bytes(header: Header, reading: Pass) -> int:
    """Return the bytes of the recording that a pass reads, with what neighbouring chunks share."""
    return _read_spectra(header, reading) * header.nchans * header.nbits * header.nifs // 8


@dataclass(frozen=True, slots=True)
class _Work:
    """Seconds of the stages of one search."""

    header: Header
    config: SearchConfig
    rates: KernelRates
    reading_s: float
    nthreads: int

    @property
    def nvalues(self) -> int:
        """Values of the recording."""
        return self.header.nsamples * self.header.nchans

    def shared(self, seconds: float, ntasks: int = 0) -> float:
        """Return the wall time of work that all threads share, in equal tasks if their number is given."""
        return seconds * math.ceil(ntasks / self.nthreads) / ntasks if ntasks else seconds / self.nthreads

    def statistics_s(self) -> float:
        """Return the wall time of the first reading: of all threads together, but no less than that of the digest."""
        header, reading_s = self.header, self.nvalues * self.reading_s
        digest_s = self.nvalues * header.nbits * header.nifs / 8 * self.rates.digest + reading_s
        return max(digest_s, self.shared(digest_s + reading_s + self.nvalues * self.rates.statistics))

    def shared_noise_s(self) -> float:
        """Return the wall time of the look for noise that channels share: cleaned into new memory, then summed."""
        segment = min(NOISE_SEGMENT_SAMPLES, self.header.nsamples // NOISE_SEGMENTS)
        nvalues = NOISE_SEGMENTS * segment * self.header.nchans
        seconds = self.clean_s(nvalues, [SampleKind(1, is_filtered=False)])
        return self.shared(seconds + nvalues * (self.rates.new_memory + self.rates.statistics), NOISE_SEGMENTS)

    def clean_s(self, nvalues: float, kinds: Sequence[SampleKind]) -> float:
        """Return the seconds of one thread for reading some values of the recording and cleaning them to all kinds."""
        rates = self.rates
        return nvalues * (self.reading_s + sum(rates.clean_input + rates.clean_output / kind.downsample for kind in kinds))

    def dedispersion_s(self, reading: Pass) -> float:
        """Return the wall time of one pass, in memory that was used before."""
        nchunks = self.header.nsamples / reading.chunk_spectra
        work = sum(dedispersion_work(shard.plan, reading.chunk_spectra // shard.downsample) for shard in reading.dedispersed)
        seconds = self.clean_s(_read_spectra(self.header, reading) * self.header.nchans, reading.kinds)
        return self.shared(seconds + work * nchunks * self.rates.dedispersion, math.ceil(nchunks))

    def search_s(self, reading: Pass) -> float:
        """Return the wall time of the Fourier search of one pass."""
        seconds = sum(shard.nblocks * self._block_s(shard.nfft, shard.downsample) for shard in reading.shards)
        return self.shared(seconds, sum(shard.nblocks for shard in reading.shards))

    def drifts_s(self, passes: Sequence[Pass]) -> float:
        """Return the wall time of the search of all passes for drifts, which the tasks of the Fourier search do too."""
        rate, seconds = self.rates.acceleration or 0.0, 0.0
        work = {id(grid): acceleration_work(grid) for grid in _grids(passes)}
        for reading in passes:
            of_blocks = sum(shard.nblocks * work[id(shard.drifts)] for shard in reading.shards if shard.drifts is not None)
            seconds += self.shared(of_blocks * rate, sum(shard.nblocks for shard in reading.shards))
        return seconds

    def _block_s(self, nfft: int, downsample: int) -> float:
        options, rates = self.config.periodicity, self.rates
        freqs_hz = (options.freq_min_hz, options.freq_max_hz)
        harmonics = harmonic_work(nfft, self.header.tsamp * downsample, freqs_hz, options.nharm_max)
        return self.spectra_s(nfft) + harmonics * rates.harmonics

    def spectra_s(self, nfft: int) -> float:
        """Return the seconds for the spectra of one block."""
        return nfft * (math.log2(nfft) * self.rates.transform + self.rates.spectra)

    def folding_s(self, ncandidates: int) -> float:
        """Return the wall time of folding with the mask and without it, and of refinement."""
        reading = self.clean_s(self.nvalues, [SampleKind(1, is_filtered=False)]) if ncandidates else 0.0
        work = ncandidates * _FULL_RESOLUTION
        folding = self.nvalues * (self.rates.fold_input + work * self.rates.folding) if ncandidates else 0.0
        return self.shared(2 * (reading + folding)) + self.shared(ncandidates * self.rates.refinement, ncandidates)


def _grids(passes: Sequence[Pass]) -> list[AccelerationGrid]:
    """Return what is searched for drifts, once for each DM range."""
    found = {id(shard.drifts): shard.drifts for reading in passes for shard in reading.shards}
    return [grid for grid in found.values() if grid is not None]


def _read_spectra(header: Header, reading: Pass) -> int:
    """Return the spectra of the recording that the tasks of a pass read, with what neighbouring chunks share."""
    chunk = max(reading.column_range(kind)[1] * kind.downsample for kind in reading.kinds)
    nchunks = len(cut_into_chunks(header.nsamples, reading.chunk_spectra))
    return min(header.nsamples + (nchunks - 1) * (chunk - reading.chunk_spectra), nchunks * header.nsamples)


def _pass_cost(header: Header, reading: Pass, passes: Sequence[Pass], budget: Budget) -> PassCost:
    nchunks = len(cut_into_chunks(header.nsamples, reading.chunk_spectra))
    # Series and working space of the largest pass stay in the memory for all.
    besides = max(other.values for other in passes) - reading.values
    return PassCost(
        dm_min=float(reading.shards[0].plan.dm_trials[0]),
        dm_max=float(reading.shards[-1].plan.dm_trials[-1]),
        ntrials=sum(len(shard.plan.dm_trials) for shard in reading.shards),
        nchunks=nchunks,
        read_bytes=pass_read_bytes(header, reading),
        additions=sum(
            nchunks * sum(additions(shard.plan, reading.chunk_spectra // shard.downsample)) for shard in reading.dedispersed
        ),
        transform_points=sum(shard.nblocks * shard.nfft for shard in reading.shards) * LANES,
        peak_bytes=LOADED_BYTES + budget.kept_bytes + _VALUE_BYTES * besides + reading.memory_bytes(budget.nthreads),
    )


def _other_bytes(header: Header, config: SearchConfig, plan: SearchPlan, budget: Budget) -> int:
    """Return the most memory of the stages before and after the passes, besides the program."""
    chunk_bytes = fold_chunk_bytes(header, config, budget)
    folding = budget.kept_bytes + folding_bytes(header, config, budget.nthreads, EXPECTED_CANDIDATES, chunk_bytes)
    filters = filter_bytes(header, plan.dispersion, config)
    return max(filters + interference_bytes(header, config, budget.nthreads), folding)


def _catalogue_bytes(header: Header, config: SearchConfig) -> int:
    """Return the most that the folds and the mask of a catalogue take before they are compressed."""
    folding = config.folding
    cube = folding.nsubints * min(folding.nsubbands, header.nchans) * folding.nbins_max
    interval = interval_grid(header.tsamp, config.cleaning.interval_s).interval_samples
    nintervals = -(-header.nsamples // interval)
    return config.sifting.max_candidates * cube * 2 * _VALUE_BYTES + nintervals * header.nchans * _MASK_BYTES
