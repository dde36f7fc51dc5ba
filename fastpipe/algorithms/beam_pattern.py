"""The S/N of one signal over the beams of a receiver: a point of the sky, or interference that all beams see alike."""

import math
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

BEAM_FWHM_ARCMIN: Final = 2.9
"""Full width at half maximum of a beam of FAST's 19-beam receiver at 1.4 GHz (Jiang et al. 2020, RAA 20, 64)."""

SIDE_LOBE_OF_CUBE: Final = 0.15
"""Level of side lobes times the cube of the distance in beam widths: twice that of an evenly lit circular dish."""

# Near the beam side lobes reach this level.
_SIDE_LOBE: Final = 0.068
# Beams differ in gain, and signals in time, so a S/N is as uncertain as noise makes it and this part of it.
_POINT_SCATTER: Final = 0.15
_FLAT_SCATTER: Final = 0.3
# The positions tried: steps of the first grid, and how far it reaches beyond the beams, in beam widths.
_STEP_WIDTHS: Final = 0.2
_MARGIN_WIDTHS: Final = 1.0
# Peak S/N over the largest one measured; a source half-way between three beams shows 3 % of it.
_AMPLITUDES: Final = np.geomspace(0.7, 100.0, 32)
_REFINEMENTS: Final = 3
_REFINED_STEPS: Final = 9
# Positions near the best one whose mean is taken.
_CENTRE_WIDTHS: Final = 1.0
_CENTRE_STEPS: Final = 25


@dataclass(frozen=True, slots=True)
class BeamSnrs:
    """S/N of one signal in the beams that looked at the same time."""

    east_arcmin: NDArray[np.float64]
    """Offsets of the beams to the east in arcmin, shape [nbeams]."""
    north_arcmin: NDArray[np.float64]
    """Offsets of the beams to the north in arcmin, shape [nbeams]."""
    snr: NDArray[np.float64]
    """S/N of the signal, or the least S/N that would have been seen where it was not; shape [nbeams]."""
    is_seen: NDArray[np.bool_]
    """Whether it was seen, shape [nbeams]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PointFit:
    """The point of the sky that explains S/N over beams best."""

    east_arcmin: float
    """Offset to the east in arcmin."""
    north_arcmin: float
    """Offset to the north in arcmin."""
    amplitude: float
    """S/N that a beam would have that looks there."""
    misfit: float
    """Sum of the squares of residuals over their uncertainties."""
    log_likelihood: float
    """Logarithm of the likelihood, with what makes bright sources rare."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """Positions and amplitudes that are tried, all with all."""

    east_arcmin: NDArray[np.float64]
    north_arcmin: NDArray[np.float64]
    amplitudes: NDArray[np.float64]

    @classmethod
    def of_axes(cls, east: NDArray[np.float64], north: NDArray[np.float64], amplitudes: NDArray[np.float64]) -> Self:
        """Take all pairs of offsets along two axes."""
        grid_east, grid_north = np.meshgrid(east, north, indexing="ij")
        return cls(grid_east.ravel(), grid_north.ravel(), amplitudes)


def fit_point(snrs: BeamSnrs) -> PointFit:
    """Find the position and brightness of a point source that explain the S/N in all beams.

    A beam is a Gaussian with side lobes of unknown phase: anything from the Gaussian up to it and the envelope of the side
    lobes fits. Sources N times as bright are N times as rare. All positions of a grid are tried with all amplitudes, then
    finer grids around the best. The position is the mean over those near it, each as likely as the fit says.

    Parameters
    ----------
    snrs
        S/N of the signal; at least one beam sees it.

    Returns
    -------
    PointFit
        The best fit.
    """
    largest = float(snrs.snr[snrs.is_seen].max())
    step = _STEP_WIDTHS * BEAM_FWHM_ARCMIN
    margin = _MARGIN_WIDTHS * BEAM_FWHM_ARCMIN
    east, north = (
        np.arange(offsets.min() - margin, offsets.max() + margin + step, step)
        for offsets in (snrs.east_arcmin, snrs.north_arcmin)
    )
    best = _best_of_grid(snrs, _Grid.of_axes(east, north, largest * _AMPLITUDES), largest)
    ratio = float(_AMPLITUDES[1] / _AMPLITUDES[0])
    around = np.linspace(-1.0, 1.0, _REFINED_STEPS)
    for _ in range(_REFINEMENTS):
        east, north = best.east_arcmin + step * around, best.north_arcmin + step * around
        best = _best_of_grid(snrs, _Grid.of_axes(east, north, best.amplitude * ratio**around), largest)
        step, ratio = 2.0 * step / (_REFINED_STEPS - 1), ratio ** (2.0 / (_REFINED_STEPS - 1))
    return _centred(snrs, best, largest)


def flat_log_likelihood(snrs: BeamSnrs) -> float:
    """Return the logarithm of the likelihood that all beams see the signal alike.

    Parameters
    ----------
    snrs
        S/N of the signal; at least one beam sees it.

    Returns
    -------
    float
        That of the best common S/N, on the scale of `PointFit.log_likelihood`.
    """
    same = np.ones((1, len(snrs.snr)))
    levels = float(snrs.snr[snrs.is_seen].max()) * np.geomspace(0.1, 1.0, 64)
    return -0.5 * float(_misfits(snrs, same, same, levels, _FLAT_SCATTER).min()) - _log_widths(snrs, _FLAT_SCATTER)


def _best_of_grid(snrs: BeamSnrs, grid: _Grid, largest: float) -> PointFit:
    misfits, likelihood = _likelihoods(snrs, grid, largest)
    place, strength = np.unravel_index(int(np.argmax(likelihood)), likelihood.shape)
    return PointFit(
        east_arcmin=float(grid.east_arcmin[place]),
        north_arcmin=float(grid.north_arcmin[place]),
        amplitude=float(grid.amplitudes[strength]),
        misfit=float(misfits[place, strength]),
        log_likelihood=float(likelihood[place, strength]),
    )


def _centred(snrs: BeamSnrs, best: PointFit, largest: float) -> PointFit:
    """Put the source where it is in the mean, for the best point may lie at the edge of many that are as good."""
    around = _CENTRE_WIDTHS * BEAM_FWHM_ARCMIN * np.linspace(-1.0, 1.0, _CENTRE_STEPS)
    amplitudes = best.amplitude * np.geomspace(0.1, 10.0, _CENTRE_STEPS)
    grid = _Grid.of_axes(best.east_arcmin + around, best.north_arcmin + around, amplitudes)
    likelihood = _likelihoods(snrs, grid, largest)[1]
    weights = np.exp(likelihood - likelihood.max()).sum(axis=1)
    east, north = (float(np.average(axis, weights=weights)) for axis in (grid.east_arcmin, grid.north_arcmin))
    return replace(best, east_arcmin=east, north_arcmin=north)


def _likelihoods(snrs: BeamSnrs, grid: _Grid, largest: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return misfit and logarithm of the likelihood of all positions and amplitudes, shape [npositions, namplitudes]."""
    east, north = grid.east_arcmin[:, None] - snrs.east_arcmin, grid.north_arcmin[:, None] - snrs.north_arcmin
    distance = np.hypot(east, north) / BEAM_FWHM_ARCMIN
    main = np.exp(-4.0 * math.log(2.0) * distance**2)
    side = np.minimum(_SIDE_LOBE, SIDE_LOBE_OF_CUBE / np.maximum(distance, 0.1) ** 3)
    misfits = _misfits(snrs, main, np.minimum(main + side, 1.0), grid.amplitudes, _POINT_SCATTER)
    rarity = np.log(np.maximum(grid.amplitudes / largest, 1.0))
    return misfits, -0.5 * misfits - rarity - _log_widths(snrs, _POINT_SCATTER)


def _misfits(
    snrs: BeamSnrs,
    least: NDArray[np.float64],
    most: NDArray[np.float64],
    amplitudes: NDArray[np.float64],
    scatter: float,
) -> NDArray[np.float64]:
    """Return the misfit of ranges of responses of shape [nplaces, nbeams] times amplitudes, shape [nplaces, namplitudes]."""
    total = np.zeros((len(least), len(amplitudes)))
    widths = _widths(snrs, scatter)
    for beam, (snr, is_seen, width) in enumerate(zip(snrs.snr, snrs.is_seen, widths, strict=True)):
        # Too much is a misfit in any beam, too little only where the signal was seen.
        residual = np.maximum(least[:, beam, None] * amplitudes - snr, 0.0)
        if is_seen:
            residual += np.maximum(snr - most[:, beam, None] * amplitudes, 0.0)
        total += (residual / width) ** 2
    return total


def _widths(snrs: BeamSnrs, scatter: float) -> NDArray[np.float64]:
    return np.asarray(np.hypot(1.0, scatter * snrs.snr))


def _log_widths(snrs: BeamSnrs, scatter: float) -> float:
    return float(np.log(_widths(snrs, scatter)[snrs.is_seen]).sum())
