"""The real Fourier transform of 16 series on one core, beside SciPy, FFTW and MKL.

``python -m benchmarks.other_transforms [length ...]`` prints CPU time a series in ms. pyFFTW and mkl_fft come with
``pip install --group bench-peers``, best into an environment of their own; what is not installed is left out. FFTW plans
with FFTW_MEASURE, which takes minutes for long series and is not counted. FFTW and MKL get all 16 series at once and one
after the other; the better counts. The programs take turns, so that other work on the machine hurts all alike, and each
writes to memory that it has written before, but for SciPy, which makes its own.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.lane_fft import next_fft_length, real_spectra, transform_plan
from fastpipe.constants import LANES
from fastpipe.pipeline.scratch import aligned_bytes

LENGTHS = (1 << 20, next_fft_length(1_300_000), 1 << 22, next_fft_length(5_520_000), 1 << 23)
"""Lengths compared by default; the second is 2^18 5, the fourth 2^13 3^3 5^2."""
_ROUNDS = 5


@dataclass
class Program:
    """One way to transform 16 series, and the CPU times it took in s."""

    name: str
    transform: Callable[[], Any]
    prepare: Callable[[], Any] = lambda: None
    seconds: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Transform once more; the preparation is not timed."""
        self.prepare()
        start = time.process_time()
        self.transform()
        self.seconds.append(time.process_time() - start)

    @property
    def ms_a_series(self) -> float:
        """Least CPU time a series in ms."""
        return min(self.seconds) / LANES * 1e3


def _aligned(shape: tuple[int, ...]) -> NDArray[np.float32]:
    memory = aligned_bytes(4 * int(np.prod(shape))).view(np.float32)
    memory[:] = 0.0
    return memory.reshape(shape)


def _ours(series: NDArray[np.float32]) -> Program:
    length = series.shape[1]
    block, out = _aligned((length, LANES)), _aligned((length // 2 + 1, 2, LANES))
    scratch = _aligned((transform_plan(length).scratch_values,))

    def fill() -> None:
        block[:] = series.T

    return Program("fastpipe", lambda: real_spectra(block, out, scratch), fill)


def _scipy(series: NDArray[np.float32], out: NDArray[np.complex64]) -> Iterator[Program]:
    del out  # SciPy returns a new array
    rfft = import_module("scipy.fft").rfft
    yield Program("SciPy", lambda: rfft(series, axis=-1))


def _mkl(series: NDArray[np.float32], out: NDArray[np.complex64]) -> Iterator[Program]:
    rfft = import_module("mkl_fft").rfft
    yield Program("MKL", lambda: rfft(series, axis=-1, out=out))
    yield Program("MKL", lambda: [rfft(one, out=target) for one, target in zip(series, out, strict=True)])


def _fftw(series: NDArray[np.float32], out: NDArray[np.complex64]) -> Iterator[Program]:
    fftw = import_module("pyfftw").FFTW
    kept = series[0].copy()  # planning overwrites what it is given
    one = fftw(series[0], out[0], flags=("FFTW_MEASURE",), threads=1)
    series[0] = kept
    yield Program("FFTW", lambda: [one(single, target) for single, target in zip(series, out, strict=True)])
    everything = fftw(series.copy(), out, axes=(1,), flags=("FFTW_MEASURE",), threads=1)
    yield Program("FFTW", lambda: everything(series, out))


def _peers(series: NDArray[np.float32]) -> list[Program]:
    """List the programs that are installed; FFTW asks for the alignment that it planned with, which every row has."""
    length = series.shape[1]
    padded = -(-(length // 2 + 1) // 8) * 8
    out = _aligned((LANES, 2 * padded)).view(np.complex64)[:, : length // 2 + 1]
    programs: list[Program] = []
    for make in (_scipy, _fftw, _mkl):
        try:
            programs += make(series, out)
        except ModuleNotFoundError as error:
            print(f"{error.name} is not installed and left out: pip install --group bench-peers")
    return programs


def compare(length: int) -> dict[str, float]:
    """Return the CPU time of a series by program in ms, fastpipe first."""
    series = _aligned((LANES, length))
    series[:] = np.random.default_rng(1).standard_normal(series.shape, dtype=np.float32)
    programs = [_ours(series), *_peers(series)]
    for _ in range(_ROUNDS + 1):
        for program in programs:
            program.run()
    times: dict[str, float] = {}
    for program in programs:
        del program.seconds[0]  # compiles, and touches new memory
        times[program.name] = min(times.get(program.name, np.inf), program.ms_a_series)
    return times


def main() -> None:
    """Print one line a length."""
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")  # MKL, loaded later, would take all cores
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("lengths", nargs="*", type=int, default=LENGTHS, help="products of 2, 3 and 5")
    for length in parser.parse_args().lengths:
        times = compare(length)
        ours, *others = times.values()
        line = ", ".join(f"{name} {ms:.2f}" for name, ms in times.items())
        print(f"{length}: {line} ms a series; best of the others over fastpipe: {min(others) / ours:.2f}", flush=True)


if __name__ == "__main__":
    main()
