"""How fast this machine does each kind of work of a search: a few seconds of every kernel on made-up data.

The data are as large as those of a search, larger than the caches of a core, because most kernels are bound by memory. To
see what several threads take from one another, the same probe is to run in all of them at once.
"""

import hashlib
import math
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fastpipe.algorithms.cleaning import CleaningTable, Spectra, clean_spectra
from fastpipe.algorithms.dedispersion import additions, channel_length, dedisperse, working_bytes
from fastpipe.algorithms.fold_assembly import finish_cube
from fastpipe.algorithms.fold_geometry import FoldGeometry
from fastpipe.algorithms.fold_plan import plan_fold
from fastpipe.algorithms.fold_resolution import make_fold_spec
from fastpipe.algorithms.fold_workspace import FoldWorkspace
from fastpipe.algorithms.folding import empty_sums, fold_chunk
from fastpipe.algorithms.interval_statistics import interval_statistics
from fastpipe.algorithms.interval_sums import series_values
from fastpipe.algorithms.lane_fft import real_spectra, spectra_workspace_bytes, transform_plan
from fastpipe.algorithms.periodicity import lane_spectra, search_powers, searched_rows
from fastpipe.algorithms.radix_plan import RadixPlan, make_radix_plan
from fastpipe.algorithms.reference_levels import ReferenceLevels
from fastpipe.algorithms.refinement import refine
from fastpipe.algorithms.whitened_powers import whitened_powers
from fastpipe.constants import LANES
from fastpipe.data.kernel_rates import KernelRates

_NCHANS = 4096
_TSAMP = 49.152e-6
_FREQS_MHZ = 1450.0 - (np.arange(_NCHANS) + 0.5) * 400.0 / _NCHANS
_SPECTRA = 2**14
_PIECE_BYTES = 2**22
"""Of what is read, and then found in a cache, at a time."""
_NTRIALS = 512
_DMS = np.linspace(0.0, 51.1, _NTRIALS)
_LANE_ROWS = 2**20
_INTERVAL_SAMPLES, _DECIMATION = 20480, 8
_FOLD_SPECTRA = 8192
_MORE_FOLDS = 9
_MEMORY_BYTES = 2**27
_PAGE_BYTES = 4096
_FREQS_HZ = (0.3, 1500.0)
_LOW_SIGMA = 5.0

_LAST_STAGE_WORK = 3
_VALUE_WORK = 6
"""Time of an addition of the last stage of dedispersion, and of a value of the series, in additions of the other stages."""


class Probe(NamedTuple):
    """A piece of work of one kind."""

    work: float
    """Units of work, as in `KernelRates`."""
    run: Callable[[], object]
    """Does the work."""
    repeats: int = 4
    """Runs after the first, which may compile; 0 where the first is the one that counts."""

    def seconds(self) -> float:
        """Return the least time in s but one of the runs that count.

        It is the time for which the thread ran, not that for which others made it wait. The least one may be that of a run
        while other threads had no work any more.
        """
        times = [self._time() for _ in range(1 + self.repeats)]
        counted = sorted(times[1:] or times)
        return counted[min(1, len(counted) - 1)]

    def _time(self) -> float:
        start = time.thread_time()
        self.run()
        return time.thread_time() - start


def harmonic_work(nfft: int, tsamp: float, freqs_hz: tuple[float, float], nharm_max: int) -> float:
    """Count the harmonics that are added to sums in the search of one lane block.

    Parameters
    ----------
    nfft
        Length of the transform in samples.
    tsamp
        Sampling time in s.
    freqs_hz
        Least and largest frequency of the fundamental in Hz.
    nharm_max
        Most harmonics summed: 1, 2, 4, 8, 16 or 32.

    Returns
    -------
    float
        Rows of each sum times the harmonics by which it has more than the sum before; the first has none.
    """
    limits = searched_rows(nfft, tsamp, *freqs_hz, nharm_max)
    added = np.array([0, *(2**level for level in range(len(limits) - 1))])
    return float(np.maximum(limits[:, 1] - limits[:, 0], 0) @ added)


def dedispersion_work(plan: RadixPlan, nsamples: int) -> float:
    """Count the work of dedispersing a stretch, in units of an addition of the first two stages.

    Parameters
    ----------
    plan
        The stages.
    nsamples
        Samples of the stretch of the series.

    Returns
    -------
    float
        Additions, those of the last stage three times, and six for each value of the series. With these numbers one rate is
        right within 20 % for 64 to 848 trials of 96 to 4096 channels, with 1 to 16 rows in the last stage.
    """
    first, middle, last = additions(plan, nsamples)
    return first + middle + _LAST_STAGE_WORK * last + _VALUE_WORK * len(plan.dm_trials) * nsamples


def _digest_probe() -> Probe:
    data = bytes(2**24)
    return Probe(len(data), lambda: hashlib.sha256(data).digest())


def _piece_of(dtype: type) -> np.ndarray:
    """Return the spectra that are read at a time, shape [n, nchans]."""
    nspectra = _PIECE_BYTES // (_NCHANS * np.dtype(dtype).itemsize)
    return np.random.default_rng(1).integers(90, 166, (nspectra, _NCHANS)).astype(dtype)


def _statistics_probe(dtype: type) -> Probe:
    piece = _piece_of(dtype)
    levels = np.full((3, _NCHANS), [[128.0], [22.0], [1 / (22.0 * math.sqrt(_NCHANS))]])
    reference = ReferenceLevels(*levels)
    parts = [(start, piece) for start in range(0, _INTERVAL_SAMPLES, len(piece))]
    space = np.zeros(series_values(_NCHANS, _INTERVAL_SAMPLES, _DECIMATION), np.float32)

    def take() -> None:
        interval_statistics(parts, _INTERVAL_SAMPLES, reference, _DECIMATION, count_ends=True, space=space)

    return Probe(_INTERVAL_SAMPLES * _NCHANS, take)


def _cleaning_probe(dtype: type, downsample: int) -> Probe:
    data = _piece_of(dtype)
    spectra = Spectra(data, np.zeros(len(data), np.int64))
    numbers = np.stack([np.full(_NCHANS, 0.7), np.full(_NCHANS, -90.0)])[None].astype(np.float32)
    table = CleaningTable(numbers, downsample, is_ascending=False)
    out = np.zeros((_NCHANS, _SPECTRA // downsample), np.uint8)

    def clean() -> None:
        for start in range(0, _SPECTRA, len(data)):
            clean_spectra(spectra, table, out, start // downsample)

    return Probe(_SPECTRA * _NCHANS, clean)


def _dedispersion_probe() -> Probe:
    # A whole chunk: how fast each stage is depends on what the others leave in the caches.
    plan = make_radix_plan(_FREQS_MHZ, _TSAMP, _DMS)
    channels = np.full((plan.nchans, channel_length(plan, _SPECTRA)), 128, np.uint8)
    workspace = np.zeros(working_bytes(plan, _SPECTRA), np.uint8)
    # Blocks that begin with a cache line, as those of a search.
    memory = np.zeros(_NTRIALS * _SPECTRA + LANES, np.float32)
    first = -memory.ctypes.data % 64 // 4
    out = memory[first : first + _NTRIALS * _SPECTRA].reshape(-1, _SPECTRA, LANES)
    return Probe(
        dedispersion_work(plan, _SPECTRA), lambda: dedisperse(channels, 0, plan, out, 0, _SPECTRA, workspace), repeats=3
    )


def _memory_probe() -> Probe:
    def touch() -> None:
        np.empty(_MEMORY_BYTES, np.uint8)[::_PAGE_BYTES] = 1

    # A virtual machine pays ten times more for memory that it has not used for some time.
    return Probe(_MEMORY_BYTES, touch, repeats=0)


def _transform_probe() -> Probe:
    # Transformed again and again, noise would grow beyond what floats hold.
    block, out = np.zeros((_LANE_ROWS, LANES), np.float32), np.empty((_LANE_ROWS // 2 + 1, 2, LANES), np.float32)
    scratch = np.zeros(transform_plan(_LANE_ROWS).scratch_values, np.float32)
    return Probe(_LANE_ROWS * math.log2(_LANE_ROWS), lambda: real_spectra(block, out, scratch))


def _search_probe(nharm_max: int) -> Probe:
    noise = np.random.default_rng(2).standard_normal((_LANE_ROWS, LANES), dtype=np.float32)
    workspace = np.zeros(spectra_workspace_bytes(_LANE_ROWS), np.uint8)

    def search() -> None:
        whitened_powers(lane_spectra(noise, _LANE_ROWS, workspace), noise, _LANE_ROWS)
        search_powers(noise, tsamp=_TSAMP, freqs_hz=_FREQS_HZ, nharm_max=nharm_max, sigma_min=_LOW_SIGMA)

    return Probe(_LANE_ROWS, search)


def _folding_probe(ncandidates: int) -> Probe:
    plan = plan_fold(make_fold_spec(20.0, 0.0, 50.0, _fold_geometry()), _fold_geometry())
    data, plans, workspace = np.full((_NCHANS, _FOLD_SPECTRA), 128, np.uint8), [plan] * ncandidates, FoldWorkspace()
    return Probe(data.size, lambda: fold_chunk(data, 0, plans, workspace))


def _refinement_probe() -> Probe:
    plan = plan_fold(make_fold_spec(10.0, 0.0, 50.0, _fold_geometry()), _fold_geometry())
    sums = empty_sums(plan)
    sums += np.random.default_rng(3).normal(128.0 * 1e5, 1e4, sums.shape)
    return Probe(1, lambda: refine(finish_cube(sums, plan)))


def _fold_geometry() -> FoldGeometry:
    return FoldGeometry(2**20, _TSAMP, _FREQS_MHZ, np.ones(_NCHANS, np.bool_))


def kernel_probes(*, is_bytes: bool) -> dict[str, Callable[[], Probe]]:
    """Return what prepares each probe, by name.

    Parameters
    ----------
    is_bytes
        True for recordings that are read as uint8, False for float32.
    """
    dtype = np.uint8 if is_bytes else np.float32
    # Memory that another probe has given back would not be new.
    return {
        "new memory": _memory_probe,
        "digest": _digest_probe,
        "statistics": lambda: _statistics_probe(dtype),
        "cleaning": lambda: _cleaning_probe(dtype, 1),
        "cleaning to a quarter": lambda: _cleaning_probe(dtype, 4),
        "dedispersion": _dedispersion_probe,
        "transform": _transform_probe,
        "one harmonic": lambda: _search_probe(1),
        "all harmonics": lambda: _search_probe(32),
        "one fold": lambda: _folding_probe(1),
        "more folds": lambda: _folding_probe(_MORE_FOLDS),
        "refinement": _refinement_probe,
    }


def rates_of(seconds: dict[str, float]) -> KernelRates:
    """Turn the seconds a unit that each probe took into rates.

    Parameters
    ----------
    seconds
        Seconds of one thread for a unit of work, by the name of the probe.

    Returns
    -------
    KernelRates
        Differences of two probes, where work cannot be done alone, are at least 0.
    """
    of_quarter, of_all = seconds["cleaning to a quarter"], seconds["cleaning"]
    clean_output = max((of_all - of_quarter) * 4 / 3, 0.0)
    folding = max(seconds["more folds"] - seconds["one fold"], 0.0) / (_MORE_FOLDS - 1)
    added = harmonic_work(_LANE_ROWS, _TSAMP, _FREQS_HZ, 32) / _LANE_ROWS
    return KernelRates(
        digest=seconds["digest"],
        statistics=seconds["statistics"],
        clean_input=max(of_all - clean_output, 0.0),
        clean_output=clean_output,
        dedispersion=seconds["dedispersion"],
        new_memory=seconds["new memory"],
        transform=seconds["transform"],
        spectra=max(seconds["one harmonic"] - seconds["transform"] * math.log2(_LANE_ROWS), 0.0),
        harmonics=max(seconds["all harmonics"] - seconds["one harmonic"], 0.0) / added,
        fold_input=max(seconds["one fold"] - folding, 0.0),
        folding=folding,
        refinement=seconds["refinement"],
    )
