"""What a search will cost, before it begins: work over measured rates, stage by stage."""

import math
from dataclasses import dataclass

from fastpipe.algorithms.dedispersion import additions
from fastpipe.algorithms.interval_statistics import interval_grid
from fastpipe.algorithms.kernel_rates import harmonic_work
from fastpipe.algorithms.subband_spectra import subband_plan
from fastpipe.algorithms.zero_dm import dm_of_filter
from fastpipe.config import SearchConfig
from fastpipe.constants import LANES
from fastpipe.data.header import Header
from fastpipe.data.kernel_rates import KernelRates
from fastpipe.data.recording import cut_into_chunks
from fastpipe.data.search_cost import PassCost, SearchCost, StageCost
from fastpipe.pipeline.clean_recording import SampleKind
from fastpipe.pipeline.preflight import SearchPlan
from fastpipe.pipeline.shards import PROGRAM_BYTES, Budget, Pass, Shard, make_passes, series_length

EXPECTED_CANDIDATES = 10
"""Candidates that the predicted time holds; a search of noise has one, one with interference some tens."""

_VALUE_BYTES = 4
_MASK_BYTES = 3
"""Bytes of an interval and channel in a catalogue: the mask and its reasons."""


def predict_cost(
    header: Header, config: SearchConfig, plan: SearchPlan, budget: Budget, rates: KernelRates, reading_s: float
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

    Returns
    -------
    SearchCost
        Of the search as it runs where no noise diode is found, for `EXPECTED_CANDIDATES` candidates.

    Raises
    ------
    ResourceError
        If the memory is too small; the message says what would do.
    """
    is_filtered = config.cleaning.zero_dm == "on"
    unfiltered_below_dm = dm_of_filter(header.chan_freqs_mhz) if is_filtered else 0.0
    passes = make_passes(header, plan.dispersion, budget, unfiltered_below_dm)
    work = _Work(header, config, rates, reading_s, budget.nthreads)
    stages = [
        StageCost("digest of the files", work.nvalues * header.nbits * header.nifs / 8 * rates.digest),
        StageCost("channel statistics", work.shared(work.nvalues * (reading_s + rates.statistics))),
    ]
    if is_filtered:
        stages.append(StageCost("zero-DM regression", work.shared(work.nvalues * (reading_s + rates.statistics))))
    if config.birdies.find_birdies:
        stages.append(StageCost("birdies", work.birdies_s(min(r.downsample for r in plan.dispersion.ranges))))
    new_memory_s = _VALUE_BYTES * max(reading.values for reading in passes) * rates.new_memory
    dedispersion_s = work.shared(new_memory_s) + sum(work.dedispersion_s(reading) for reading in passes)
    stages += [
        StageCost("dedispersion", dedispersion_s),
        StageCost("Fourier search", sum(work.search_s(reading) for reading in passes)),
        StageCost(f"folding of {EXPECTED_CANDIDATES} candidates", work.folding_s()),
    ]
    values = max(reading.values for reading in passes)
    return SearchCost(
        stages=tuple(stages),
        passes=tuple(_pass_cost(header, reading, budget, values) for reading in passes),
        ntrials=plan.ntrials,
        nthreads=budget.nthreads,
        catalogue_bytes=_catalogue_bytes(header, config),
    )


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

    def clean_s(self, nvalues: float, downsample: int) -> float:
        """Return the seconds of one thread for reading and cleaning some values of the recording."""
        return nvalues * (self.reading_s + self.rates.clean_input + self.rates.clean_output / downsample)

    def dedispersion_s(self, reading: Pass) -> float:
        """Return the wall time of one pass, without the memory of its series."""
        task_s = sum(self._task_s(reading, kind) for kind in reading.kinds)
        nchunks = self.header.nsamples / reading.chunk_spectra
        return self.shared(task_s * nchunks, math.ceil(nchunks))

    def _task_s(self, reading: Pass, kind: SampleKind) -> float:
        """Return the seconds of one task for one kind of clean samples."""
        columns = reading.column_range(kind)[1]
        spectra = min(columns * kind.downsample, self.header.nsamples)
        seconds = self.clean_s(spectra * self.header.nchans, kind.downsample)
        nsamples = reading.chunk_spectra // kind.downsample
        return seconds + sum(self._stages_s(shard, nsamples) for shard in reading.shards if shard.kind == kind)

    def _stages_s(self, shard: Shard, nsamples: int) -> float:
        first, middle, last = additions(shard.plan, nsamples)
        rates = self.rates
        return first * rates.first_stage + middle * rates.middle_stage + last * rates.last_stage

    def search_s(self, reading: Pass) -> float:
        """Return the wall time of the Fourier search of one pass."""
        seconds = sum(shard.nblocks * self._block_s(shard.nfft, shard.downsample) for shard in reading.shards)
        return self.shared(seconds, sum(shard.nblocks for shard in reading.shards))

    def _block_s(self, nfft: int, downsample: int) -> float:
        options, rates = self.config.periodicity, self.rates
        freqs_hz = (options.freq_min_hz, options.freq_max_hz)
        harmonics = harmonic_work(nfft, self.header.tsamp * downsample, freqs_hz, options.nharm_max)
        return nfft * (math.log2(nfft) * rates.transform + rates.spectra) + harmonics * rates.harmonics

    def birdies_s(self, downsample: int) -> float:
        """Return the wall time of the search for birdies: one reading, and the spectra of 16 sub-bands in one thread."""
        plan = subband_plan(self.header.nchans)
        nsamples, nfft = series_length(self.header.nsamples, downsample)
        first, middle, last = (count * nsamples for count in plan.additions_per_sample())
        rates = self.rates
        reading = self.clean_s(self.nvalues, downsample)
        adding = first * rates.first_stage + middle * rates.middle_stage + last * rates.last_stage
        return self.shared(reading + adding) + nfft * (math.log2(nfft) * rates.transform + rates.spectra)

    def folding_s(self) -> float:
        """Return the wall time of folding with the mask and without it, and of refinement."""
        reading = self.clean_s(self.nvalues, 1)
        folding = self.nvalues * EXPECTED_CANDIDATES * self.rates.folding
        return self.shared(2 * (reading + folding)) + self.shared(
            EXPECTED_CANDIDATES * self.rates.refinement, EXPECTED_CANDIDATES
        )


def _pass_cost(header: Header, reading: Pass, budget: Budget, buffer_values: int) -> PassCost:
    nchunks = len(cut_into_chunks(header.nsamples, reading.chunk_spectra))
    spectra = sum(min(reading.column_range(kind)[1] * kind.downsample, header.nsamples) for kind in reading.kinds)
    return PassCost(
        dm_min=float(reading.shards[0].plan.dm_trials[0]),
        dm_max=float(reading.shards[-1].plan.dm_trials[-1]),
        ntrials=sum(len(shard.plan.dm_trials) for shard in reading.shards),
        nchunks=nchunks,
        read_bytes=nchunks * spectra * header.nchans * header.nbits * header.nifs // 8,
        additions=sum(
            nchunks * sum(additions(shard.plan, reading.chunk_spectra // shard.downsample)) for shard in reading.shards
        ),
        transform_points=sum(shard.nblocks * shard.nfft for shard in reading.shards) * LANES,
        peak_bytes=PROGRAM_BYTES + budget.kept_bytes + _VALUE_BYTES * buffer_values + budget.nthreads * reading.task_bytes(),
    )


def _catalogue_bytes(header: Header, config: SearchConfig) -> int:
    """Return the most that the folds and the mask of a catalogue take before they are compressed."""
    folding = config.folding
    cube = folding.nsubints * folding.nsubbands * folding.nbins_max
    interval = interval_grid(header.tsamp, config.cleaning.interval_s).interval_samples
    nintervals = -(-header.nsamples // interval)
    return config.sifting.max_candidates * cube * 2 * _VALUE_BYTES + nintervals * header.nchans * _MASK_BYTES
