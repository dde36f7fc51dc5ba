"""A search stays within the memory it is given."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from numba import config

from fastpipe.io.sigproc import write_filterbank
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.shape import FilterbankShape

_SEARCH = """
import resource, sys
from fastpipe.config import SearchConfig, override
from fastpipe.execution.search import run_search
options = override(SearchConfig(), dm_max=47.9, dm_step=0.1, threads=2, memory=sys.argv[2])
tables = run_search([sys.argv[1]], options)
print(tables.provenance["dm_trials"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(config.DISABLE_JIT, reason="takes hours without the compiler")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak memory is in KiB on Linux only")
def test_peak_memory_is_below_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "noise.fil"
    write_filterbank(path, *simulate(FilterbankShape(nchans=64, nsamples=2**19), None, seed=1))
    run = subprocess.run(
        [sys.executable, "-c", _SEARCH, str(path), "900MiB"], capture_output=True, text=True, check=True, env=os.environ
    )
    ntrials, peak_bytes = map(int, run.stdout.split())
    # All series together would need more than the limit.
    assert 4 * ntrials * 2**19 > 900 * 2**20
    assert peak_bytes < 900 * 2**20
