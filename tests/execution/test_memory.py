"""A search stays within the memory it is given, and within what was predicted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from numba import config

from fastpipe.io.sigproc import write_filterbank
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.shape import FilterbankShape

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(config.DISABLE_JIT, reason="takes hours without the compiler"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak memory is read from /proc"),
]

# Searches a recording and prints the passes, the predicted peak memory and that of the process, in bytes. The peak is not
# that of getrusage(), which a process inherits from the one that started it.
_SEARCH = """
import json, re, sys
from dataclasses import fields
from pathlib import Path
from fastpipe.config import SearchConfig, override
from fastpipe.data.kernel_rates import KernelRates
from fastpipe.execution.local_run import begin_run
from fastpipe.execution.search import run_search
from fastpipe.pipeline.cost import predict_cost
from fastpipe.pipeline.memory import reserve
from fastpipe.pipeline.preflight import check_and_plan
options = override(SearchConfig(), threads=2, **json.loads(sys.argv[2]))
run = begin_run([sys.argv[1]], options.execution, None)
header = run.recording.header
plan = check_and_plan(header, options)
budget = reserve(header, plan.dispersion, options, run.budget)
rates = KernelRates(**{field.name: 1.0 for field in fields(KernelRates)})
cost = predict_cost(header, options, plan, budget, rates, 1.0)
run_search([sys.argv[1]], options)
peak_kib = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
print(json.dumps([len(cost.passes), cost.peak_bytes, 1024 * peak_kib]))
"""

MANY_CHANNELS = FilterbankShape(nchans=2048, nsamples=2**16, tsamp=2e-4)
LONG = FilterbankShape(nchans=24, nsamples=2**20, tsamp=5e-5)
FLOATS = FilterbankShape(nchans=256, nsamples=2**17, tsamp=2e-4, nbits=32)

DRIFTS = {"dm_max": 25.0, "dm_step": 0.2, "freq_min_hz": 2.0, "freq_max_hz": 12.0}
"""A search of few frequencies: as much memory as one of all, in less time."""


def search(path: Path, shape: FilterbankShape, **options: object) -> tuple[int, int, int]:
    """Return the number of passes, the predicted peak memory and the real one in bytes."""
    write_filterbank(path, *simulate(shape, None, seed=1))
    arguments = [sys.executable, "-c", _SEARCH, str(path), json.dumps(options)]
    run = subprocess.run(arguments, capture_output=True, text=True, check=True, env=os.environ)
    npasses, predicted, peak_bytes = json.loads(run.stdout)
    return npasses, predicted, peak_bytes


@pytest.mark.parametrize(
    ("shape", "limit_mib", "options"),
    [
        pytest.param(MANY_CHANNELS, 600, {"dm_max": 300.0, "dm_step": 0.4}, id="many channels"),
        pytest.param(LONG, 700, {"dm_max": 25.0, "dm_step": 0.1}, id="long"),
        pytest.param(
            FLOATS, 520, {"dm_max": 300.0, "dm_step": 0.1, "zero_dm": "on"}, id="32-bit floats with the zero-DM filter"
        ),
        pytest.param(LONG, 700, DRIFTS | {"zmax": 300.0}, id="long, with acceleration"),
        pytest.param(LONG, 700, DRIFTS | {"zmax": 100.0, "wmax": 60.0}, id="long, with jerk"),
    ],
)
def test_peak_memory_is_below_the_limit_and_as_predicted(
    tmp_path: Path, shape: FilterbankShape, limit_mib: int, options: dict[str, object]
) -> None:
    npasses, predicted, peak_bytes = search(tmp_path / "noise.fil", shape, memory=f"{limit_mib}MiB", **options)
    assert npasses > 1
    assert peak_bytes < 1.1 * limit_mib * 2**20
    assert predicted == pytest.approx(peak_bytes, rel=0.15)


def test_memory_is_as_predicted_where_the_limit_is_far(tmp_path: Path) -> None:
    shape = FilterbankShape(nchans=128, nsamples=2**17, tsamp=2e-4)
    npasses, predicted, peak_bytes = search(tmp_path / "noise.fil", shape, memory="8GiB", dm_max=200.0)
    assert npasses == 1
    assert predicted == pytest.approx(peak_bytes, rel=0.15)
