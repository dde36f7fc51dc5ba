"""How strong pulsars of many periods, duty cycles and accelerations come out of the Fourier search, over what theory says.

``python -m benchmarks.sensitivity`` prints its tables in four minutes on one core. Pulse trains of Gaussian profile are
added to white noise, each with its own phase and its own place between two Fourier bins, and searched: see
`benchmarks.pulse_trains`. Those with acceleration have their own place between two drifts too, and their own sign; they are
in longer series. Sums have up to 8 harmonics where there is drift, and no harmonic drifts by more than 200 bins.
`benchmarks.dispersed_trains` does the same for dispersed pulsars.
"""

import time
from collections.abc import Sequence

import numpy as np

from benchmarks.pulse_trains import LEVELS, SIGMA, Recovery, Series, pulse_train, recover, sampled_powers
from benchmarks.ratio_tables import Cells, duration_text, print_recoveries
from fastpipe.constants import LANES, SPEED_OF_LIGHT_M_S
from fastpipe.data.drift_range import DriftRange

PERIODS_S = (0.0015, 0.005, 0.02, 0.1, 0.5, 2.0)
DUTY_CYCLES = (0.02, 0.05, 0.1, 0.2, 0.3)
SERIES = Series(1 << 20, 65.536e-6)
ACCELS = (0.0, 10.0, 50.0, 200.0, 500.0)
DRIFTING_SERIES = Series(1 << 22, 65.536e-6)
ZMAX = 200.0
_DRIFTING_DUTY_CYCLE = 0.1
_SAMPLED_ZMAX = 100.0


def recover_trains(series: Series, period_s: float, duty_cycle: float, seed: int) -> Recovery:
    """Search 16 trains whose frequencies are up to a Fourier bin above that of a period."""
    rng = np.random.default_rng(seed)
    trains = [pulse_train(series, series.tobs_s / period_s + rng.random(), duty_cycle) for _ in range(LANES)]
    return recover(series, trains, rng)


def recover_accelerated(series: Series, period_s: float, accel: float, seed: int) -> Recovery:
    """Search 16 trains for accelerations up to a value in m s^-2, of which they have 90 to 100 %."""
    rng = np.random.default_rng(seed)
    z = _fundamental_drift(series, period_s, accel)
    trains = [
        pulse_train(
            series, series.tobs_s / period_s + rng.random(), _DRIFTING_DUTY_CYCLE, z=z * rng.uniform(0.9, 1.0) * sign
        )
        for sign in rng.choice([-1.0, 1.0], LANES)
    ]
    return recover(series, trains, rng, DriftRange(accel, ZMAX))


def _fundamental_drift(series: Series, period_s: float, accel: float) -> float:
    return accel / period_s * series.tobs_s**2 / SPEED_OF_LIGHT_M_S


def print_sampled(title: str, numbers: Sequence[int], zmax: float = 0.0) -> None:
    """Print what sums of equal harmonics keep of their power between trials, drifting by up to `zmax`, without noise."""
    print(f"\npower kept {title} by sums of equal harmonics, no noise\nharmonics   mean  least  largest")
    for nharm in numbers:
        rng = np.random.default_rng(1)
        offsets, z = rng.random(256), rng.uniform(-0.9, 0.9, 256) * zmax / nharm
        kept = sampled_powers(nharm, offsets, z, DriftRange(np.inf, zmax) if zmax else None)
        print(f"{nharm:9d} {kept.mean():6.3f} {kept.min():6.3f} {kept.max():8.3f}", flush=True)


def _print_cells(series: Series, column_names: Sequence[str], cells: Cells) -> None:
    print(f"\nseries of {series.tobs_s:.1f} s, {1e6 * series.tsamp:.1f} us, white noise; sigma of theory {SIGMA:g}")
    print_recoveries([duration_text(each) for each in PERIODS_S], column_names, cells)


def main() -> None:
    """Print all tables."""
    start = time.perf_counter()
    print_sampled("at half bins", LEVELS.tolist())
    cells = [
        [recover_trains(SERIES, period_s, duty, seed=10 * i + j) for j, duty in enumerate(DUTY_CYCLES)]
        for i, period_s in enumerate(PERIODS_S)
    ]
    _print_cells(SERIES, [f"duty {duty:.0%}" for duty in DUTY_CYCLES], cells)
    print_sampled("between trials in frequency and drift", (1, 2, 4, 8), _SAMPLED_ZMAX)
    cells = [
        [recover_accelerated(DRIFTING_SERIES, period_s, accel, seed=10 * i + j) for j, accel in enumerate(ACCELS)]
        for i, period_s in enumerate(PERIODS_S)
    ]
    print("\ndrift of the fundamental at the largest acceleration, in bins: ", end="")
    print(", ".join(f"{duration_text(p)} {_fundamental_drift(DRIFTING_SERIES, p, ACCELS[-1]):.2g}" for p in PERIODS_S))
    _print_cells(DRIFTING_SERIES, [f"{accel:g} m/s²" for accel in ACCELS], cells)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
