"""How many independent trials a periodicity search makes: the constants of `fastpipe.algorithms.effective_trials`, measured.

``python -m benchmarks.effective_trials`` prints them with their errors in five to ten minutes on one core.

Trials share noise: neighbouring half bins, sums of 1, 2, 4 ... harmonics, frequencies whose harmonics coincide,
neighbouring DMs. In noise the number of groups of trials whose best probability is below p is the sum over all trials of p
times the chance that a trial below p is the best of its group. That chance is measured at any p, however small: white
spectra are drawn under the condition that one trial is below p, searched by the functions of the search itself, and
either that trial is the best or another is. Under the condition a sum of n harmonics is above its threshold as the gamma
distribution says, its harmonics divide it like the parts of a stick broken at random, and the amplitudes A that make up one
of them are moved to their new combination a along its weights w, to A + w (a - w A): so white noise is distributed when one
combination of it is known.

Lanes are either independent series, or neighbouring DM trials: dedispersed with trials d steps apart, white noise of
channels whose delays are spread evenly over a step delay of tau correlates by sinc(f tau d) at frequency f.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import gammainccinv

from fastpipe.algorithms.effective_trials import fraction_over_dms
from fastpipe.algorithms.harmonic_peaks import find_peaks
from fastpipe.algorithms.significance import log_noise_probability, sigma_from_log_probability
from fastpipe.constants import LANES
from fastpipe_kernels.half_bins import SIDE_BINS, half_bin_powers

LOG10_PROBABILITIES = (-12.0, -10.0, -8.0)
STEP_TURNS = (0.03, 0.06, 0.12, 0.25, 0.5, 1.0)
"""Turns of the highest harmonic in the delay of a DM step."""
NLEVELS = 6
_NBINS = 4096
_LEAST_BIN = 10
_LARGEST_BIN = 600
"""Largest fundamental: like 1500 Hz where half the sampling rate is 10 kHz."""
_LEAST_DRAWN_BIN = 40
"""Least fundamental under a condition, so that no two harmonics share a neighbour."""
_MIDDLE = LANES // 2
_NGROUPS = 64
"""Stretches of the spectrum, each with one correlation between DMs."""


@dataclass(frozen=True)
class Fraction:
    """A measured chance and its error."""

    value: float
    error: float

    @classmethod
    def of(cls, nbest: int, ntotal: int) -> "Fraction":
        chance = nbest / ntotal
        return cls(chance, float(np.sqrt(max(chance * (1 - chance), 1 / ntotal) / ntotal)))


def harmonic_rows(row: int, level: int) -> list[int]:
    """Rows that the sum of 2^level harmonics adds, as `fastpipe_kernels.harmonic_sum` defines them."""
    nharm = 1 << level
    return [(harmonic * row * 2 + nharm) // (2 * nharm) for harmonic in range(1, nharm + 1)]


def row_weights(row: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Bins that the amplitude of a row is made of, and their weights, of norm 1."""
    first, is_half = divmod(row, 2)
    if not is_half:
        return np.array([first]), np.ones(1)
    bins = np.arange(first + 1 - SIDE_BINS, first + 1 + SIDE_BINS)
    weights = 1.0 / (first + 0.5 - bins)
    return bins, weights / np.linalg.norm(weights)


def correlations(step_turns: float, row: int) -> NDArray[np.float64]:
    """Correlation between 16 DMs in every stretch of a spectrum, shape [_NGROUPS, 16, 16]; infinite steps: none."""
    if not np.isfinite(step_turns):
        return np.broadcast_to(np.eye(LANES), (_NGROUPS, LANES, LANES))
    bins = (np.arange(_NGROUPS) + 0.5) * _NBINS / _NGROUPS
    distance = np.subtract.outer(np.arange(LANES), np.arange(LANES))
    return np.asarray(np.sinc(step_turns * (bins / (row / 2))[:, np.newaxis, np.newaxis] * distance))


def _noise(rng: np.random.Generator, roots: NDArray[np.float32] | None) -> NDArray[np.float32]:
    white = rng.standard_normal((_NBINS, 2, LANES), np.float32) * np.float32(np.sqrt(0.5))
    if roots is None:
        return white
    return np.matmul(white.reshape(_NGROUPS, -1, LANES), roots).reshape(_NBINS, 2, LANES)


def _roots(matrices: NDArray[np.float64]) -> NDArray[np.float32]:
    values, vectors = np.linalg.eigh(matrices)
    scaled = vectors * np.sqrt(np.maximum(values, 0.0))[:, np.newaxis, :]
    return np.asarray(scaled @ vectors.transpose(0, 2, 1), np.float32)


def _raise_sums(
    rng: np.random.Generator,
    spectra: NDArray[np.float32],
    rows: list[int],
    sums: NDArray[np.float64],
    shares: NDArray[np.float64],
) -> None:
    """Give the sum over some rows a value in each lane; `shares` [nbins, lanes] of a change are felt in the lanes."""
    parts = rng.dirichlet(np.ones(len(rows)), len(sums))
    for row, part in zip(rows, parts.T, strict=True):
        bins, weights = row_weights(row)
        amplitudes = spectra[bins, 0] + 1j * spectra[bins, 1]
        now = (weights @ amplitudes)[_MIDDLE : _MIDDLE + 1] if len(sums) == 1 else weights @ amplitudes
        wanted = np.sqrt(sums * part) * np.exp(2j * np.pi * rng.random(len(sums)))
        change = weights[:, np.newaxis] * (wanted - now) * shares[bins]
        spectra[bins, 0] += change.real
        spectra[bins, 1] += change.imag


def _limits(nlevels: int) -> NDArray[np.int64]:
    nharm = 2 ** np.arange(nlevels)
    return np.stack([2 * nharm * _LEAST_BIN, np.minimum(2 * nharm * _LARGEST_BIN, 2 * _NBINS - 2)], axis=1).astype(np.int64)


def _conditioned(
    level: int, probability: float, step_turns: float, nspectra: int
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float64]]]:
    """Yield powers in which a trial is below a probability, and its own log probability, lane by lane or in the middle."""
    rng, nharm = np.random.default_rng((level, round(-1e3 * np.log10(probability)))), 1 << level
    lanes_are_dms = np.isfinite(step_turns)
    powers = np.empty((2 * _NBINS - 2, LANES), np.float32)
    for number in range(nspectra):
        # The chance differs from row to row; correlations between DMs take a while to make.
        if number % 5 == 0 or not lanes_are_dms:
            row = int(rng.integers(2 * nharm * _LEAST_DRAWN_BIN, _limits(NLEVELS)[level, 1] - 2 * SIDE_BINS))
            rows, matrices = harmonic_rows(row, level), correlations(step_turns, row)
            roots = _roots(matrices) if lanes_are_dms else None
            shares = (
                np.repeat(matrices[:, :, _MIDDLE], _NBINS // _NGROUPS, axis=0) if lanes_are_dms else np.ones((_NBINS, 1))
            )
        spectra = _noise(rng, roots)
        sums = gammainccinv(nharm, probability * rng.random(1 if lanes_are_dms else LANES))
        _raise_sums(rng, spectra, rows, sums, shares)
        half_bin_powers(spectra, powers)
        own = log_noise_probability(powers[rows].sum(axis=0, dtype=np.float64), nharm)
        yield powers, own[_MIDDLE : _MIDDLE + 1] if lanes_are_dms else own


def best_of_group(
    level: int, log10_probability: float, nspectra: int, step_turns: float = np.inf, nlevels: int = NLEVELS
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
        Numbers of harmonics that are searched.

    Returns
    -------
    Fraction
        The chance.
    """
    probability, nbest, ntotal = 10.0**log10_probability, 0, 0
    sigma = float(sigma_from_log_probability(np.log(probability))) - 1e-5
    for powers, own in _conditioned(level, probability, step_turns, nspectra):
        peaks = find_peaks(powers, _limits(nlevels), sigma, 0.5)
        best = np.zeros(LANES)
        np.minimum.at(best, peaks["lane"], peaks["log_probability"])
        nbest += int(np.count_nonzero((best if len(own) > 1 else best.min(keepdims=True)) >= own - 1e-4))
        ntotal += len(own)
    return Fraction.of(nbest, ntotal)


def chance_of_any(log10_probability: float, nspectra: int) -> Fraction:
    """Measure how often 4096 bins of noise hold any trial below a probability: no condition, nothing extrapolated."""
    rng, powers = np.random.default_rng(5), np.empty((2 * _NBINS - 2, LANES), np.float32)
    sigma, nany = float(sigma_from_log_probability(np.log(10.0) * log10_probability)), 0
    for _ in range(nspectra):
        half_bin_powers(_noise(rng, None), powers)
        nany += len(np.unique(find_peaks(powers, _limits(NLEVELS), sigma, 0.5)["lane"]))
    return Fraction.of(nany, nspectra * LANES)


def dm_rate(level: int, log10_probability: float, alone: float, nspectra: int) -> tuple[float, float, float]:
    """Fit the rate of `fraction_over_dms`; returns it, its error, and the largest difference in units of the fraction."""
    measured = [best_of_group(level, log10_probability, nspectra, turns) for turns in STEP_TURNS]
    values, errors = (np.array([getattr(each, name) for each in measured]) for name in ("value", "error"))
    turns = np.array(STEP_TURNS)
    fit = least_squares(lambda rate: (fraction_over_dms(turns, alone, rate[0]) - values) / errors, [3.0])
    left = np.abs(fraction_over_dms(turns, alone, fit.x[0]) - values).max()
    return float(fit.x[0]), float(1.0 / np.linalg.norm(fit.jac)), float(left)


def main() -> None:
    """Print the check without conditions, the constants, and what fewer numbers of harmonics change."""
    start = time.perf_counter()
    print("chance that 4096 bins hold a trial below 1e-6: counted, and from the chances to be best of a group")
    counted, rows = chance_of_any(-6.0, 3000), np.diff(_limits(NLEVELS), axis=1)[:, 0]
    parts = [best_of_group(level, -6.0, 300) for level in range(NLEVELS)]
    predicted = 1e-6 * sum(n * part.value for n, part in zip(rows, parts, strict=True))
    print(f"{counted.value:.4f} +- {counted.error:.4f}, {predicted:.4f}; raw trials: {1e-6 * rows.sum():.4f}")
    print("\nlog10 p  harmonics  best of its group, one series   rate over DMs       largest residual")
    for log10_probability in LOG10_PROBABILITIES:
        for level in range(NLEVELS):
            alone = best_of_group(level, log10_probability, 500)
            rate, error, left = dm_rate(level, log10_probability, alone.value, 400)
            print(
                f"{log10_probability:6.0f} {1 << level:9d} {alone.value:14.3f} +- {alone.error:.3f}"
                f" {rate:18.2f} +- {error:.2f} {left:14.3f}",
                flush=True,
            )
    print("\nthe same for one series at 1e-10 where fewer numbers of harmonics are searched")
    for nlevels in range(1, NLEVELS):
        chances = [best_of_group(level, -10.0, 250, nlevels=nlevels).value for level in range(nlevels)]
        print(f"up to {1 << nlevels - 1:2d}: " + ", ".join(f"{chance:.2f}" for chance in chances))
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
