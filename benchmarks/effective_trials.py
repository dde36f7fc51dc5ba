"""How many independent trials a periodicity search makes: the constants of `fastpipe.algorithms.effective_trials`, measured.

``python -m benchmarks.effective_trials`` prints them with their errors, in half an hour on one core.

Trials share noise: neighbouring half bins, drifts and jerks, sums of 1, 2, 4 ... harmonics, frequencies whose harmonics
coincide, neighbouring DMs. In noise the number of groups of trials whose best probability is below p is the sum over all
trials of p times the chance that a trial below p is the best of its group. That chance is measured at any p, however small:
spectra are drawn under the condition that one trial is below p (`benchmarks.conditional_noise`), searched by the
functions of the search itself, and either that trial is the best or another is.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import gammainccinv

from benchmarks.conditional_noise import (
    MIDDLE_LANE,
    NBINS,
    Trial,
    correlations,
    raise_sums,
    roots_of,
    shares_of,
    sum_powers,
    white_spectra,
)
from fastpipe.algorithms.acceleration import search_acceleration
from fastpipe.algorithms.acceleration_filters import make_filters
from fastpipe.algorithms.acceleration_grid import AccelerationGrid, acceleration_grid
from fastpipe.algorithms.effective_trials import fraction_over_dms
from fastpipe.algorithms.harmonic_peaks import find_peaks
from fastpipe.algorithms.significance import log_noise_probability, sigma_from_log_probability
from fastpipe.constants import LANES
from fastpipe.data.drift_range import DriftRange
from fastpipe_kernels.half_bins import half_bin_powers

LOG10_PROBABILITIES = (-12.0, -10.0, -8.0)
STEP_TURNS = (0.03, 0.06, 0.12, 0.25, 0.5, 1.0)
"""Turns of the highest harmonic in the delay of a DM step."""
NLEVELS = 6
NDRIFT_LEVELS = 5
ZSTEPS, WSTEPS = 8, 2
"""Steps of drift and of jerk of the highest harmonic, of either sign, in the measurement."""
_JERK_LOG10_PROBABILITY = -10.0
_LEAST_BIN, _LARGEST_BIN = 10, 600
"""Range of the fundamental: like up to 1500 Hz where half the sampling rate is 10 kHz."""
_LEAST_DRAWN_BIN = 60
"""Least fundamental under a condition, so that no two harmonics share a neighbour."""
_LOG_ROUNDING = 2e-3
"""Logarithms of probabilities nearer than this are the same trial in other arithmetic."""
_filters_of = cache(make_filters)


@dataclass(frozen=True)
class Fraction:
    """A measured chance and its error."""

    value: float
    error: float

    @classmethod
    def of(cls, nbest: int, ntotal: int) -> "Fraction":
        chance = nbest / ntotal
        return cls(chance, float(np.sqrt(max(chance * (1 - chance), 1 / ntotal) / ntotal)))


def drift_plane(zsteps: int = ZSTEPS, wsteps: int = 0, nlevels: int = NDRIFT_LEVELS) -> AccelerationGrid:
    """The drifts of a measurement: all of the steps at every frequency."""
    drifts = DriftRange(math.inf, 2.0 * zsteps, math.inf if wsteps else 0.0, 20.0 * wsteps)
    freqs_hz = float(_LEAST_BIN), float(_LARGEST_BIN)
    return acceleration_grid(NBINS, 1.0, freqs_hz=freqs_hz, drifts=drifts, nharm_max=1 << (nlevels - 1))


def _limits(nlevels: int) -> NDArray[np.int64]:
    nharm = 2 ** np.arange(nlevels)
    return np.stack([2 * nharm * _LEAST_BIN, np.minimum(2 * nharm * _LARGEST_BIN, 2 * NBINS - 2)], axis=1).astype(np.int64)


def _draw_trial(rng: np.random.Generator, level: int, grid: AccelerationGrid | None) -> Trial:
    zsteps, wsteps = (0, range(1)) if grid is None else (grid.nsteps, grid.wsteps)
    reach = 2 * (16 + zsteps + 2 * len(wsteps))
    row = int(rng.integers(2 * _LEAST_DRAWN_BIN << level, _limits(NLEVELS)[level, 1] - reach))
    return Trial(row, int(rng.integers(-zsteps, zsteps + 1)), int(rng.choice(wsteps)), level)


def _conditioned(
    level: int, probability: float, step_turns: float, nspectra: int, grid: AccelerationGrid | None
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float64]]]:
    """Yield spectra in which a trial is below a probability, and its own log probability, lane by lane or in the middle."""
    rng, nharm = np.random.default_rng((level, round(-1e3 * np.log10(probability)))), 1 << level
    lanes_are_dms = np.isfinite(step_turns)
    for number in range(nspectra):
        # The chance differs from trial to trial; correlations between DMs take a while to make.
        if number % 5 == 0 or not lanes_are_dms:
            trial = _draw_trial(rng, level, grid)
            filters, matrices = trial.filters(), correlations(step_turns, trial.row)
            roots = roots_of(matrices) if lanes_are_dms else None
            shares = shares_of(matrices) if lanes_are_dms else np.ones((NBINS, 1))
        spectra = white_spectra(rng, roots)
        sums = gammainccinv(nharm, probability * rng.random(1 if lanes_are_dms else LANES))
        raise_sums(rng, spectra, filters, sums, shares)
        own = log_noise_probability(sum_powers(spectra, filters), nharm)
        yield spectra, own[MIDDLE_LANE : MIDDLE_LANE + 1] if lanes_are_dms else own


def _best(spectra: NDArray[np.float32], sigma: float, nlevels: int, grid: AccelerationGrid | None) -> NDArray[np.float64]:
    """Log probability of the best trial of each lane below a threshold, 0 without one, shape [16]."""
    best, powers = np.zeros(LANES), np.empty((2 * NBINS - 2, LANES), np.float32)
    half_bin_powers(spectra, 0.0, powers)
    tables = [find_peaks(powers, _limits(nlevels), sigma, 0.5)]
    if grid is not None:
        filters = None if grid.has_jerk else _filters_of(grid.filters)
        tables.append(search_acceleration(spectra, grid, sigma, filters=filters))
    for peaks in tables:
        np.minimum.at(best, peaks["lane"], peaks["log_probability"])
    return best


def best_of_group(
    level: int,
    log10_probability: float,
    nspectra: int,
    step_turns: float = np.inf,
    nlevels: int = NLEVELS,
    grid: AccelerationGrid | None = None,
) -> Fraction:
    """Measure the chance that a trial with 2^level harmonics below a probability is the best of its group.

    Parameters
    ----------
    level
        Number of doublings of the number of harmonics.
    log10_probability
        Decimal logarithm of the probability in one trial.
    nspectra
        Spectra to draw: of 16 series, or where lanes are DM trials, of one series and its neighbours.
    step_turns
        Turns of the highest harmonic in the delay of a DM step; infinite for series that do not know of one another.
    nlevels
        Numbers of harmonics that are searched without drift.
    grid
        Drifts and jerks that are searched as well, each as often that of the trial; None for none.

    Returns
    -------
    Fraction
        The chance.
    """
    probability, nbest, ntotal = 10.0**log10_probability, 0, 0
    sigma = float(sigma_from_log_probability(np.log(probability))) - 1e-5
    for spectra, own in _conditioned(level, probability, step_turns, nspectra, grid):
        best = _best(spectra, sigma, nlevels, grid)
        nbest += int(np.count_nonzero((best if len(own) > 1 else best.min(keepdims=True)) >= own - _LOG_ROUNDING))
        ntotal += len(own)
    return Fraction.of(nbest, ntotal)


def chance_of_any(log10_probability: float, nspectra: int, grid: AccelerationGrid | None = None) -> Fraction:
    """Measure how often 4096 bins of noise hold any trial below a probability: no condition, nothing extrapolated."""
    rng, nany = np.random.default_rng(5), 0
    sigma = float(sigma_from_log_probability(np.log(10.0) * log10_probability))
    for _ in range(nspectra):
        nany += int(np.count_nonzero(_best(white_spectra(rng), sigma, NLEVELS, grid)))
    return Fraction.of(nany, nspectra * LANES)


def dm_rate(level: int, log10_probability: float, alone: float, nspectra: int) -> tuple[float, float, float]:
    """Fit the rate of `fraction_over_dms`; returns it, its error, and the largest difference in units of the fraction."""
    measured = [best_of_group(level, log10_probability, nspectra, turns) for turns in STEP_TURNS]
    values, errors = (np.array([getattr(each, name) for each in measured]) for name in ("value", "error"))
    turns = np.array(STEP_TURNS)
    fit = least_squares(lambda rate: (fraction_over_dms(turns, alone, rate[0]) - values) / errors, [3.0])
    left = np.abs(fraction_over_dms(turns, alone, fit.x[0]) - values).max()
    return float(fit.x[0]), float(1.0 / np.linalg.norm(fit.jac)), float(left)


def drift_chance(level: int, log10_probability: float, alone: float, nspectra: int, nlevels: int) -> Fraction:
    """Measure how many groups each drift adds: the chance of its trials, less what neighbours without drift lose to them."""
    both = best_of_group(level, log10_probability, nspectra, grid=drift_plane(nlevels=nlevels))
    nplanes = 2 * ZSTEPS + 1
    return Fraction((nplanes * both.value - alone) / (nplanes - 1), both.error * nplanes / (nplanes - 1))


def jerk_share(level: int, log10_probability: float, without: float, nspectra: int) -> Fraction:
    """Measure how many groups each jerk adds, over the number `without` jerk of one row and all its drifts."""
    both = best_of_group(level, log10_probability, nspectra, grid=drift_plane(ZSTEPS, WSTEPS))
    nplanes = (2 * ZSTEPS + 1) * (2 * WSTEPS + 1)
    return Fraction((nplanes * both.value / without - 1.0) / (2 * WSTEPS), both.error * nplanes / without / (2 * WSTEPS))


def _print_constants(log10_probability: float, alone: list[Fraction]) -> list[Fraction]:
    """Print the constants at one probability; returns those of drift."""
    drifts = []
    for level in range(NLEVELS):
        rate, error, left = dm_rate(level, log10_probability, alone[level].value, 400)
        top = best_of_group(level, log10_probability, 400, nlevels=level + 1)
        line = (
            f"{log10_probability:6.0f} {1 << level:9d} {alone[level].value:8.3f} +- {alone[level].error:.3f}{top.value:8.3f}"
        )
        line += f" {rate:9.2f} +- {error:.2f} ({left:.3f})"
        if level < NDRIFT_LEVELS:
            drift, drift_top = (
                drift_chance(level, log10_probability, alone[level].value, 400, nlevels)
                for nlevels in (NDRIFT_LEVELS, level + 1)
            )
            drifts.append(drift)
            line += f" {drift.value:9.3f} +- {drift.error:.3f}{drift_top.value:8.3f}"
        print(line, flush=True)
    return drifts


def _check_without_conditions(log10_probability: float, nspectra: int, grid: AccelerationGrid | None) -> None:
    """Print how often 4096 bins of noise hold a trial below a probability, and what chances to be best say."""
    rows, nplanes = np.diff(_limits(NLEVELS), axis=1)[:, 0], 1 if grid is None else 2 * grid.nsteps + 1
    probability = 10.0**log10_probability
    predicted = raw = 0.0
    for level, nrows in enumerate(rows.tolist()):
        has_drift = grid is not None and level < len(grid.limits)
        chance = best_of_group(level, log10_probability, 300, grid=grid if has_drift else None).value
        predicted += probability * nrows * (nplanes if has_drift else 1) * chance
        raw += probability * nrows * (nplanes if has_drift else 1)
    # Other groups in the same spectrum are better than a trial in half as many cases as there are any.
    predicted /= 1.0 - predicted / 2.0
    counted = chance_of_any(log10_probability, nspectra, grid)
    groups = -math.log1p(-counted.value)
    print(f"{groups:.4f} +- {counted.error:.4f} groups, predicted {predicted:.4f}; raw trials {raw:.4f}", flush=True)


def main() -> None:
    """Print the checks without conditions, and the constants."""
    start = time.perf_counter()
    print("groups of trials in 4096 bins of noise, counted and from the chances to be best: below 1e-6; with drift, 1e-7")
    _check_without_conditions(-6.0, 3000, None)
    _check_without_conditions(-7.0, 800, drift_plane())
    print("\nlog10 p  harmonics  one series, as the most  rate over DMs (residual)  step of drift, as the most")
    for log10_probability in LOG10_PROBABILITIES:
        alone = [best_of_group(level, log10_probability, 400) for level in range(NLEVELS)]
        drifts = _print_constants(log10_probability, alone)
        if log10_probability == _JERK_LOG10_PROBABILITY:
            without = [one.value + 2 * ZSTEPS * drift.value for one, drift in zip(alone, drifts, strict=False)]
    print(f"\nshare of a step of jerk at 1e{_JERK_LOG10_PROBABILITY:.0f}")
    shares = [jerk_share(level, _JERK_LOG10_PROBABILITY, each, 200) for level, each in enumerate(without)]
    print(", ".join(f"{share.value:.2f} +- {share.error:.2f}" for share in shares))
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
