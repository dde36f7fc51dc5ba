"""The acceleration search by its definitions: one series, one trial at a time, in double precision."""

import math

import numpy as np
from numpy.typing import NDArray


def chirp_response(offset: float, z: float, w: float = 0.0, nsteps: int = 20_000) -> complex:
    """Integral of exp(2 pi i (z t^2 / 2 + w (t^3 / 6 - t / 40) - q t)) over t from -1/2 to 1/2, by the midpoint rule."""
    t = (np.arange(nsteps) + 0.5) / nsteps - 0.5
    return complex(np.exp(2j * np.pi * (z * t * t / 2 + w * (t**3 / 6 - t / 40) - offset * t)).mean())


def chirp_spectrum(nsamples: int, r: float, z: float, phase: float = 0.0, w: float = 0.0) -> NDArray[np.complex128]:
    """Spectrum, with peak 1 without drift, of a chirp that has r turns an observation at its middle and drifts by z bins.

    The drift changes by w bins.
    """
    t = np.arange(nsamples) / nsamples - 0.5
    return np.asarray(np.fft.fft(np.exp(2j * np.pi * (r * t + z * t * t / 2 + w * t**3 / 6) + 1j * phase))) / nsamples


def template(z: float, fraction: float, side_bins: int, w: float = 0.0) -> tuple[NDArray[np.int64], NDArray[np.complex128]]:
    """Bins around a frequency `fraction` of a bin up, and the normalised response to a drift of z at them.

    The phase is that of the response at the middle, less the mean phase of the drift.
    """
    reach = round(abs(z) / 2 + abs(w) / 10) + side_bins
    bins = np.arange(-reach + (1 if fraction else 0), reach + 1)
    values = np.array([chirp_response(q - fraction, z, w) * np.exp(-1j * np.pi * (q - fraction + z / 12)) for q in bins])
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


def plane(
    spectrum: NDArray[np.complex128], rows: range, steps: range, side_bins: int, w: float = 0.0
) -> dict[tuple[int, int], float]:
    """Powers of rows of half bins and steps of 2 bins of drift; odd steps by the templates of their neighbours."""
    made = {
        (step, half): template(2.0 * step, half / 2, side_bins, w)
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


def harmonic_sum(powers: dict[tuple[int, ...], float], place: tuple[int, ...], nharm: int) -> float:
    """Add `nharm` harmonics of which the highest is at a row, step and step of jerk, each from the trial nearest to it."""
    return sum(powers[tuple(math.floor(h * each / nharm + 0.5) for each in place)] for h in range(1, nharm + 1))


def peaks(sums: dict[tuple[int, ...], float], threshold: float, lengths: tuple[int, ...]) -> set[tuple[int, ...]]:
    """Highest sums above a threshold of their cells, unless another such is higher and within a cell's lengths."""
    best: dict[tuple[int, ...], tuple[int, ...]] = {}
    for place, value in sums.items():
        cell = tuple(each // length for each, length in zip(place, lengths, strict=True))
        if value > threshold and (cell not in best or value > sums[best[cell]]):
            best[cell] = place
    return {
        place
        for place in best.values()
        if not any(
            all(abs(a - b) <= length for a, b, length in zip(other, place, lengths, strict=True))
            and sums[other] > sums[place]
            for other in best.values()
        )
    }
