"""The command line: parse, call the library, print, exit code. One module a subcommand."""

import os

# One thread budget: the threads of a search are its only parallelism. Set here, before any numerical library is imported.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
