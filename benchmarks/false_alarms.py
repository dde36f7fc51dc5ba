"""How often noise gives candidates: the promise of `log10_fap`, counted.

``python -m benchmarks.false_alarms 200`` searches 200 noise recordings of 26 s, every other one with acceleration. It
prints, for several values of `log10_fap`, how many signals below it were found and how many noise should give; and of
those below 0, whether their numbers in a recording are Poisson with mean 1.
"""

import sys
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, poisson

from tests.pipeline.noise_searches import LARGEST_LOG10_FAP, NOISE_SHAPE, false_alarms

LEVELS = (LARGEST_LOG10_FAP, 0.0, -0.5, -1.0, -2.0)
SEARCHES: dict[str, dict[str, Any]] = {"without acceleration": {}, "drifts of up to 8 bins": {"zmax": 8.0}}
_LAST_CLASS = 3
"""Recordings with this many signals or more are one class of the test."""


def poisson_p_value(counts: NDArray[np.int64]) -> float:
    """Chance that Poisson numbers of mean 1 differ more from what is expected of them, by chi^2 of 0, 1, 2, 3 or more."""
    found = np.bincount(np.minimum(counts, _LAST_CLASS), minlength=_LAST_CLASS + 1)
    expected = len(counts) * np.append(poisson.pmf(range(_LAST_CLASS), 1.0), poisson.sf(_LAST_CLASS - 1, 1.0))
    return float(chi2.sf(((found - expected) ** 2 / expected).sum(), _LAST_CLASS))


def _print_counts(title: str, runs: list[NDArray[np.float64]]) -> None:
    found = np.concatenate(runs)
    print(f"\n{title}, {len(runs)} recordings\nlog10_fap below   found   expected   chance of fewer or as many")
    for level in LEVELS:
        count, expected = int(np.count_nonzero(found < level)), len(runs) * 10**level
        print(f"{level:15.1f} {count:7d} {expected:10.1f} {poisson.cdf(count, expected):15.3f}")
    counts = np.array([np.count_nonzero(run < 0.0) for run in runs])
    histogram = ", ".join(f"{number} in {count}" for number, count in enumerate(np.bincount(counts)))
    print(f"below 0 in one recording: {histogram}; p = {poisson_p_value(counts):.3f} for Poisson of mean 1", flush=True)


def main(nrecordings: int) -> None:
    """Search recordings with seeds 1, 2, ... and print the counts."""
    start, runs = time.perf_counter(), {title: list[NDArray[np.float64]]() for title in SEARCHES}
    tobs_s = NOISE_SHAPE.nsamples * NOISE_SHAPE.tsamp
    print(f"noise, {tobs_s:.0f} s, {NOISE_SHAPE.nchans} channels, DM 0 to 500")
    for seed in range(1, nrecordings + 1):
        title = list(SEARCHES)[seed % len(SEARCHES)]
        runs[title].append(false_alarms(seed, **SEARCHES[title]))
    for title, each in runs.items():
        _print_counts(title, each)
    _print_counts("all", [run for each in runs.values() for run in each])
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
