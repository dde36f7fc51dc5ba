"""How often noise gives candidates: the promise of `log10_fap`, counted.

``python -m benchmarks.false_alarms 100`` searches 100 noise recordings of 60 s and prints, for several values of
`log10_fap`, how many signals below it were found and how many there may be.
"""

import sys

import numpy as np

from tests.pipeline.noise_searches import NOISE_SHAPE, false_alarms

LEVELS = (0.5, 0.0, -0.5, -1.0, -2.0)


def main(nrecordings: int) -> None:
    """Search recordings with seeds 1, 2, ... and print the counts."""
    found = np.concatenate([false_alarms(seed) for seed in range(1, nrecordings + 1)])
    tobs_s = NOISE_SHAPE.nsamples * NOISE_SHAPE.tsamp
    print(f"{nrecordings} recordings of noise, {tobs_s:.0f} s, {NOISE_SHAPE.nchans} channels, DM 0 to 500")
    print("log10_fap below   found   at most expected")
    for level in LEVELS:
        print(f"{level:15.1f} {np.count_nonzero(found < level):7d} {nrecordings * 10**level:18.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
