"""The top of the likelihood of a Gaussian pulse, against phase, frequency, drift and DM."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.fourier_cube import FourierCube
from fastpipe.algorithms.profile_snr import match_harmonics, pulse_harmonics
from fastpipe_kernels.turned_sums import sum_cells, sum_profile

FREE_FREQ: Final = 0
FREE_FDOT: Final = 1
FREE_DM: Final = 2
_PHASE: Final = 3
_MAX_WIDTHS: Final = 4
_MAX_STEPS: Final = 20
_LEAST_GAIN: Final = 1e-4
"""Gain in the log likelihood by a step after which none is made: as steps converge, what is left is its square."""
_MAX_TURNS: Final = 0.5
"""Widths of the pulse by which a step may turn a cell at most."""
_SHAPE_SNR: Final = 14.0
"""S/N at which noise changes the curvature of a pulse by as much as its shape does."""
_FAINT_SNR: Final = 6.5
"""S/N below which noise moves the peak by more than its curvature says; fitted to what `benchmarks.fold_coverage` prints."""
_BRIGHT_SNR: Final = 400.0
"""S/N from which on noise matters less than bins, rounded delays and the shape of the pulse; fitted likewise."""
_PARTIAL_FACTOR: Final = 2.0
"""Factor in an error from which on the measured curvature differs from the expected one by more than noise."""
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
    snr: float
    """Matched-filter S/N: the root of twice the log likelihood over that of no pulse."""
    width_turns: float
    """Full width at half height of the pulse in turns."""
    peak_turns: float
    """Phase of its peak in turns, 0 at the middle of the first phase bin."""
    free: tuple[int, ...] = ()
    """What was fitted: FREE_FREQ, FREE_FDOT, FREE_DM."""

    @property
    def offsets(self) -> tuple[float, float, float]:
        """Offsets in frequency, drift and DM."""
        return self.freq_offset_hz, self.fdot_offset_hz_s, self.dm_offset

    def with_errors_of(self, other: "Peak") -> "Peak":
        """Return the peak with errors of another one for what was not fitted here."""
        own, others = self.errors, other.errors
        errors = [own[index] if index in self.free else others[index] for index in range(len(own))]
        return replace(self, errors=(errors[0], errors[1], errors[2]))

    @classmethod
    def nowhere(cls) -> "Peak":
        """Return the peak of data that hold nothing."""
        return cls(0.0, 0.0, 0.0, (np.inf, np.inf, np.inf), 0.0, 0.5, 0.0)


def climb(
    fourier: FourierCube, start: tuple[float, float, float], free: tuple[int, ...], *, dm_min: float = -np.inf
) -> Peak:
    """Climb from a point to the top of the likelihood by Newton's method.

    The log likelihood of a pulse of given shape and any amplitude is half of its S/N squared; that and its derivatives are
    exact sums over the cube. The shape is the Gaussian pulse that matches the profile at the start best; it is matched
    again at the top until it stays, at most 4 times. At most 20 steps are made each time, of a few operations for every
    number of the cube.

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
        The top, with the errors that white noise gives or, where larger, those of the scatter between the cells.
    """
    basis = _basis(fourier)
    offsets = np.array([*start, 0.0])
    indices = [*free, _PHASE]
    width_turns = np.nan
    for _ in range(_MAX_WIDTHS):
        match = match_harmonics(_turned_profile(fourier, offsets), fourier.nbins)
        if float(match.width_turns) == width_turns:
            break
        width_turns = float(match.width_turns)
        shape = pulse_harmonics(width_turns, fourier.nbins)
        offsets[_PHASE] -= float(match.peak_turns)
        offsets = _ascend(fourier, basis, shape, offsets, indices, dm_min)
    _, slope, bend = _cells(fourier, shape, offsets)
    errors = np.full(len(basis), np.inf)
    errors[indices] = _errors(fourier.weights, basis[indices], shape, slope, bend, float(match.snr))
    freq_err, fdot_err, dm_err, _ = errors.tolist()
    freq, fdot, dm, phase = offsets.tolist()
    return Peak(freq, fdot, dm, (freq_err, fdot_err, dm_err), float(match.snr), width_turns, -phase % 1.0, free)


def _ramps(fourier: FourierCube, offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Real and imaginary part of what turns the fundamental of every cell, shape [2, nsubints nsubbands]."""
    freq, fdot, dm, phase = offsets.tolist()
    x = fourier.subint_mid_s
    in_time = np.exp(-2j * np.pi * (freq * x + 0.5 * fdot * x * x + phase))
    ramps = (in_time[:, None] * np.exp(2j * np.pi * dm * fourier.turns_per_dm)).ravel()
    return np.stack((ramps.real, ramps.imag))


def _turned_profile(fourier: FourierCube, offsets: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Harmonics of the profile at these offsets, shape [nharm]."""
    ramps, profile = _ramps(fourier, offsets), np.empty(len(fourier.harmonics), np.complex128)
    sum_profile(fourier.harmonics.reshape(len(profile), -1), ramps, np.empty_like(ramps), profile)
    return profile


def _ascend(
    fourier: FourierCube,
    basis: NDArray[np.float64],
    shape: NDArray[np.float64],
    offsets: NDArray[np.float64],
    indices: list[int],
    dm_min: float,
) -> NDArray[np.float64]:
    """Climb to the largest S/N of a pulse of one shape."""
    flat = basis[indices].reshape(len(indices), -1)
    products = flat[:, None] * flat
    width_turns = 1.0 / max(len(shape), 2)
    limit = _MAX_TURNS * width_turns / np.maximum(np.abs(flat).max(axis=1), 1e-300)
    value, gradient, curvature = _derivatives(_cells(fourier, shape, offsets), flat, products)
    for _ in range(_MAX_STEPS):
        trial = offsets.copy()
        step = np.clip(_newton_step(gradient, curvature), -limit, limit)
        trial[indices] += step
        trial[FREE_DM] = max(trial[FREE_DM], dm_min)
        found = _derivatives(_cells(fourier, shape, trial), flat, products)
        if found[0] <= value:
            limit = np.minimum(limit, np.abs(step)) / 4.0
        else:
            offsets, gain, (value, gradient, curvature) = trial, found[0] - value, found
            if gain * value < _LEAST_GAIN:
                break
    return offsets


def _basis(fourier: FourierCube) -> NDArray[np.float64]:
    """Return the turns of each sub-integration and sub-band per unit of each parameter, shape [4, nsubints, nsubbands]."""
    shape = fourier.harmonics.shape[1:]
    x = fourier.subint_mid_s[:, None]
    return np.stack([np.broadcast_to(b, shape) for b in (x, 0.5 * x * x, -fourier.turns_per_dm, np.ones(1))])


def _cells(fourier: FourierCube, shape: NDArray[np.float64], offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """S/N that each cell adds, and its first and second derivative in turns, shape [3, nsubints, nsubbands]."""
    rate = 2.0 * np.pi * np.arange(1, len(shape) + 1)
    weights = np.sqrt(2.0) * shape * np.stack((np.ones(len(shape)), rate, -(rate**2)))
    ramps = _ramps(fourier, offsets)
    cells = np.empty((3, ramps.shape[1]))
    sum_cells(fourier.harmonics.reshape(-1, ramps.shape[1]), ramps, weights, np.empty_like(ramps), cells)
    return cells.reshape(3, *fourier.harmonics.shape[1:])


def _derivatives(
    cells: NDArray[np.float64], flat: NDArray[np.float64], products: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """S/N, its gradient and its second derivatives in the free parameters, from those of the cells."""
    value, slope, bend = cells.reshape(3, -1)
    return float(value.sum()), np.einsum("pc,c->p", flat, slope), np.einsum("pqc,c->pq", products, bend)


def _newton_step(gradient: NDArray[np.float64], curvature: NDArray[np.float64]) -> NDArray[np.float64]:
    """Newton's step, made uphill where the S/N is not curved downwards."""
    scale = 1.0 / np.sqrt(np.maximum(np.abs(np.diag(curvature)), 1e-300))
    values, vectors = np.linalg.eigh(curvature * np.outer(scale, scale))
    return np.asarray(scale * (vectors @ ((vectors.T @ (scale * gradient)) / np.maximum(np.abs(values), 1e-3))))


def _curvature(shape: NDArray[np.float64], snr: float, bend: float) -> float:
    """Return how fast the S/N falls as the pulse turns, per turn squared.

    That of a Gaussian pulse is known; pulses of other shapes differ, and where noise hides this less than they do (by a
    tenth, say), the measured one counts.
    """
    expected = snr * _sharpness(shape)
    trust = snr**2 / (snr**2 + _SHAPE_SNR**2)
    return expected + trust * (-bend - expected)


def _sharpness(shape: NDArray[np.float64]) -> float:
    return float(np.sum((2.0 * np.pi * np.arange(1, len(shape) + 1) * shape) ** 2))


def _errors(
    weights: NDArray[np.float64],
    basis: NDArray[np.float64],
    shape: NDArray[np.float64],
    slope: NDArray[np.float64],
    bend: NDArray[np.float64],
    snr: float,
) -> NDArray[np.float64]:
    """Return the errors of white noise, or those of the scatter of the pulse between the cells where these are larger.

    Both are the diagonal of H^-1 G H^-1, with H the curvature and G the covariance of the gradient: that of the noise, or
    what sub-integrations and sub-bands show, as pulses of bright pulsars jitter and scintillate by more than their noise
    (Huber 1967, Proc. 5th Berkeley Symp. 1, 221). H is that of a pulse that is there all the time and all over the band,
    which noise does not change; but the measured one where that says that the signal is in too small a part to tell.
    """
    if snr <= 0.0:
        return np.full(len(basis), np.inf)
    products = basis[:, None] * basis
    of_noise = _sharpness(shape) * np.einsum("pqib,ib->pq", products, weights)
    scale = 1.0 / np.sqrt(np.maximum(np.diag(of_noise), 1e-300))
    units = np.outer(scale, scale)
    expected = of_noise * (_curvature(shape, snr, float(bend.sum())) / _sharpness(shape))
    measured = -np.einsum("pqib,ib->pq", products, bend)
    groups = [(basis * slope).sum(axis=axis) for axis in (2, 1)]
    scatters = [np.einsum("pg,qg->pq", group, group) for group in groups if group.shape[1] >= _MIN_GROUPS]
    found = _spread(expected * units, of_noise * units)
    measured_errors = _spread(measured * units, of_noise * units)
    if np.any(measured_errors > _PARTIAL_FACTOR * found):
        found = np.fmax(found, measured_errors)
    found = np.max([found, *(_spread(expected * units, scatter * units) for scatter in scatters)], axis=0)
    calibration = np.sqrt(1.0 + (_FAINT_SNR / snr) ** 4 + (snr / _BRIGHT_SNR) ** 2)
    return np.asarray(scale * found * calibration)


def _spread(curvature: NDArray[np.float64], covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard deviations of the place of the top; infinite where it is not curved in all directions."""
    if np.linalg.eigvalsh(curvature).min() < 1e-9 * max(float(np.trace(curvature)), 1e-300):
        return np.full(len(curvature), np.inf)
    inverse = np.linalg.inv(curvature)
    return np.asarray(np.sqrt(np.diag(inverse @ covariance @ inverse)))
