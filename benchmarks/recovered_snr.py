"""How much of the injected S/N comes back, and how far period and DM are off.

``python -m benchmarks.recovered_snr 24`` simulates as many recordings (128 channels, 60 s) with one pulsar each, of period
2 ms to 2 s, DM 5 to 300, pulse width 2 to 15 % of a turn and S/N 15 to 40, and searches each with default settings.
"""

import sys

import numpy as np

from fastpipe.config import SearchConfig
from fastpipe.execution.executors import ThreadedExecutor
from fastpipe.execution.machine import available_cores
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.search import search_recording
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import simulated

_SHAPE = FilterbankShape(nchans=128, nsamples=305_176, tsamp=196.608e-6)


def recover(seed: int) -> tuple[float, float, float]:
    """Search one pulsar; return S/N found over injected (0 if it is not first), and the pulls of period and DM."""
    rng = np.random.default_rng(seed)
    period_s, dm = np.exp(rng.uniform(np.log(0.002), np.log(2.0))), np.exp(rng.uniform(np.log(5.0), np.log(300.0)))
    pulsar = SimulatedPulsar(period_s=period_s, dm=dm, snr=rng.uniform(15, 40), duty_cycle=rng.uniform(0.02, 0.15))
    executor = ThreadedExecutor(available_cores(), SilentProgress(), StageLedger())
    budget = Budget(PROGRAM_BYTES + 3 * 2**30, executor.nthreads, 2**25)
    candidates = search_recording(simulated(_SHAPE, pulsar, seed=seed), SearchConfig(), budget, executor).candidates
    if len(candidates) == 0 or abs(candidates[0]["period_s"] / period_s - 1) > 1e-3:
        print(f"not first: period {period_s:.6f} s, DM {dm:.1f}, S/N {pulsar.snr:.1f}, width {pulsar.duty_cycle:.3f}")
        return 0.0, np.nan, np.nan
    best = candidates[0]
    pulls = (best["period_s"] - period_s) / best["period_err_s"], (best["dm"] - dm) / best["dm_err"]
    return float(best["snr"] / pulsar.snr), float(pulls[0]), float(pulls[1])


def main(npulsars: int) -> None:
    """Recover pulsars with seeds 1, 2, ... and print the summary."""
    ratio, period_pull, dm_pull = np.array([recover(seed) for seed in range(1, npulsars + 1)]).T
    found = ratio > 0
    print(f"{npulsars} pulsars, {np.count_nonzero(found)} first in the table at their period")
    lower, median, upper = np.percentile(ratio[found], [16, 50, 84])
    print(f"S/N found over injected: median {median:.3f}, 16 to 84 % of them from {lower:.2f} to {upper:.2f}")
    for name, pull in (("period", period_pull[found]), ("DM", dm_pull[found])):
        median, cover = 1.4826 * np.median(np.abs(pull)), np.mean(np.abs(pull) < 1.0)
        print(f"{name} less the true one, in units of its error: {median:.2f} by the median, {cover:.0%} within one")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 24)
