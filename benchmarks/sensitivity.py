"""How strong a pulsar comes out of the Fourier search, over what theory says, and where the rest is lost.

``python -m benchmarks.sensitivity`` prints its tables in about two minutes on one core.

Pulse trains of Gaussian profile are added to white noise, 16 series at a time, each with its own phase and its own place
between two Fourier bins, and searched by `search_lane_block`. A profile whose harmonics have the powers P_h, in units of the
mean power of noise, gives sums of n harmonics whose mean is n + P_1 + ... + P_n (non-central chi^2, Groth 1975, ApJS 29,
285). Theory is the sigma of that mean at the best n of 1, 2, 4 ... 32. The amplitude of every train is such that it is 12.

What is lost at half bins follows without noise: the powers in the rows that a sum adds, over those at the exact
frequencies. What whitening loses is the sum after it over the same sum with the true level of the noise. Noise wins a
little: the search takes the best of some trials.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from fastpipe.algorithms.periodicity import lane_spectra, search_spectra
from fastpipe.algorithms.significance import log_noise_probability, sigma_from_log_probability
from fastpipe.constants import LANES
from fastpipe_kernels.half_bins import half_bin_powers

PERIODS_S = (0.0015, 0.005, 0.02, 0.1, 0.5, 2.0)
DUTY_CYCLES = (0.02, 0.05, 0.1, 0.2, 0.3)
LEVELS = 2 ** np.arange(6)
SIGMA = 12.0
_TOLERANCE_BINS = 1.0
_TURN_POINTS = 1 << 14
_FWHM_OF_SIGMA = 2.3548


@dataclass(frozen=True)
class Series:
    """Length and sampling of the series."""

    nsamples: int
    tsamp: float

    @property
    def tobs_s(self) -> float:
        return self.nsamples * self.tsamp


SERIES = Series(1 << 20, 65.536e-6)


@dataclass(frozen=True)
class Train:
    """A pulse train: harmonics of its fundamental and their mean powers over those of noise."""

    fourier_bin: float
    powers: NDArray[np.float64]

    def best(self, kept: dict[int, float] | None = None, whitened: float = 1.0) -> tuple[int, float]:
        """Best number of harmonics and sigma of the mean of their sum, after losses of power."""
        nharm = LEVELS[len(self.powers) >= LEVELS]
        sums = [n + self.powers[:n].sum() * (kept[n] if kept else 1.0) for n in nharm.tolist()]
        sigmas = sigma_of(np.array(sums) * whitened, nharm)
        best = int(np.argmax(sigmas))
        return int(nharm[best]), float(sigmas[best])


def sigma_of(sums: NDArray[np.float64], nharm: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sigma of sums of some numbers of harmonics."""
    return sigma_from_log_probability(log_noise_probability(sums, nharm))


def pulse_train(series: Series, fourier_bin: float, duty_cycle: float, sigma: float = SIGMA) -> Train:
    """Make a train whose theoretical sigma is as asked; a sample averages the pulse over its length."""
    nharm = min(int(series.nsamples / 2 / fourier_bin * (1 - 1e-9)), 1 << 12)
    harmonics = np.arange(1, nharm + 1)
    width = duty_cycle / _FWHM_OF_SIGMA
    shape = np.exp(-4.0 * (np.pi * width * harmonics) ** 2) * np.sinc(harmonics * fourier_bin / series.nsamples) ** 2
    scale = brentq(lambda log_scale: Train(fourier_bin, shape * np.exp(log_scale)).best()[1] - sigma, -5.0, 12.0)
    return Train(fourier_bin, shape * np.exp(scale))


def add_train(block: NDArray[np.float32], lane: int, train: Train, turns: float) -> None:
    """Add a train to a series with noise of variance 1, peak at `turns` of the first sample."""
    nsamples = len(block)
    amplitudes = np.concatenate([[0.0], np.sqrt(train.powers / nsamples)])[: _TURN_POINTS // 2]
    turn = np.fft.irfft(amplitudes, _TURN_POINTS, norm="forward")
    phase = np.modf(train.fourier_bin / nsamples * np.arange(nsamples) + turns)[0]
    block[:, lane] += np.interp(phase, np.linspace(0.0, 1.0, _TURN_POINTS + 1), np.append(turn, turn[0]))


@dataclass(frozen=True)
class Recovery:
    """What became of some trains; all arrays have the shape [ntrains]."""

    found: NDArray[np.float64]
    """Sigma found; 0 where nothing is found at the frequency."""
    theory: NDArray[np.float64]
    """Sigma of theory."""
    whitened: NDArray[np.float64]
    """Sum of powers at the best number of harmonics after whitening, over that with the true level of the noise."""
    expected: NDArray[np.float64]
    """Sigma of theory after the losses: powers at half bins, whitening."""


def recover(series: Series, period_s: float, duty_cycle: float, kept: dict[int, float], seed: int) -> Recovery:
    """Search 16 trains.

    Parameters
    ----------
    series
        Length and sampling.
    period_s, duty_cycle
        Of the trains; their frequencies are up to a Fourier bin higher.
    kept
        Power kept at half bins for each number of harmonics, from `sampled_powers`.
    seed
        Start of the random numbers.

    Returns
    -------
    Recovery
        One value a train.
    """
    rng = np.random.default_rng(seed)
    block = rng.standard_normal((series.nsamples, LANES), np.float32)
    trains = [pulse_train(series, series.tobs_s / period_s + rng.random(), duty_cycle) for _ in range(LANES)]
    for lane, train in enumerate(trains):
        add_train(block, lane, train, rng.random())
    spectra = lane_spectra(block, series.nsamples)
    half_bin_powers(spectra, block)
    before = np.array([_best_sum(block[:, lane] / series.nsamples, train) for lane, train in enumerate(trains)])
    peaks = search_spectra(
        spectra, block, tsamp=series.tsamp, freqs_hz=(0.3, 1500.0), nharm_max=int(LEVELS[-1]), sigma_min=4.0
    )
    whitened = np.array([_best_sum(block[:, lane], train) for lane, train in enumerate(trains)]) / before
    found, expected = np.zeros(LANES), np.zeros(LANES)
    for lane, train in enumerate(trains):
        offset = np.abs(peaks["freq_hz"] * series.tobs_s - train.fourier_bin)
        here = peaks[(peaks["lane"] == lane) & (offset * peaks["nharm"] < _TOLERANCE_BINS)]
        found[lane] = here["sigma"].max(initial=0.0)
        expected[lane] = train.best(kept, whitened[lane])[1]
    return Recovery(found, np.array([train.best()[1] for train in trains]), whitened, expected)


def _sum_at(powers: NDArray[np.float32], row: int, nharm: int) -> float:
    return float(powers[(2 * np.arange(1, nharm + 1) * row + nharm) // (2 * nharm)].sum())


def _best_sum(powers: NDArray[np.float32], train: Train) -> float:
    """Return the largest sum of as many harmonics as theory adds, at the rows next to the frequency of the train."""
    nharm = train.best()[0]
    nearest = round(2 * nharm * train.fourier_bin)
    return max(_sum_at(powers, row, nharm) for row in range(nearest - 1, min(nearest + 2, len(powers))))


def sampled_powers(nharm: int, offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power kept of each harmonic in the best sum of a noise-free train, for offsets of the fundamental from a bin.

    Parameters
    ----------
    nharm
        Harmonics summed.
    offsets
        Fundamental less a whole number of bins, shape [n].

    Returns
    -------
    ndarray
        Powers over those at the exact frequencies, averaged over the harmonics, shape [n].
    """
    first, nbins = 200, 200 * (nharm + 1)
    kept = np.empty(len(offsets))
    powers = np.empty((2 * nbins - 2, LANES), np.float32)
    for start in range(0, len(offsets), LANES):
        some = offsets[start : start + LANES]
        spectra = np.zeros((nbins, 2, LANES), np.float32)
        for harmonic in range(1, nharm + 1):
            bins = np.arange(harmonic * first - 60, harmonic * first + 60 + harmonic)
            distance = bins[:, np.newaxis] - harmonic * (first + some)
            # The spectrum of a sinusoid that lasts as long as the series: phase runs by half a turn a bin.
            amplitude = np.sinc(distance) * np.exp(-1j * np.pi * distance)
            spectra[bins, 0, : len(some)] += amplitude.real
            spectra[bins, 1, : len(some)] += amplitude.imag
        half_bin_powers(spectra, powers)
        for lane, offset in enumerate(some):
            nearest = round(2 * nharm * (first + offset))
            kept[start + lane] = max(_sum_at(powers[:, lane], row, nharm) for row in range(nearest - 1, nearest + 2)) / nharm
    return kept


def print_sampled() -> dict[int, float]:
    """Print what sums of 1, 2, 4 ... equal harmonics keep of their power at half bins, without noise; return the means."""
    print("power kept at half bins by sums of equal harmonics, no noise")
    print("harmonics   mean  least  largest")
    offsets, means = np.random.default_rng(1).random(256), {}
    for nharm in LEVELS.tolist():
        kept = sampled_powers(nharm, offsets)
        means[nharm] = float(kept.mean())
        print(f"{nharm:9d} {kept.mean():6.3f} {kept.min():6.3f} {kept.max():8.3f}", flush=True)
    return means


def print_table(name: str, recoveries: list[list[Recovery]], values: Callable[[Recovery], NDArray[np.float64]]) -> None:
    """Print median, 16 and 84 % of a ratio for every period and duty cycle."""
    print(f"\n{name}: median (16 to 84 %)\n{'period':>9} " + "".join(f"{f'duty {duty:.0%}':>19}" for duty in DUTY_CYCLES))
    for period_s, row in zip(PERIODS_S, recoveries, strict=True):
        cells = ["{:.2f} ({:.2f}-{:.2f})".format(*np.percentile(values(each), [50, 16, 84])) for each in row]
        print(f"{1e3 * period_s:6.1f} ms " + "".join(f"{cell:>19}" for cell in cells))
    together = np.concatenate([values(each) for row in recoveries for each in row])
    print(f"median of all {together.size}: {np.median(together):.3f}")


def main() -> None:
    """Print all tables."""
    start = time.perf_counter()
    kept = print_sampled()
    recoveries = [
        [recover(SERIES, period_s, duty, kept, seed=10 * i + j) for j, duty in enumerate(DUTY_CYCLES)]
        for i, period_s in enumerate(PERIODS_S)
    ]
    print(f"\nseries of {SERIES.tobs_s:.1f} s, {1e6 * SERIES.tsamp:.1f} us, white noise; sigma of theory {SIGMA:g}")
    print_table("power kept by whitening", recoveries, lambda each: each.whitened)
    print_table("sigma found over theory", recoveries, lambda each: each.found / each.theory)
    print_table("sigma found over theory less these losses", recoveries, lambda each: each.found / each.expected)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
