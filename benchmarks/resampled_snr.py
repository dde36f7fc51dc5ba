"""What a pulsar keeps of its significance when its series is resampled to barycentric time.

``python -m benchmarks.resampled_snr`` prints, for pulsars of several frequencies and widths and for two ways to resample,
the matched-filter S/N of all harmonics in whitened noise, over that of a series sampled at barycentric instants to begin
with. The clock of the series runs off by ten samples during the recording, so that all positions between samples take part.
Beside them, what is left within two bins of each harmonic where nothing is resampled.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.resampling import BarycentricGrid, barycentric_grid, resample
from fastpipe.constants import LANES

NSAMPLES = 1 << 17
DRIFT_SAMPLES = 10.0
NYQUIST_FRACTIONS = (0.02, 0.1, 0.2, 0.3, 0.5)
DUTY_CYCLES = (0.05, 0.1, 0.2)

Series = NDArray[np.float64]


def grid_of_arch() -> tuple[BarycentricGrid, Series]:
    """Return the grid of a series of unit sampling time, and the barycentric time of every sample."""
    times = np.linspace(0.0, NSAMPLES, 2000)
    turn = times / NSAMPLES
    barycentric = times - 4.0 * DRIFT_SAMPLES * turn * (1.0 - turn)
    return barycentric_grid(times, barycentric, 1.0, NSAMPLES), np.interp(np.arange(NSAMPLES), times, barycentric)


def pulsar(times: Series, freq: float, duty_cycle: float) -> Series:
    """Return Gaussian pulses of a FWHM of `duty_cycle` turns, as far as their harmonics lie below the Nyquist frequency."""
    sigma = duty_cycle / np.sqrt(8.0 * np.log(2.0))
    series = np.zeros_like(times)
    for harmonic in range(1, int(0.499 / freq) + 1):
        series += np.exp(-2.0 * (np.pi * harmonic * sigma) ** 2) * np.cos(2.0 * np.pi * harmonic * freq * times)
    return series


def linear(grid: BarycentricGrid) -> Callable[[Series], Series]:
    """Return how the search resamples."""

    def resampled(series: Series) -> Series:
        block = np.repeat(series.astype(np.float32)[:, np.newaxis], LANES, axis=1)
        resample(block, grid)
        return block[:, 0].astype(np.float64)

    return resampled


def nearest(grid: BarycentricGrid) -> Callable[[Series], Series]:
    """Return how samples would be dropped and repeated instead."""
    rows = np.arange(grid.nsamples)
    stretch = np.searchsorted(grid.edges, rows, side="right") - 1
    position = rows + grid.shift[stretch] + grid.slope[stretch] * (rows - grid.edges[stretch])
    taken = np.minimum(np.rint(position).astype(int), NSAMPLES - 1)

    def resampled(series: Series) -> Series:
        out = np.zeros(NSAMPLES)
        out[: grid.nsamples] = series[taken]
        return out

    return resampled


def matched_snr(signal: Series, noise: Series, freq: float) -> float:
    """Return the S/N of the harmonics of a signal, each in the noise around it."""
    spectrum, power = np.abs(np.fft.rfft(signal)) ** 2, np.abs(np.fft.rfft(noise)) ** 2
    total = 0.0
    for harmonic in range(1, int(0.49 / freq) + 1):
        row = round(harmonic * freq * NSAMPLES)
        total += spectrum[row - 2 : row + 3].sum() / power[max(row - 1500, 1) : row + 1500].mean()
    return float(np.sqrt(total))


def main() -> None:
    """Print the table."""
    grid, barycentric = grid_of_arch()
    noise = np.random.default_rng(1).standard_normal(NSAMPLES)
    ways = {"linear": linear(grid), "nearest": nearest(grid), "nothing": lambda series: series}
    print("freq/Nyquist  duty cycle  " + "  ".join(f"{name:>8}" for name in ways))
    for fraction in NYQUIST_FRACTIONS:
        freq = round(fraction / 2 * NSAMPLES) / NSAMPLES
        for duty_cycle in DUTY_CYCLES:
            best = matched_snr(pulsar(np.arange(NSAMPLES, dtype=float), freq, duty_cycle), noise, freq)
            observed = pulsar(barycentric, freq, duty_cycle)
            kept = [matched_snr(way(observed), way(noise), freq) / best for way in ways.values()]
            print(f"{fraction:12.2f}  {duty_cycle:10.2f}  " + "  ".join(f"{value:8.3f}" for value in kept))


if __name__ == "__main__":
    main()
