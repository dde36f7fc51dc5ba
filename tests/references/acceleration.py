"""The acceleration search by its definitions: one series, one trial at a time, in double precision."""

import math

import numpy as np
from numpy.typing import NDArray


def chirp_response(offset: float, z: float, nsteps: int = 20_000) -> complex:
    """Integral of exp(2 pi i (z t^2 / 2 - q t)) over t from -1/2 to 1/2, by the midpoint rule."""
    t = (np.arange(nsteps) + 0.5) / nsteps - 0.5
    return complex(np.exp(2j * np.pi * (z * t * t / 2 - offset * t)).mean())


def chirp_spectrum(nsamples: int, r: float, z: float, phase: float = 0.0) -> NDArray[np.complex128]:
    """Spectrum, with peak 1 without drift, of a chirp that has r turns an observation at its middle and drifts by z bins."""
    t = np.arange(nsamples) / nsamples - 0.5
    return np.asarray(np.fft.fft(np.exp(2j * np.pi * (r * t + z * t * t / 2) + 1j * phase))) / nsamples


def template(z: float, fraction: float, side_bins: int) -> tuple[NDArray[np.int64], NDArray[np.complex128]]:
    """Bins around a frequency `fraction` of a bin up, and the normalised response to a drift of z at them.

    The phase is that of the response at the middle, less the mean phase of the drift.
    """
    reach = round(abs(z) / 2) + side_bins
    bins = np.arange(-reach + (1 if fraction else 0), reach + 1)
    values = np.array([chirp_response(q - fraction, z) * np.exp(-1j * np.pi * (q - fraction + z / 12)) for q in bins])
    return bins, values / math.sqrt((abs(values) ** 2).sum())


def amplitude(
    spectrum: NDArray[np.complex128], row: int, templates: list[tuple[NDArray[np.int64], NDArray[np.complex128]]]
) -> complex:
    """Correlate a spectrum, zero beyond its ends, with the normalised sum of templates around a row of half bins."""
    total: dict[int, complex] = {}
    for bins, values in templates:
        for q, value in zip(bins.tolist(), values.tolist(), strict=True):
            total[q] = total.get(q, 0.0) + value
    norm = math.sqrt(sum(abs(value) ** 2 for value in total.values()))
    k = row // 2
    return sum(spectrum[k + q] * np.conj(value) for q, value in total.items() if 0 <= k + q < len(spectrum)) / norm


def plane(spectrum: NDArray[np.complex128], rows: range, steps: range, side_bins: int) -> dict[tuple[int, int], float]:
    """Powers of rows of half bins and steps of 2 bins of drift; odd steps by the templates of their neighbours."""
    made = {
        (step, half): template(2.0 * step, half / 2, side_bins)
        for step in range(min(steps) - 1, max(steps) + 2)
        for half in (0, 1)
        if step % 2 == 0
    }
    powers = {}
    for step in steps:
        used = (step,) if step % 2 == 0 else (step - 1, step + 1)
        for row in rows:
            powers[row, step] = abs(amplitude(spectrum, row, [made[each, row % 2] for each in used])) ** 2
    return powers


def harmonic_sum(powers: dict[tuple[int, int], float], row: int, step: int, nharm: int) -> float:
    """Add `nharm` harmonics of which the highest is at a row and step, each from the trial nearest to it."""
    return sum(powers[math.floor(h * row / nharm + 0.5), math.floor(h * step / nharm + 0.5)] for h in range(1, nharm + 1))


def peaks(sums: dict[tuple[int, int], float], threshold: float, cell_rows: int, cell_steps: int) -> set[tuple[int, int]]:
    """Highest sums above a threshold of their cells, unless another such is higher and within a cell's length."""
    best: dict[tuple[int, int], tuple[int, int]] = {}
    for (row, step), value in sums.items():
        cell = row // cell_rows, step // cell_steps
        if value > threshold and (cell not in best or value > sums[best[cell]]):
            best[cell] = row, step
    return {
        (row, step)
        for row, step in best.values()
        if not any(
            abs(a - row) <= cell_rows and abs(b - step) <= cell_steps and sums[a, b] > sums[row, step]
            for a, b in best.values()
        )
    }
