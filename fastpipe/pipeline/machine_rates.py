"""The rates of this machine: measured once, then kept beside the compiled kernels."""

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fastpipe.algorithms.acceleration_cost import acceleration_probe
from fastpipe.algorithms.kernel_cache import kernel_cache_folder
from fastpipe.algorithms.kernel_rates import Probe, kernel_probes, rates_of
from fastpipe.data.kernel_rates import KernelRates
from fastpipe.data.recording import Recording, cut_into_chunks
from fastpipe.io.rate_file import read_rates, write_rates
from fastpipe.pipeline.clean_recording import READ_BYTES
from fastpipe.pipeline.executor import Executor

_CPU_INFO = Path("/proc/cpuinfo")
_READ_SAMPLE_BYTES = 2**25


def machine_rates(executor: Executor, *, is_bytes: bool, with_drifts: bool = False) -> KernelRates:
    """Return how fast this machine does each kind of work with all threads of the executor.

    Parameters
    ----------
    executor
        Runs the probes, in as many threads at once as it has.
    is_bytes
        True for recordings that are read as uint8, False for float32.
    with_drifts
        Whether the rate of the search for drifts is needed too.

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
    rates = measure_rates(executor, is_bytes=is_bytes) if kept is None else kept
    if with_drifts and rates.acceleration is None:
        rates = _with_drifts(rates, executor)
    if path is not None and rates != kept:
        write_rates(path, machine, rates)
    return rates


def recording_rates(recording: Recording, executor: Executor, *, with_drifts: bool) -> tuple[KernelRates, float]:
    """Return all that a prediction needs: the rates of this machine for a recording, and those of reading it.

    Parameters
    ----------
    recording
        The open recording, of which a few MB are read.
    executor, with_drifts
        As for `machine_rates`.

    Returns
    -------
    tuple
        The rates, and the seconds that reading takes one thread, per value.
    """
    rates = machine_rates(executor, is_bytes=recording.header.is_bytes, with_drifts=with_drifts)
    return rates, reading_rate(recording)


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


def measure_rates(executor: Executor, *, is_bytes: bool, with_drifts: bool = False) -> KernelRates:
    """Measure what `machine_rates` returns, whether or not it was measured before.

    Parameters
    ----------
    executor, is_bytes, with_drifts
        As for `machine_rates`.

    Returns
    -------
    KernelRates
        Means over the threads.
    """
    probes = kernel_probes(is_bytes=is_bytes)
    rates = rates_of({name: _mean_rate(name, prepare, executor) for name, prepare in probes.items()})
    return _with_drifts(rates, executor) if with_drifts else rates


def _with_drifts(rates: KernelRates, executor: Executor) -> KernelRates:
    return replace(rates, acceleration=_mean_rate("acceleration", acceleration_probe, executor))


def _mean_rate(name: str, prepare: Callable[[], Probe], executor: Executor) -> float:
    """Return the seconds a unit of one kind of work, the mean over as many probes as there are threads."""
    probes = [prepare() for _ in range(executor.nthreads)]
    found = executor.map(lambda probe: probe.seconds() / probe.work, probes, f"speed: {name}")
    return sum(found) / len(found)


def _cpu_name() -> str:
    """Return what the processor calls itself: its model where the system tells, else its architecture."""
    if _CPU_INFO.is_file():
        for line in _CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
