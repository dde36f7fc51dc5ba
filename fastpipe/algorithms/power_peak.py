"""The largest summed power of a signal's harmonics against frequency, drift and change of drift."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_GRID_STEPS: Final = (0.25, 1.0, 10.0)
"""Steps of the first grid in frequency, z and w, in bins of the highest harmonic: half those of a search at most."""
_GRID_REACH: Final = (3, 3, 2)
_MAX_STEPS: Final = 15
_MAX_TURNS: Final = 0.25
"""Turns at the ends of the data that a step may add to the highest harmonic."""
_GAIN_MIN: Final = 1e-5
"""Gain in power below which a step is the last: the next would be far less than 1 % of an error."""


@dataclass(frozen=True, slots=True)
class PowerPeaks:
    """Summed powers of signals at offsets from their guesses, and how they change there."""

    offsets: NDArray[np.float64]
    """Offsets in Fourier bins, z and w, shape [nsignals, nfree]."""
    power: NDArray[np.float64]
    """Summed power, mean 1 a harmonic in noise, shape [nsignals]."""
    harmonic_powers: NDArray[np.float64]
    """Power of each harmonic, shape [nsignals, nharm]."""
    gradient: NDArray[np.float64]
    """First derivatives of the power, shape [nsignals, nfree]."""
    curvature: NDArray[np.float64]
    """Second derivatives of the power, shape [nsignals, nfree, nfree]."""
    squared_orders_power: NDArray[np.float64]
    """Powers of the harmonics times the squares of their orders, summed, shape [nsignals]."""
    squared_orders_signal: NDArray[np.float64]
    """The same of the powers less 1, which noise adds to each, shape [nsignals]."""

    def replaced(self, others: "PowerPeaks", places: NDArray[np.intp], chosen: NDArray[np.bool_]) -> "PowerPeaks":
        """Return peaks of which those at `places` are the `chosen` ones of `others`."""
        merged = [getattr(self, name).copy() for name in self.__slots__]
        for values, name in zip(merged, self.__slots__, strict=True):
            values[places] = getattr(others, name)[chosen]
        return PowerPeaks(*merged)


def best_on_grid(series: NDArray[np.complex64], basis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the largest summed power on a small grid around each guess.

    Parameters
    ----------
    series
        From `harmonic_series.harmonic_series`, shape [nsignals, nharm, nvalues].
    basis
        The first rows of `harmonic_series.phase_basis`, one for each free parameter, shape [nfree, nvalues].

    Returns
    -------
    ndarray
        Offsets from the guesses in Fourier bins, z and w, shape [nsignals, nfree]: within 0.75 bins, 3 in z and 20 in w
        of the highest harmonic.
    """
    nfree, nharm = len(basis), series.shape[1]
    axes = [
        np.arange(-reach, reach + 1) * step / nharm
        for step, reach in zip(_GRID_STEPS[:nfree], _GRID_REACH[:nfree], strict=True)
    ]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, nfree)
    turned = np.exp(-2j * np.pi * np.einsum("gp,pj->jg", grid, basis))
    ramp = turned.copy()
    power = np.zeros((len(series), len(grid)))
    for order in range(nharm):
        sums = np.einsum("nj,jg->ng", series[:, order], ramp.astype(np.complex64))
        power += sums.real**2 + sums.imag**2
        ramp *= turned
    return np.asarray(grid[power.argmax(axis=1)])


def climb(series: NDArray[np.complex64], basis: NDArray[np.float64], offsets: NDArray[np.float64]) -> PowerPeaks:
    """Climb to the tops of the summed powers by at most 15 of Newton's steps.

    Parameters
    ----------
    series
        From `harmonic_series.harmonic_series`, shape [nsignals, nharm, nvalues].
    basis
        The first rows of `harmonic_series.phase_basis`, one for each free parameter, shape [nfree, nvalues].
    offsets
        Where to start, shape [nsignals, nfree].

    Returns
    -------
    PowerPeaks
        The tops, never lower than the starts.
    """
    limit = np.tile(_MAX_TURNS / (series.shape[1] * np.abs(basis).max(axis=1)), (len(series), 1))
    unit = 1.0 / basis.std(axis=1)
    peaks = power_at(series, basis, offsets)
    climbing = np.arange(len(series))
    for _ in range(_MAX_STEPS):
        if climbing.size == 0:
            break
        step = _newton_steps(peaks.gradient[climbing], peaks.curvature[climbing], unit)
        step = np.clip(step, -limit[climbing], limit[climbing])
        found = power_at(series[climbing], basis, peaks.offsets[climbing] + step)
        gain = found.power - peaks.power[climbing]
        is_higher = gain > 0.0
        limit[climbing[~is_higher]] = np.abs(step[~is_higher]) / 4.0
        peaks = peaks.replaced(found, climbing[is_higher], is_higher)
        climbing = climbing[~is_higher | (gain > _GAIN_MIN)]
    return peaks


def power_at(series: NDArray[np.complex64], basis: NDArray[np.float64], offsets: NDArray[np.float64]) -> PowerPeaks:
    """Sum the powers of the harmonics at given offsets, with their exact derivatives.

    Parameters
    ----------
    series
        From `harmonic_series.harmonic_series`, shape [nsignals, nharm, nvalues].
    basis
        The first rows of `harmonic_series.phase_basis`, one for each free parameter, shape [nfree, nvalues].
    offsets
        Offsets from the guesses in Fourier bins, z and w, shape [nsignals, nfree].

    Returns
    -------
    PowerPeaks
        Powers and derivatives there.
    """
    nsignals, nfree = offsets.shape
    pairs = (basis[:, np.newaxis] * basis).reshape(nfree**2, -1)
    columns = np.concatenate((np.ones((1, basis.shape[1])), basis, pairs)).astype(np.complex128)
    turned = np.exp(-2j * np.pi * np.einsum("np,pj->nj", offsets, basis))
    has_data = np.asarray(series.any(axis=2))
    weighted, signal = np.zeros((2, nsignals))
    powers = np.zeros(series.shape[:2])
    gradient, curvature = np.zeros((nsignals, nfree)), np.zeros((nsignals, nfree, nfree))
    ramp = turned.copy()
    for order in range(1, series.shape[1] + 1):
        moments = np.einsum("nj,cj->nc", series[:, order - 1] * ramp, columns)
        total, factor = moments[:, 0], -2j * np.pi * order
        first = factor * moments[:, 1 : 1 + nfree]
        second = factor**2 * moments[:, 1 + nfree :].reshape(nsignals, nfree, nfree)
        own_power = total.real**2 + total.imag**2
        powers[:, order - 1] = own_power
        weighted += order**2 * own_power
        signal += order**2 * (own_power - has_data[:, order - 1])
        gradient += 2.0 * np.real(total.conj()[:, np.newaxis] * first)
        products = first.conj()[:, :, np.newaxis] * first[:, np.newaxis]
        curvature += 2.0 * np.real(products + total.conj()[:, np.newaxis, np.newaxis] * second)
        ramp *= turned
    return PowerPeaks(offsets, powers.sum(axis=1), powers, gradient, curvature, weighted, signal)


def _newton_steps(
    gradient: NDArray[np.float64], curvature: NDArray[np.float64], unit: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Newton's steps, made uphill where the power is not curved downwards; `unit` brings the parameters to one scale."""
    values, vectors = np.linalg.eigh(curvature * unit[:, np.newaxis] * unit)
    steepness = np.maximum(np.abs(values), 1e-3 * np.abs(values).max(axis=1, keepdims=True) + 1e-300)
    along = np.einsum("nji,nj->ni", vectors, unit * gradient) / steepness
    return np.asarray(unit * np.einsum("nij,nj->ni", vectors, along))
