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
from fastpipe.algorithms.fold_assembly import finish_cube
from fastpipe.algorithms.fold_plan import FoldGeometry, make_fold_spec, plan_fold
from fastpipe.algorithms.folding import empty_sums, fold_chunk
from fastpipe.algorithms.interval_statistics import interval_statistics
from fastpipe.algorithms.lane_fft import real_spectra, transform_plan
from fastpipe.algorithms.periodicity import search_lane_block, searched_rows
from fastpipe.algorithms.radix_plan import make_radix_plan
from fastpipe.algorithms.reference_levels import ReferenceLevels
from fastpipe.algorithms.refinement import refine
from fastpipe.constants import LANES
from fastpipe.data.kernel_rates import KernelRates
from fastpipe_kernels.dedispersion import SCRATCH_SHAPE, add_into_lanes, add_rows

_NCHANS = 1024
_TSAMP = 49.152e-6
_FREQS_MHZ = 1450.0 - (np.arange(_NCHANS) + 0.5) * 400.0 / _NCHANS
_SPECTRA = 2**14
_NTRIALS = 512
_DMS = np.linspace(0.0, 51.1, _NTRIALS)
_ROW_SAMPLES = 2**13
_PIECE_SAMPLES = 2**10
_LANE_ROWS = 2**20
_MEMORY_BYTES = 2**27
_PAGE_BYTES = 4096
_FREQS_HZ = (0.3, 1500.0)
_LOW_SIGMA = 5.0


class Probe(NamedTuple):
    """A piece of work of one kind."""

    work: float
    """Units of work, as in `KernelRates`."""
    run: Callable[[], object]
    """Does the work."""
    repeats: int = 3
    """Runs after the first, which may compile; 0 where the first is the one that counts."""

    def seconds(self) -> float:
        """Return the median time in s of the runs that count.

        It is the time for which the thread ran, not that for which others made it wait.
        """
        times = [self._time() for _ in range(1 + self.repeats)]
        return sorted(times[1:] or times)[self.repeats // 2]

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


def _digest_probe() -> Probe:
    data = bytes(2**24)
    return Probe(len(data), lambda: hashlib.sha256(data).digest())


def _spectra_of(dtype: type) -> np.ndarray:
    return np.random.default_rng(1).integers(90, 166, (_SPECTRA, _NCHANS)).astype(dtype)


def _statistics_probe(dtype: type) -> Probe:
    data = _spectra_of(dtype)
    levels = np.full((3, _NCHANS), [[128.0], [22.0], [1 / (22.0 * math.sqrt(_NCHANS))]])
    reference, pieces = ReferenceLevels(*levels), [(start, data[start : start + 4096]) for start in range(0, _SPECTRA, 4096)]
    return Probe(data.size, lambda: interval_statistics(pieces, _SPECTRA, reference, 8, count_ends=True))


def _cleaning_probe(dtype: type, downsample: int) -> Probe:
    spectra = Spectra(_spectra_of(dtype), np.zeros(_SPECTRA, np.int64))
    numbers = np.stack([np.full(_NCHANS, 0.7), np.full(_NCHANS, -90.0)])[None].astype(np.float32)
    table = CleaningTable(numbers, downsample, is_ascending=False)
    out = np.zeros((_NCHANS, _SPECTRA // downsample), np.uint8)
    return Probe(spectra.data.size, lambda: clean_spectra(spectra, table, out, 0))


def _stage_probe(index: int) -> Probe:
    """Prepare one of the first two stages of a radix dedispersion."""
    stage = make_radix_plan(_FREQS_MHZ, _TSAMP, _DMS).stages[index]
    # The first stage finds new samples in memory for every piece, the middle one the rows of one node in cache.
    offsets = range(0, _ROW_SAMPLES, _PIECE_SAMPLES) if index == 0 else [0]
    source = stage.source if index == 0 else stage.source[: stage.first_row[1]]
    row_length = offsets[-1] + _PIECE_SAMPLES + stage.reach_samples
    rows = np.full((int(source.max()) + 1, row_length), 128, np.uint16 if index else np.uint8)
    position, out = source * row_length + stage.shift[: len(source)], np.zeros((len(source), _PIECE_SAMPLES), np.uint16)

    def add() -> None:
        for offset in offsets:
            add_rows(rows, offset, position, _PIECE_SAMPLES, out)

    return Probe(source.size * _PIECE_SAMPLES * len(offsets), add)


def _last_stage_probe() -> Probe:
    stage = make_radix_plan(_FREQS_MHZ, _TSAMP, _DMS).stages[-1]
    row_length = _PIECE_SAMPLES + stage.reach_samples
    rows = np.full((int(stage.source.max()) + 1, row_length), 128, np.uint16)
    position, scratch = stage.source * row_length + stage.shift, np.empty(SCRATCH_SHAPE, np.float32)
    # Blocks that begin with a cache line, as those of a search.
    memory = np.zeros(_NTRIALS * _ROW_SAMPLES + LANES, np.float32)
    first = -memory.ctypes.data % 64 // 4
    out = memory[first : first + _NTRIALS * _ROW_SAMPLES].reshape(-1, _ROW_SAMPLES, LANES)

    def add() -> None:
        for start in range(0, _ROW_SAMPLES, _PIECE_SAMPLES):
            add_into_lanes(rows, position, np.float32(0), start, _PIECE_SAMPLES, scratch, out)

    return Probe(stage.source.size * _ROW_SAMPLES, add)


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

    def search() -> None:
        search_lane_block(
            noise,
            nsamples=_LANE_ROWS,
            tsamp=_TSAMP,
            freqs_hz=_FREQS_HZ,
            nharm_max=nharm_max,
            sigma_min=_LOW_SIGMA,
        )

    return Probe(_LANE_ROWS, search)


def _folding_probe() -> Probe:
    plan = plan_fold(make_fold_spec(10.0, 0.0, 50.0, _fold_geometry()), _fold_geometry())
    data, plans = np.full((_NCHANS, _SPECTRA), 128, np.uint8), [plan] * 4
    return Probe(data.size * len(plans), lambda: fold_chunk(data, 0, plans))


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
        "first stage": lambda: _stage_probe(0),
        "middle stage": lambda: _stage_probe(1),
        "last stage": _last_stage_probe,
        "transform": _transform_probe,
        "one harmonic": lambda: _search_probe(1),
        "all harmonics": lambda: _search_probe(32),
        "folding": _folding_probe,
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
    added = harmonic_work(_LANE_ROWS, _TSAMP, _FREQS_HZ, 32) / _LANE_ROWS
    return KernelRates(
        digest=seconds["digest"],
        statistics=seconds["statistics"],
        clean_input=max(of_all - clean_output, 0.0),
        clean_output=clean_output,
        first_stage=seconds["first stage"],
        middle_stage=seconds["middle stage"],
        last_stage=seconds["last stage"],
        new_memory=seconds["new memory"],
        transform=seconds["transform"],
        spectra=max(seconds["one harmonic"] - seconds["transform"] * math.log2(_LANE_ROWS), 0.0),
        harmonics=max(seconds["all harmonics"] - seconds["one harmonic"], 0.0) / added,
        folding=seconds["folding"],
        refinement=seconds["refinement"],
    )
