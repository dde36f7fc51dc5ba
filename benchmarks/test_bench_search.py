"""A whole search from file to candidates, split by stage.

``pytest benchmarks/test_bench_search.py --benchmark-enable -s`` simulates 1024 channels of 2^20 8-bit samples (1 GB, 51.5 s)
and searches 1000 DM trials; without ``--benchmark-enable`` a small recording passes the same way.
"""

import time
from pathlib import Path
from typing import Any

import pytest
from numba import config

from fastpipe.config import SearchConfig, override
from fastpipe.execution.machine import available_cores
from fastpipe.execution.search import run_search
from fastpipe.io.sigproc import write_filterbank
from fastpipe.pipeline.cost_summary import cost_summary
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="nothing to measure without the compiler")


def test_search_1000_trials(benchmark: Any, tmp_path: Path) -> None:
    shape, ntrials, threads = FilterbankShape(nchans=64, nsamples=2**16), 48, 2
    if benchmark.enabled:
        shape, ntrials, threads = FilterbankShape(), 1000, min(available_cores(), 2)
    path = tmp_path / "simulated.fil"
    write_filterbank(path, *simulate(shape, SimulatedPulsar(period_s=0.0713, dm=12.0, snr=25.0), seed=1))
    step = 0.055 if benchmark.enabled else 1.0
    options = override(SearchConfig(), dm_max=step * (ntrials - 0.5), dm_step=step, threads=threads, memory="8GiB")
    run_search([path], override(options, dm_max=2 * step))  # compiles the kernels

    start = time.perf_counter()
    tables = benchmark.pedantic(run_search, args=([path], options), rounds=1)
    wall_s = time.perf_counter() - start
    assert abs(tables.candidates[0]["period_s"] / 0.0713 - 1) < 1e-4
    assert int(tables.provenance["dm_trials"]) == ntrials
    tobs_s = shape.nsamples * shape.tsamp
    print(f"\n{ntrials} DM trials of {tobs_s:.1f} s, {shape.nchans} channels, {threads} threads: {wall_s:.1f} s")
    for stage, cost in cost_summary(tables).stages.items():
        print(f"  {stage:24} {cost.wall_s:7.2f} s wall {cost.cpu_s:7.2f} s CPU")
    benchmark.extra_info["seconds a second of data"] = round(wall_s / tobs_s, 3)
