"""Time to sift a million detections: ``python -m benchmarks.sifting`` prints detections, fates and seconds on one core.

Worst sensible cases: noise with all frequencies different, noise with drifts and with changes of drift, a bright pulsar
with a tenth of all detections, and a dense comb of interference, in which most are significant.
"""

import sys
import time
from collections.abc import Callable

import numpy as np

from fastpipe.algorithms.sifting import SiftingRules, sift
from fastpipe.algorithms.significance import log_noise_probability, power_threshold, sigma_from_log_probability
from fastpipe.data.harmonic_powers import MOST_HARMONICS, HarmonicPowers
from fastpipe.data.ledger import fate_counts
from fastpipe.data.tables import DETECTION_COLUMNS, Table, empty_table

TOBS_S = 300.0
BAND_MHZ = (1050.0, 1450.0)
DM_TRIALS = np.arange(0.0, 500.0, 0.25)
FREQS_HZ = (0.5, 1000.0)
LOG10_NTRIALS = 9.0
SIGMA_MIN = 4.75


def noise(count: int, seed: int = 1) -> Table:
    """Make threshold crossings of noise at all frequencies, DMs and numbers of harmonics, one in 1e6 trials and rarer."""
    rng = np.random.default_rng(seed)
    table = empty_table(DETECTION_COLUMNS, count)
    table["freq_hz"], table["dm"] = rng.uniform(*FREQS_HZ, count), rng.choice(DM_TRIALS, count)
    table["nharm"] = 2 ** rng.integers(0, 6, count)
    thresholds = {nharm: power_threshold(SIGMA_MIN, nharm) for nharm in np.unique(table["nharm"]).tolist()}
    table["power"] = np.array([thresholds[nharm] for nharm in table["nharm"].tolist()]) + rng.exponential(1.0, count)
    return table


def drifting_noise(count: int) -> Table:
    """Make the same with a drift for each."""
    table = noise(count, 2)
    table["z"] = np.random.default_rng(3).integers(-100, 101, count) * 2.0 / table["nharm"]
    return table


def jerking_noise(count: int) -> Table:
    """Make the same with a drift that changes."""
    table = drifting_noise(count)
    table["w"] = np.random.default_rng(4).integers(-15, 16, count) * 20.0 / table["nharm"]
    return table


def bright_pulsar(count: int) -> Table:
    """Make noise and a pulsar with a tenth of all detections: duplicates, harmonics and fractions."""
    rng = np.random.default_rng(5)
    table, own = noise(count, 6), slice(0, count // 10)
    size = len(table[own])
    up, down = rng.integers(1, 9, size), rng.integers(1, 9, size)
    table["dm"][own] = rng.normal(120.0, 20.0, size).clip(0.0, 499.0)
    table["nharm"][own] = 32 // 2 ** rng.integers(0, 4, size)
    strength = 20_000.0 / (1.0 + ((table["dm"][own] - 120.0) / 2.0) ** 2) / down / np.maximum(up / 2.0, 1.0)
    table["power"][own] = table["nharm"][own] + np.maximum(strength, 30.0)
    table["freq_hz"][own] = 7.123 * up / down + rng.normal(0.0, 0.2, size) / TOBS_S / table["nharm"][own]
    return table


def dense_comb(count: int) -> Table:
    """Make a comb of lines a few Fourier bins apart at all DMs, in which most detections are significant."""
    rng = np.random.default_rng(7)
    table = noise(count, 8)
    lines = rng.integers(1, 60_000, count)
    table["freq_hz"] = 0.5 + lines * 5.0 / TOBS_S + rng.normal(0.0, 0.3, count) / TOBS_S
    table["power"] += rng.exponential(30.0, count) * (1.0 + 20.0 * (lines % 60 == 0))
    return table


CASES: dict[str, Callable[[int], Table]] = {
    "noise": noise,
    "noise with drift": drifting_noise,
    "noise with jerk": jerking_noise,
    "bright pulsar": bright_pulsar,
    "dense comb": dense_comb,
}


def with_significance(table: Table) -> Table:
    """Fill sigma and log10_fap from power and harmonics."""
    log_probability = log_noise_probability(table["power"], table["nharm"])
    table["sigma"] = sigma_from_log_probability(log_probability)
    table["log10_fap"] = log_probability / np.log(10.0) + LOG10_NTRIALS
    return table


def measured_harmonics(table: Table) -> HarmonicPowers:
    """Spread the power of all significant detections evenly over their harmonics."""
    rows = np.flatnonzero(table["log10_fap"] <= 0.0)
    each = (table["power"] / table["nharm"])[rows, np.newaxis]
    orders = np.arange(1, MOST_HARMONICS + 1)
    return HarmonicPowers(rows, np.where(orders <= table["nharm"][rows, np.newaxis], each, 0.0).astype(np.float32))


def sift_case(name: str, count: int) -> tuple[Table, float]:
    """Sift one of the cases; return the detections with their fates, and the seconds it took on one core."""
    table = with_significance(CASES[name](count))
    harmonics = measured_harmonics(table)
    rules = SiftingRules(sigma_min=SIGMA_MIN, log10_ntrials=LOG10_NTRIALS)
    start = time.thread_time()
    sifted, _ = sift(table, tobs_s=TOBS_S, dm_trials=DM_TRIALS, band_mhz=BAND_MHZ, rules=rules, harmonics=harmonics)
    return sifted, time.thread_time() - start


def main() -> None:
    """Print detections, fates and seconds of every case."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    sift_case("noise", 1000)  # compiles
    print(f"{'case':18s} {'detections':>10s} {'seconds':>8s}  fates")
    for name in CASES:
        table, seconds = sift_case(name, count)
        fates = ", ".join(f"{fate.name.lower()} {found}" for fate, found in fate_counts(table).items() if found)
        print(f"{name:18s} {len(table):10d} {seconds:8.2f}  {fates}")


if __name__ == "__main__":
    main()
