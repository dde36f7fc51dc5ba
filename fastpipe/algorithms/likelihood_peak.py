"""The top of the likelihood of a pulse of unknown shape, against frequency, drift and DM."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.fourier_cube import FourierCube, detection_level, harmonic_ramps

FREE_FREQ: Final = 0
FREE_FDOT: Final = 1
FREE_DM: Final = 2
_MAX_STEPS: Final = 20
_MAX_TURNS: Final = 0.1
_MIN_GROUPS: Final = 8
"""Sub-integrations or sub-bands from which the scatter of a pulse can be told."""


@dataclass(frozen=True, slots=True)
class Peak:
    """Where the likelihood is largest, as offsets from the values of the cube."""

    freq_offset_hz: float
    fdot_offset_hz_s: float
    dm_offset: float
    errors: tuple[float, float, float]
    """Standard deviations in Hz, Hz s^-1 and pc cm^-3; infinite for what was not free or is not constrained."""
    log_likelihood: float
    """Log likelihood over that of no pulse."""
    nharm: int
    """Harmonics it was fitted with."""

    @property
    def level(self) -> float:
        """Log likelihood less 2 for every harmonic after the first, to compare fits of different numbers of harmonics."""
        return self.log_likelihood - 2.0 * (self.nharm - 1)

    @classmethod
    def nowhere(cls) -> "Peak":
        """Return the peak of data that hold nothing."""
        return cls(0.0, 0.0, 0.0, (np.inf, np.inf, np.inf), 0.0, 1)


def climb(
    fourier: FourierCube, start: tuple[float, float, float], free: tuple[int, ...], *, dm_min: float = -np.inf
) -> Peak:
    """Climb from a point to the top of the likelihood by Newton's method.

    A pulse of any shape with m harmonics has log likelihood equal to the power in them, in units in which noise has mean 1;
    its second derivatives are exact sums over the cube. The number of harmonics is that of the H statistic at the start.

    Parameters
    ----------
    fourier
        Cube to fit.
    start
        Offsets in frequency (Hz), drift (Hz s^-1) and DM (pc cm^-3).
    free
        Which of them are fitted: FREE_FREQ, FREE_FDOT, FREE_DM.
    dm_min
        Smallest DM offset allowed.

    Returns
    -------
    Peak
        The top, with errors from the inverse of the curvature or, where larger, from the scatter between the cells.
    """
    basis = _basis(fourier)
    offsets = np.array(start)
    _, nharm = detection_level(_turned(fourier, basis, offsets, len(fourier.harmonics)).sum(axis=(1, 2)))
    free_list = list(free)
    value, gradient, curvature = _derivatives(fourier, basis, offsets, int(nharm), free_list)
    limit = np.array([_MAX_TURNS / max(float(np.abs(basis[index]).max()), 1e-300) for index in free])
    for _ in range(_MAX_STEPS if free else 0):
        step = np.clip(_newton_step(gradient, curvature), -limit, limit)
        trial = offsets.copy()
        trial[free_list] += step
        trial[FREE_DM] = max(trial[FREE_DM], dm_min)
        found = _derivatives(fourier, basis, trial, int(nharm), free_list)
        if found[0] <= value:
            limit = np.minimum(limit, np.abs(step)) / 4.0
        else:
            offsets, gain, (value, gradient, curvature) = trial, found[0] - value, found
            if gain < 1e-6:
                break
    scores = _scores(fourier, basis, offsets, int(nharm), free_list)
    errors = _errors(curvature, free, _scatter(scores))
    return Peak(float(offsets[0]), float(offsets[1]), float(offsets[2]), errors, value, int(nharm))


def _basis(fourier: FourierCube) -> NDArray[np.float64]:
    """Return the turns of each sub-integration and sub-band per unit of each parameter, shape [3, nsubints, nsubbands]."""
    shape = fourier.harmonics.shape[1:]
    x = fourier.subint_mid_s[:, None]
    return np.stack([np.broadcast_to(b, shape) for b in (x, 0.5 * x * x, -fourier.turns_per_dm)])


def _turned(
    fourier: FourierCube, basis: NDArray[np.float64], offsets: NDArray[np.float64], nharm: int
) -> NDArray[np.complex128]:
    return np.asarray(fourier.harmonics[:nharm] * harmonic_ramps(np.tensordot(offsets, basis, 1), nharm))


def _derivatives(
    fourier: FourierCube, basis: NDArray[np.float64], offsets: NDArray[np.float64], nharm: int, free: list[int]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Log likelihood, its gradient and its second derivatives in the free parameters."""
    turned = _turned(fourier, basis, offsets, nharm).reshape(nharm, -1)
    flat = basis[free].reshape(len(free), turned.shape[1])
    factor = -2j * np.pi * np.arange(1, nharm + 1)
    sums = turned.sum(axis=1)
    first = factor[:, None] * (turned @ flat.T)
    pairs = (flat[:, None, :] * flat[None, :, :]).reshape(len(free) ** 2, turned.shape[1])
    second = (factor**2)[:, None] * (turned @ pairs.T)
    gradient = 2.0 * np.real(sums.conj() @ first)
    curvature = 2.0 * np.real(first.conj().T @ first + (sums.conj() @ second).reshape(len(free), len(free)))
    return float(np.sum(np.abs(sums) ** 2)), gradient, curvature


def _newton_step(gradient: NDArray[np.float64], curvature: NDArray[np.float64]) -> NDArray[np.float64]:
    """Newton's step, made uphill where the likelihood is not curved downwards."""
    scale = 1.0 / np.sqrt(np.maximum(np.abs(np.diag(curvature)), 1e-300))
    values, vectors = np.linalg.eigh(curvature * np.outer(scale, scale))
    return np.asarray(scale * (vectors @ ((vectors.T @ (scale * gradient)) / np.maximum(np.abs(values), 1e-3))))


def _scores(
    fourier: FourierCube, basis: NDArray[np.float64], offsets: NDArray[np.float64], nharm: int, free: list[int]
) -> NDArray[np.float64]:
    """Return what each cell adds to the gradient, its phase held at that of the sum, shape [nfree, nsubints, nsubbands]."""
    turned = _turned(fourier, basis, offsets, nharm)
    along = turned.sum(axis=(1, 2)).conj()[:, None, None] * turned
    order = np.arange(1.0, nharm + 1)
    information = np.maximum(np.tensordot(order**2, along.real, 1), 0.0)
    moved = basis[free]
    # The phase of the pulse is free too: only what a parameter does beside turning all cells alike counts.
    middle = (moved * information).sum(axis=(1, 2), keepdims=True) / max(float(information.sum()), 1e-300)
    return np.asarray(4.0 * np.pi * np.tensordot(order, along.imag, 1) * (moved - middle))


def _scatter(scores: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the covariance of the gradient as sub-integrations and sub-bands scatter, where there are enough of them."""
    groups = [scores.sum(axis=2), scores.sum(axis=1)]
    return [group @ group.T for group in groups if group.shape[1] >= _MIN_GROUPS]


def _errors(
    curvature: NDArray[np.float64], free: tuple[int, ...], scatter: list[NDArray[np.float64]]
) -> tuple[float, float, float]:
    """Return the errors of white noise, or those of the scatter of the pulse between the cells where these are larger.

    The latter are the diagonal of H^-1 G H^-1, with H the curvature and G the covariance of the gradient: pulses of bright
    pulsars jitter and scintillate by more than their noise (Huber 1967, Proc. 5th Berkeley Symp. 1, 221).
    """
    errors = [np.inf, np.inf, np.inf]
    if free:
        scale = 1.0 / np.sqrt(np.maximum(np.abs(np.diag(curvature)), 1e-300))
        scaled = -curvature * np.outer(scale, scale)
        if np.linalg.eigvalsh(scaled).min() > 1e-9:
            inverse = np.linalg.inv(scaled)
            found = [inverse, *(inverse @ (spread * np.outer(scale, scale)) @ inverse for spread in scatter)]
            variances = np.max([np.diag(each) for each in found], axis=0)
            for index, variance, unit in zip(free, variances, scale, strict=True):
                errors[index] = float(unit * np.sqrt(variance))
    return errors[0], errors[1], errors[2]
