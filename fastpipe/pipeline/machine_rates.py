"""The rates of this machine: measured once, then kept beside the compiled kernels."""

import os
import platform
import statistics
import time
from pathlib import Path

from fastpipe.algorithms.kernel_cache import kernel_cache_folder
from fastpipe.algorithms.kernel_rates import kernel_probes, rates_of
from fastpipe.data.kernel_rates import KernelRates
from fastpipe.data.recording import Recording, cut_into_chunks
from fastpipe.io.rate_file import read_rates, write_rates
from fastpipe.pipeline.clean_recording import READ_BYTES
from fastpipe.pipeline.executor import Executor

_CPU_INFO = Path("/proc/cpuinfo")
_READ_SAMPLE_BYTES = 2**25


def machine_rates(executor: Executor, *, is_bytes: bool) -> KernelRates:
    """Return how fast this machine does each kind of work with all threads of the executor.

    Parameters
    ----------
    executor
        Runs the probes, in as many threads at once as it has.
    is_bytes
        True for recordings that are read as uint8, False for float32.

    Returns
    -------
    KernelRates
        Those kept beside the compiled kernels, if they are of this machine and number of threads; else measured, in some
        seconds, and kept. Kernels of another version are in another folder and are measured anew.
    """
    machine = f"{_cpu_name()}, {os.cpu_count()} cores, {executor.nthreads} threads, {'bytes' if is_bytes else 'floats'}"
    folder = kernel_cache_folder()
    path = None if folder is None else folder / f"rates-{executor.nthreads}-{'uint8' if is_bytes else 'float32'}.json"
    kept = None if path is None else read_rates(path, machine)
    if kept is not None:
        return kept
    rates = measure_rates(executor, is_bytes=is_bytes)
    if path is not None:
        write_rates(path, machine, rates)
    return rates


def recording_rates(recording: Recording, executor: Executor) -> tuple[KernelRates, float]:
    """Return all that a prediction needs: the rates of this machine for a recording, and those of reading it.

    Parameters
    ----------
    recording
        The open recording, of which a few MB are read.
    executor
        As for `machine_rates`.

    Returns
    -------
    tuple
        The rates, and the seconds that reading takes one thread, per value.
    """
    return machine_rates(executor, is_bytes=recording.header.is_bytes), reading_rate(recording)


def reading_rate(recording: Recording) -> float:
    """Return the seconds that reading takes one thread, per value of the recording: the median over pieces in its middle."""
    header = recording.header
    nsamples = min(max(_READ_SAMPLE_BYTES // header.nchans, 1), header.nsamples)
    first, rates = (header.nsamples - nsamples) // 2, []
    for piece in cut_into_chunks(nsamples, max(READ_BYTES // header.nchans, 1)):
        began = time.perf_counter()
        recording.read(first + piece.start, first + piece.stop)
        rates.append((time.perf_counter() - began) / (len(piece) * header.nchans))
    return statistics.median(rates)


def measure_rates(executor: Executor, *, is_bytes: bool) -> KernelRates:
    """Measure what `machine_rates` returns, whether or not it was measured before.

    Parameters
    ----------
    executor, is_bytes
        As for `machine_rates`.

    Returns
    -------
    KernelRates
        Means over the threads.
    """
    seconds = {}
    for name, prepare in kernel_probes(is_bytes=is_bytes).items():
        probes = [prepare() for _ in range(executor.nthreads)]
        found = executor.map(lambda probe: probe.seconds() / probe.work, probes, f"speed: {name}")
        seconds[name] = sum(found) / len(found)
    return rates_of(seconds)


def _cpu_name() -> str:
    """Return what the processor calls itself: its model where the system tells, else its architecture."""
    if _CPU_INFO.is_file():
        for line in _CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
