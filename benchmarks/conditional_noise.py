"""White spectra of noise in which one trial of a search is as improbable as asked.

How rare combinations of trials are cannot be counted where a trial itself comes once in 10^10. So spectra are drawn under
the condition that one trial is below a probability p: a sum of n harmonics is then above its threshold as the gamma
distribution says, its harmonics divide it like the parts of a stick broken at random, and the amplitudes A that make up one
of them are moved to their new combination a along its weights w, to A + w* (a - w A): so white noise is distributed when
one combination of it is known.

Lanes are either independent series, or neighbouring DM trials: dedispersed with trials d steps apart, white noise of
channels whose delays are spread evenly over a step delay of tau correlates by sinc(f tau d) at frequency f.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.acceleration_filters import DRIFT_STEP, JERK_STEP, nearest, reach_bins
from fastpipe.algorithms.chirp_response import chirp_response, jerk_responses
from fastpipe.constants import LANES
from fastpipe_kernels.half_bins import SIDE_BINS

NBINS = 4096
MIDDLE_LANE = LANES // 2
_NGROUPS = 64
"""Stretches of the spectrum, each with one correlation between DMs."""

Filter = tuple[NDArray[np.int64], NDArray[Any]]
"""Bins, and the weights of norm 1 by which their amplitudes are added."""


@dataclass(frozen=True)
class Trial:
    """A trial of the search: the highest of its harmonics, in half bins and steps of drift and of jerk, and how many."""

    row: int
    step: int
    wstep: int
    level: int

    def filters(self) -> list[Filter]:
        """What its harmonics are made of: the nearest trial to each, as the kernels define it."""
        return [
            _filter(*(nearest(number, (harmonic, self.level)) for number in (self.row, self.step, self.wstep)))
            if self.step or self.wstep
            else row_weights(nearest(self.row, (harmonic, self.level)))
            for harmonic in range(1, (1 << self.level) + 1)
        ]


def row_weights(row: int) -> Filter:
    """Bins that the amplitude of a row without drift is made of, and their weights, of norm 1."""
    first, is_half = divmod(row, 2)
    if not is_half:
        return np.array([first]), np.ones(1)
    bins = np.arange(first + 1 - SIDE_BINS, first + 1 + SIDE_BINS)
    weights = 1.0 / (first + 0.5 - bins)
    return bins, weights / np.linalg.norm(weights)


def _filter(row: int, step: int, wstep: int) -> Filter:
    """The same for a row of the plane of one drift and jerk."""
    offsets, weights = _template(step, wstep, row % 2)
    return row // 2 + offsets, weights


@cache
def _template(step: int, wstep: int, half: int) -> Filter:
    if step % 2:
        reach = reach_bins(abs(step), abs(wstep)) + 1
        total = np.zeros(2 * reach + 1, np.complex128)
        for neighbour in (step - 1, step + 1):
            bins, weights = _template(neighbour, wstep, half)
            total[bins + reach] += weights
        return np.arange(-reach, reach + 1), total / np.linalg.norm(total)
    reach = reach_bins(abs(step), abs(wstep))
    bins, z = np.arange(-reach + half, reach + 1), DRIFT_STEP * step
    offsets = bins - half / 2
    response = jerk_responses(offsets, np.array([z]), JERK_STEP * wstep)[0] if wstep else chirp_response(offsets, z)
    weights = (response * np.exp(-1j * np.pi * (offsets + z / 12.0))).conj()
    return bins, weights / np.linalg.norm(weights)


def correlations(step_turns: float, row: int) -> NDArray[np.float64]:
    """Correlation between 16 DMs in every stretch of a spectrum, shape [64, 16, 16]; infinite steps: none."""
    if not np.isfinite(step_turns):
        return np.broadcast_to(np.eye(LANES), (_NGROUPS, LANES, LANES))
    bins = (np.arange(_NGROUPS) + 0.5) * NBINS / _NGROUPS
    distance = np.subtract.outer(np.arange(LANES), np.arange(LANES))
    return np.asarray(np.sinc(step_turns * (bins / (row / 2))[:, np.newaxis, np.newaxis] * distance))


def roots_of(matrices: NDArray[np.float64]) -> NDArray[np.float32]:
    """Symmetric square roots of correlation matrices."""
    values, vectors = np.linalg.eigh(matrices)
    scaled = vectors * np.sqrt(np.maximum(values, 0.0))[:, np.newaxis, :]
    return np.asarray(scaled @ vectors.transpose(0, 2, 1), np.float32)


def shares_of(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each lane feels of a change in the middle one, bin by bin, shape [4096, 16]."""
    return np.repeat(matrices[:, :, MIDDLE_LANE], NBINS // _NGROUPS, axis=0)


def white_spectra(rng: np.random.Generator, roots: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """White spectra of 16 series, shape [4096, 2, 16]; `roots` are those of the correlations between them."""
    white = rng.standard_normal((NBINS, 2, LANES), np.float32) * np.float32(np.sqrt(0.5))
    if roots is None:
        return white
    return np.matmul(white.reshape(_NGROUPS, -1, LANES), roots).reshape(NBINS, 2, LANES)


def raise_sums(
    rng: np.random.Generator,
    spectra: NDArray[np.float32],
    filters: list[Filter],
    sums: NDArray[np.float64],
    shares: NDArray[np.float64],
) -> None:
    """Give the sum over some filters a value in each lane, or in the middle one, which the others feel by `shares`."""
    parts = rng.dirichlet(np.ones(len(filters)), len(sums))
    for (bins, weights), part in zip(filters, parts.T, strict=True):
        amplitudes = spectra[bins, 0] + 1j * spectra[bins, 1]
        now = weights @ (amplitudes[:, MIDDLE_LANE : MIDDLE_LANE + 1] if len(sums) == 1 else amplitudes)
        wanted = np.sqrt(sums * part) * np.exp(2j * np.pi * rng.random(len(sums)))
        change = weights.conj()[:, np.newaxis] * (wanted - now) * shares[bins]
        spectra[bins, 0] += change.real
        spectra[bins, 1] += change.imag


def sum_powers(spectra: NDArray[np.float32], filters: list[Filter]) -> NDArray[np.float64]:
    """Sum of the powers of some filters, lane by lane, shape [16]."""
    return np.asarray(sum(abs(weights @ (spectra[bins, 0] + 1j * spectra[bins, 1])) ** 2 for bins, weights in filters))
