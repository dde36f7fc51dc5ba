"""What accelerations and jerks cost: predicted time and memory of searches of a FAST beam of three lengths.

``python -m benchmarks.drift_costs`` prints the table of ``docs/plan.md``, for two threads of this machine. No recording is
needed: reading counts at the speed of a file in the cache of the system.
"""

from typing import NamedTuple

from fastpipe.config import SearchConfig, override
from fastpipe.data.kernel_rates import KernelRates
from fastpipe.data.search_cost import SearchCost
from fastpipe.execution.executors import ThreadedExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.budget import Budget
from fastpipe.pipeline.cost import predict_cost
from fastpipe.pipeline.machine_rates import machine_rates
from fastpipe.pipeline.memory import reserve
from fastpipe.pipeline.preflight import check_and_plan
from fastpipe.simulation.shape import FilterbankShape
from fastpipe.units import format_bytes, format_seconds

NTHREADS = 2
TSAMP = 49.152e-6
READING_S = 1e-10


class Case(NamedTuple):
    """A length of recording and what is searched in it."""

    duration_s: float
    options: dict[str, float]


CASES = tuple(
    Case(duration_s, options)
    for duration_s in (51.5, 300.0, 1800.0)
    for options in ({}, {"accel_max": 50.0}, {"accel_max": 300.0})
)


def predict(case: Case, rates: KernelRates) -> tuple[int, SearchCost]:
    """Return the number of DM trials and the cost of a search of DM 0 to 500."""
    header = FilterbankShape(nchans=4096, nsamples=int(case.duration_s / TSAMP), tsamp=TSAMP).header()
    config = override(SearchConfig(), dm_max=500.0, **case.options)
    plan = check_and_plan(header, config)
    budget = reserve(header, plan.dispersion, config, Budget(16 * 2**30, NTHREADS, 2**25))
    return plan.dispersion.ntrials, predict_cost(header, config, plan, budget, rates, READING_S)


def main() -> None:
    """Print the table."""
    executor = ThreadedExecutor(NTHREADS, SilentProgress(), StageLedger())
    rates = machine_rates(executor, is_bytes=True, with_drifts=True)
    print("| length | accelerations | DMs | largest z | independent trials | time | of it for drifts | passes | memory |")
    print("|" + "---|" * 9)
    for case in CASES:
        ndms, cost = predict(case, rates)
        stages = {stage.stage: stage.wall_s for stage in cost.stages}
        drifts_s = stages.get("search for drifts", 0.0)
        accel_max = case.options.get("accel_max")
        columns = (
            f"{case.duration_s:g} s",
            "none" if accel_max is None else f"to {accel_max:g} m/s²",
            str(ndms),
            f"{cost.zmax:g}",
            f"{cost.ntrials:.2g}",
            format_seconds(cost.wall_s),
            format_seconds(drifts_s) if drifts_s else "",
            str(len(cost.passes)),
            format_bytes(cost.peak_bytes),
        )
        print("| " + " | ".join(columns) + " |", flush=True)


if __name__ == "__main__":
    main()
