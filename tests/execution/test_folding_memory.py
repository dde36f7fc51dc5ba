"""Folding of many candidates stays within the memory it is given."""

import json
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

# Folds many candidates and prints the peak memory of the process and what folding was said to need, in bytes.
_FOLD = """
import json, re, sys
from pathlib import Path
from fastpipe.config import SearchConfig
from fastpipe.execution.local_run import begin_run
from fastpipe.pipeline.fold_candidates import FoldTarget, fold_candidates, fold_source
from fastpipe.pipeline.memory import fold_chunk_bytes, folding_bytes
from fastpipe.pipeline.preparation import prepare
from fastpipe.pipeline.rfi import find_rfi
from fastpipe.config import override
count = int(sys.argv[3])
options = override(SearchConfig(), threads=2, memory=sys.argv[2], max_candidates=count)
run = begin_run([sys.argv[1]], options.execution, None)
header, executor = run.recording.header, run.executor
clean = prepare(run.recording, find_rfi(run.recording, options.cleaning, executor), options.cleaning, executor)
chunk_bytes = fold_chunk_bytes(header, options, run.budget)
source = fold_source(header, clean, chunk_bytes=chunk_bytes)
targets = [FoldTarget(1.1 + 0.13 * index, 3.0 * index % 200) for index in range(count)]
found = fold_candidates(source, targets, options.folding, executor)
peak_kib = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
print(json.dumps([1024 * peak_kib, folding_bytes(header, options, 2, count, chunk_bytes), chunk_bytes]))
"""


@pytest.mark.parametrize(("memory_mib", "count"), [(600, 60), (2000, 60)])
def test_many_candidates_fit(tmp_path: Path, memory_mib: int, count: int) -> None:
    path = tmp_path / "noise.fil"
    write_filterbank(path, *simulate(FilterbankShape(nchans=512, nsamples=2**17, tsamp=2e-4), None, seed=1))
    arguments = [sys.executable, "-c", _FOLD, str(path), f"{memory_mib}MiB", str(count)]
    run = subprocess.run(arguments, capture_output=True, text=True, check=True)
    peak_bytes, said, chunk_bytes = json.loads(run.stdout)
    assert peak_bytes < memory_mib * 2**20
    assert peak_bytes < 370 * 2**20 + said
    assert (chunk_bytes < 2**25) == (memory_mib < 1000)
