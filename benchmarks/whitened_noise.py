"""Are the powers of noise exponential after whitening? Mean, quantiles and far tail, bin by bin.

``python -m benchmarks.whitened_noise`` prints its tables in about two minutes on one core. Noise is white, or white and
red: its spectrum is 1 + (corner / k)^slope at bin k. Series are cut out of noise twice as long, so that their ends do not
meet, as those of real noise do not. All goes through `lane_spectra` and `whitened_powers`.
A frequency of 0.1 Hz is bin 6 of a minute, bin 30 of five minutes.

The far tail cannot be counted. It follows from the spectra in which everything but one power is drawn at random: how large
that power must be to come out above x gives the chance exp(-power), and its mean over all draws is the chance that x is
exceeded (conditional Monte Carlo).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from benchmarks.conditional_noise import row_weights
from fastpipe.algorithms.lane_fft import next_fft_length
from fastpipe.algorithms.periodicity import lane_spectra
from fastpipe.algorithms.whitened_powers import whitened_powers
from fastpipe.constants import LANES

BANDS = (6, 12, 30, 60, 120, 300, 1000, 8000)
PROBABILITIES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
TAIL_POWERS = (7.0, 10.0, 14.0, 18.0, 23.0)
TAIL_BINS = (20, 30, 60, 120, 240, 500, 1000, 2000, 4000)
_GIVEN_POWERS = (3.0, 6.0, 9.0, 12.0, 16.0, 20.0, 25.0, 32.0, 45.0, 80.0, 200.0)
_LEAST_COUNT = 10.0


@dataclass(frozen=True)
class Noise:
    """White noise with red noise added."""

    corner_bins: float
    """Where both are as strong, in bins of the series; 0 for white noise only."""
    slope: float
    """Of the power of the red noise."""

    def spectrum(self, bins: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(1.0 + (self.corner_bins / np.maximum(bins, 1e-9)) ** self.slope * (self.corner_bins > 0))

    def block(self, rng: np.random.Generator, nsamples: int) -> NDArray[np.float32]:
        """Return 16 series, each the first half of one twice as long, with zeros up to a length that transforms well."""
        block = np.zeros((next_fft_length(nsamples), LANES), np.float32)
        scale = np.sqrt(self.spectrum(np.maximum(np.arange(nsamples + 1) / 2.0, 0.5)) * nsamples).astype(np.float32)
        for lane in range(LANES):
            parts = rng.standard_normal((2, nsamples + 1), np.float32) * scale
            block[:nsamples, lane] = np.fft.irfft(parts[0] + 1j * parts[1])[:nsamples]
        return block

    def __str__(self) -> str:
        return f"red to bin {self.corner_bins:g}, f^-{self.slope:g}" if self.corner_bins else "white"


@dataclass
class Tally:
    """Powers of a band, counted."""

    npowers: int = 0
    total: float = 0.0
    above: NDArray[np.float64] | float = 0.0

    def add(self, powers: NDArray[np.float32]) -> None:
        self.npowers += powers.size
        self.total += float(powers.sum(dtype=np.float64))
        self.above = self.above + np.array([np.count_nonzero(powers > -np.log(p)) for p in PROBABILITIES])

    def __str__(self) -> str:
        expected = self.npowers * np.array(PROBABILITIES)
        ratios = [
            f"{count / n:.2f}" if n > _LEAST_COUNT else "-"
            for count, n in zip(np.atleast_1d(self.above), expected, strict=True)
        ]
        return f"{self.total / self.npowers:7.3f} " + "".join(f"{ratio:>6}" for ratio in ratios)


def powers_of(spectra: NDArray[np.float32], nrows: int, nsamples: int | None = None) -> NDArray[np.float32]:
    """Return the powers at half bins as the search sees them; the spectra are overwritten."""
    powers = np.empty((nrows, LANES), np.float32)
    whitened_powers(spectra, powers, nrows if nsamples is None else nsamples)
    return powers


def print_bands(noise: Noise, nsamples: int, nblocks: int, bands: tuple[int, ...]) -> None:
    """Print mean and quantiles in bands, at bins and at half bins, and the level before whitening."""
    rng = np.random.default_rng(1)
    tallies = [[Tally(), Tally()] for _ in bands[1:]]
    levels = np.zeros(len(bands) - 1)
    for _ in range(nblocks):
        block = noise.block(rng, nsamples)
        nfft = len(block)
        spectra = lane_spectra(block, nsamples)
        for band, (first, stop) in enumerate(pairwise(bands)):
            true = nsamples * noise.spectrum(np.arange(first, stop) * (nsamples / nfft))
            levels[band] += float(((spectra[first:stop] ** 2).sum(axis=(1, 2)) / true).mean()) / (LANES * nblocks)
        powers = powers_of(spectra, nfft, nsamples)
        for tally, (first, stop) in zip(tallies, pairwise(bands), strict=True):
            for half in (0, 1):
                tally[half].add(powers[2 * first + half : 2 * stop : 2])
    for tally, level, (first, stop) in zip(tallies, levels, pairwise(bands), strict=True):
        print(f"{noise!s:<24}{nsamples:>8} {first:>7}-{stop - 1:<7}{level:8.3g} |{tally[0]} |{tally[1]}", flush=True)


def tail_excess(row: int, ndraws: int, nbins: int = 5000) -> NDArray[np.float64]:
    """Measure the chance of powers above `TAIL_POWERS` over that of exponential noise.

    Parameters
    ----------
    row
        Row of half bins: one at a time, for strong powers nearby would share its level.
    ndraws
        Draws of 16 spectra of white noise.
    nbins
        Bins of the spectra.

    Returns
    -------
    ndarray
        Ratios, shape [number of powers].
    """
    rng, given = np.random.default_rng(2), np.array(_GIVEN_POWERS)
    bins, weights = row_weights(row)
    chance = np.zeros(len(TAIL_POWERS))
    for _ in range(ndraws):
        base = rng.standard_normal((nbins, 2, LANES), np.float32) * np.float32(np.sqrt(0.5))
        phases = np.exp(2j * np.pi * rng.random(LANES))
        found = np.empty((len(given), LANES))
        for i, power in enumerate(given):
            spectra = base.copy()
            change = np.sqrt(power) * phases - weights @ (spectra[bins, 0] + 1j * spectra[bins, 1])
            spectra[bins, 0] += weights[:, np.newaxis] * change.real
            spectra[bins, 1] += weights[:, np.newaxis] * change.imag
            found[i] = powers_of(spectra, 2 * nbins - 2)[row]
        for lane in range(LANES):
            chance += np.exp(-np.interp(TAIL_POWERS, found[:, lane], given)) / (LANES * ndraws)
    return np.asarray(chance / np.exp(-np.array(TAIL_POWERS)))


def main() -> None:
    """Print all tables."""
    columns = "   mean " + "".join(f"{p:>6.0e}" for p in PROBABILITIES)
    print("over what exponential noise of mean 1 has;  level: power before whitening over that of the noise itself")
    print(f"{'noise':<24}{'samples':>8} {'bins':>12} {'level':>10} |{columns} at bins |{columns} at half bins")
    for noise in (Noise(0, 0), Noise(60, 2), Noise(600, 2), Noise(60, 3), Noise(60, 4)):
        print_bands(noise, 1 << 14, 300, BANDS)
    for nsamples in (1 << 16, 1_012_500, 1_000_100, 1 << 20):
        for noise in (Noise(0, 0), Noise(600, 2)):
            print_bands(noise, nsamples, max(1, (1 << 21) // nsamples), (1000, 3000, nsamples // 2))
    print("\nchance of a power above x over exp(-x), white noise")
    print("    bin " + "".join(f"{x:>7.0f}" for x in TAIL_POWERS))
    for half in (0, 1):
        for middle in TAIL_BINS:
            print(f"{middle + half / 2:7.1f} " + "".join(f"{ratio:7.2f}" for ratio in tail_excess(2 * middle + half, 60)))


if __name__ == "__main__":
    main()
