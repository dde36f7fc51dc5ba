"""Refinement of detections on the complex spectrum: frequency, drift and its change, jointly over harmonics, with errors.

The summed power of the harmonics is the logarithm of the likelihood of a pulse of unknown shape. Its top is found by
Newton's method; the inverse of its curvature gives the errors (for one sinusoid those of Ransom, Eikenberry & Middleditch
2002, AJ 124, 1788). Harmonics that hold noise only do not curve it, but move its top: the errors are the square roots of
the diagonal of H^-1 G H^-1, H the curvature and G the covariance of the gradient (Huber 1967, Proc. 5th Berkeley Symp. 1,
221).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.harmonic_series import Spin, harmonic_series, phase_basis
from fastpipe.algorithms.power_peak import PowerPeaks, best_on_grid, climb
from fastpipe.constants import LANES
from fastpipe.data.harmonic_powers import MOST_HARMONICS
from fastpipe.data.tables import Table
from fastpipe.errors import ConfigError

REFINED_DTYPE = np.dtype(
    [
        *(
            (name, "f8")
            for name in (
                *("freq_hz", "freq_err_hz", "fdot_hz_s", "fdot_err_hz_s", "fddot_hz_s2", "fddot_err_hz_s2"),
                *("fourier_bin", "fourier_bin_err", "z", "z_err", "w", "w_err", "power"),
            )
        ),
        ("harmonic_powers", "f4", (MOST_HARMONICS,)),
    ]
)
"""Columns of the refined table: values at the middle of the observation, errors of one standard deviation, summed power, and
the power of each harmonic, zeros beyond those summed."""

_PARAMETERS: Final = ("fourier_bin", "z", "w")
_COVARIANCE: Final = np.array([[1 / 12, 0, 1 / 480], [0, 1 / 720, 0], [1 / 480, 0, 1 / 16128]])
"""Covariance over the observation of the turns that a unit of frequency, z and w makes."""
_MARGIN_BINS: Final = (32, 4096)
_MARGIN_OF_AMPLITUDE: Final = 1.25
"""Margin over the root of the power: what lies outside then moves the top by 0.2 of an error at most."""
_BATCH: Final = 256
"""Detections refined at a time, for the sake of memory."""


def refine_detections(
    spectra: NDArray[np.float32], detections: Table, *, tsamp: float, nsamples: int, nfree: int = 2
) -> Table:
    """Refine detections to the largest summed power near them, with uncertainties.

    A grid of 0.75 bins, 3 in z and 20 in w of the highest harmonic around each detection gives the start; at most 15 of
    Newton's steps follow. What is not free keeps its value. Detections of one pulsar stay apart. Some 25 MiB of memory
    are used.

    In simulations (``python -m benchmarks.refinement_coverage``) the errors cover 60 to 76 % of the true values at one
    standard deviation, for sinusoids and narrow pulses, from sigma 5 on. Of the error from the curvature as measured and
    that from the curvature which the powers lead to expect, the larger is taken, because the position of a weak signal
    and the curvature there share their noise. Where signals are so weak that the curvature is not downwards, errors are
    infinite.

    Parameters
    ----------
    spectra
        Whitened spectra of 16 lanes, as `whitened_powers` leaves them, real and imaginary parts, shape
        [nbins, 2, 16], of an even number of samples.
    detections
        Peaks as the searches find them: columns `lane`, `freq_hz`, `nharm`, `power`, and `z` and `w` where it has them, else
        0. They are those of the fundamental at the middle of the transform, drifts in Fourier bins of its length.
    tsamp
        Sampling time in s.
    nsamples
        Samples of the series that hold data; those after them up to the length of the transform are zeros.
    nfree
        1 to refine the frequency, 2 for z too, 3 for w too.

    Returns
    -------
    Table
        A row for each detection in the same order, type `REFINED_DTYPE`. Errors are infinite for what is not free or not
        constrained. Frequency and z are independent; the error of the frequency grows 2.5 times where w is free. `power`
        is the largest summed power, mean 1 a harmonic in noise for given values.

    Raises
    ------
    ConfigError
        If an argument makes no sense.
    """
    if not (tsamp > 0.0 and len(spectra) > 1 and 0 < nsamples <= 2 * (len(spectra) - 1)):
        raise ConfigError(
            f"found {nsamples} samples of {tsamp} s for a spectrum of {len(spectra)} bins, expected up to two a bin "
            "and a positive sampling time; give those of the series that was transformed"
        )
    if nfree not in (1, 2, 3):
        raise ConfigError(f"found nfree = {nfree}, expected 1, 2 or 3; say how many of frequency, z and w to refine")
    nfft = 2 * (len(spectra) - 1)
    filled, tobs_s = nsamples / nfft, nsamples * tsamp
    guess = _guesses(detections, nfft, tsamp).in_part(filled)
    refined = np.empty(len(detections), REFINED_DTYPE)
    for nharm in np.unique(detections["nharm"]):
        places = np.flatnonzero(detections["nharm"] == nharm)
        for start in range(0, len(places), _BATCH):
            chosen = places[start : start + _BATCH]
            peaks = _find_peaks(spectra, detections[chosen], guess[chosen], filled, nfree)
            refined[chosen] = _table(guess[chosen], peaks, tobs_s)
    return refined


def _guesses(detections: Table, nfft: int, tsamp: float) -> Spin:
    """Return where to start, at the middle and in bins of the transform, after a check that it makes sense."""
    if len(detections) and not (np.isin(detections["lane"], np.arange(LANES)).all() and detections["nharm"].min() > 0):
        raise ConfigError(f"found lanes or numbers of harmonics out of range, expected lanes 0 to {LANES - 1}; correct them")
    names = detections.dtype.names or ()
    z, w = (np.array(detections[name] if name in names else np.zeros(len(detections)), np.float64) for name in ("z", "w"))
    guess = Spin(fourier_bin=np.array(detections["freq_hz"], np.float64) * (tsamp * nfft), z=z, w=w)
    is_inside = (guess.fourier_bin > 0.0) & (guess.fourier_bin < nfft / 2.0) & (guess.sweep_bins() < nfft / 2.0)
    if not is_inside.all():
        first = detections[int(np.argmin(is_inside))]
        raise ConfigError(
            f"found a detection at {first['freq_hz']} Hz that is or drifts outside the spectrum, expected 0 to "
            f"{0.5 / tsamp} Hz; give detections of this series"
        )
    return guess


def _find_peaks(spectra: NDArray[np.float32], detections: Table, guess: Spin, filled: float, nfree: int) -> PowerPeaks:
    """Find the tops of the power near detections that have the same number of harmonics."""
    margin = np.clip(_MARGIN_OF_AMPLITUDE * np.sqrt(np.maximum(detections["power"], 0.0)), *_MARGIN_BINS).astype(np.int64)
    nharm = int(detections["nharm"][0])
    series = harmonic_series(spectra, detections["lane"], guess, nharm, filled=filled, margin_bins=margin)
    basis = phase_basis(filled)[:nfree]
    return climb(series, basis, best_on_grid(series, basis))


def _table(guess: Spin, peaks: PowerPeaks, tobs_s: float) -> Table:
    table = np.zeros(len(peaks.power), REFINED_DTYPE)
    table["power"] = peaks.power
    table["harmonic_powers"][:, : peaks.harmonic_powers.shape[1]] = peaks.harmonic_powers
    errors = _errors(peaks)
    for index, (name, in_hz) in enumerate(zip(_PARAMETERS, ("freq", "fdot", "fddot"), strict=True)):
        unit = ("hz", "hz_s", "hz_s2")[index]
        is_free = index < errors.shape[1]
        table[name] = getattr(guess, name) + (peaks.offsets[:, index] if is_free else 0.0)
        table[f"{name}_err"] = errors[:, index] if is_free else np.inf
        table[f"{in_hz}_{unit}"] = table[name] / tobs_s ** (index + 1)
        table[f"{in_hz}_err_{unit}"] = table[f"{name}_err"] / tobs_s ** (index + 1)
    return table


def _errors(peaks: PowerPeaks) -> NDArray[np.float64]:
    """Return the larger of the errors by the curvature as measured and as the powers lead to expect, [nsignals, nfree]."""
    nfree = peaks.offsets.shape[1]
    information = 2.0 * (2.0 * np.pi) ** 2 * _COVARIANCE[:nfree, :nfree]
    unit = 1.0 / np.sqrt(np.diag(information))
    scaled = information * np.outer(unit, unit)
    scatter = peaks.squared_orders_power[:, np.newaxis, np.newaxis] * scaled
    measured = _variances(-peaks.curvature * np.outer(unit, unit), scatter)
    expected = _variances(peaks.squared_orders_signal[:, np.newaxis, np.newaxis] * scaled, scatter)
    return np.asarray(unit * np.sqrt(np.maximum(measured, expected)))


def _variances(curvature: NDArray[np.float64], scatter: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the diagonals of H^-1 G H^-1, infinite where H is not positive definite, shape [nsignals, nfree]."""
    is_top = np.linalg.eigvalsh(curvature)[:, 0] > 1e-6 * np.maximum(
        np.diagonal(scatter, axis1=1, axis2=2).max(axis=1), 1e-300
    )
    inverse = np.linalg.inv(np.where(is_top[:, np.newaxis, np.newaxis], curvature, np.eye(curvature.shape[1])))
    variances = np.einsum("nij,njk,nki->ni", inverse, scatter, inverse)
    return np.where(is_top[:, np.newaxis], variances, np.inf)
