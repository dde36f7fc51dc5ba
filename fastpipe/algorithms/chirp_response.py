"""Fourier response of a signal of which the frequency drifts at a constant rate, or at a rate that changes steadily.

A signal ``exp(2 pi i (r t + z t^2 / 2 + w t^3 / 6))``, with t from -1/2 to 1/2 the time from the middle of the observation
in units of its length, has frequency r at the middle and drifts by z bins; w is the change of the drift. Its Fourier
amplitude at bin k is a function of the offset k - r, z and w alone (Ransom, Eikenberry & Middleditch 2002, AJ 124, 1788;
Andersen & Ransom 2018, ApJ 863, L13).
"""

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import ArrayLike, NDArray

_NO_DRIFT = 1e-5
"""Drift in bins below which the response is that of a sinusoid, to 3e-6 of its peak."""

_NODES = 32
_TURNS_A_PANEL = 8.0
"""Turns that 32 Gauss-Legendre nodes integrate to 1e-9."""
_MEAN_SHARE = 1 / 40


def mean_frequency_offset(w: float) -> float:
    """Return how far, in bins, the frequency that fits a change w of the drift best is above that at the middle.

    ``t^3 / 6 = t / 40 +`` a polynomial at right angles to t, so around this frequency r, z and w are independent.

    Examples
    --------
    >>> mean_frequency_offset(200.0)
    5.0
    """
    return _MEAN_SHARE * w


def jerk_responses(offset_bins: NDArray[np.float64], z: NDArray[np.float64], w: float) -> NDArray[np.complex128]:
    """Compute the integral of ``exp(2 pi i (z t^2 / 2 + w (t^3 / 6 - t / 40) - q t))`` over t from -1/2 to 1/2.

    There is no closed form. Gauss-Legendre quadrature on panels of at most 8 turns gives it to 1e-9 of a sinusoid's peak.

    Parameters
    ----------
    offset_bins
        Offsets q of the Fourier bin from r + w / 40, with r the frequency at the middle, in bins, shape [noffsets].
    z
        Drifts at the middle in bins, shape [ndrifts].
    w
        Change of the drift over the observation in bins: second derivative of the frequency times the cube of the length.

    Returns
    -------
    ndarray
        Complex amplitudes, shape [ndrifts, noffsets].

    Examples
    --------
    >>> drifts, offsets = np.array([0.0, 40.0]), np.arange(-300.0, 301.0)
    >>> (abs(jerk_responses(offsets, drifts, 300.0)) ** 2).sum(axis=1).round(2).tolist()
    [1.0, 1.0]
    """
    nodes, weights = leggauss(_NODES)
    sweep = float(abs(offset_bins).max(initial=0.0) + abs(z).max(initial=0.0) / 2.0 + abs(w) / 8.0)
    npanels = max(1, int(np.ceil(sweep / _TURNS_A_PANEL)))
    responses = np.zeros((len(z), len(offset_bins)), np.complex128)
    for panel in range(npanels):
        t = (panel + 0.5 + 0.5 * nodes) / npanels - 0.5
        cubic = w * (t**3 / 6.0 - _MEAN_SHARE * t)
        signals = np.exp(2j * np.pi * (np.multiply.outer(z, t * t / 2.0) + cubic)) * (0.5 * weights / npanels)
        responses += signals @ np.exp(-2j * np.pi * np.multiply.outer(t, offset_bins))
    return responses


def chirp_response(offset_bins: ArrayLike, z: float) -> NDArray[np.complex128]:
    """Compute ``R_z(q)``, the integral of ``exp(2 pi i (z t^2 / 2 - q t))`` over t from -1/2 to 1/2.

    By completing the square it becomes a difference of Fresnel integrals, C + i S from ``scipy.special.fresnel``. A
    transform that counts time from the start of the observation has the amplitudes ``exp(-i pi q) R_z(q)``. R_z is even in
    q, and that of -z is its complex conjugate.

    Parameters
    ----------
    offset_bins
        Offsets q of the Fourier bin from the frequency at the middle, in bins.
    z
        Drift over the observation in bins: derivative of the frequency times the square of the length.

    Returns
    -------
    ndarray
        Complex amplitude, 1 at offset 0 without drift, of the shape of `offset_bins`.

    Examples
    --------
    >>> abs(chirp_response([0.0, 0.5, 1.0], 0.0)).round(4).tolist()
    [1.0, 0.6366, 0.0]
    >>> round(float((abs(chirp_response(np.arange(-2000, 2001), 100.0)) ** 2).sum()), 3)
    1.0
    """
    from scipy.special import fresnel

    offsets = np.asarray(offset_bins, np.float64)
    if abs(z) < _NO_DRIFT:
        return np.sinc(offsets).astype(np.complex128)
    drift = abs(z)
    scale = np.sqrt(2.0 * drift)
    centre = offsets / drift
    upper_sine, upper_cosine = fresnel(scale * (0.5 - centre))
    lower_sine, lower_cosine = fresnel(scale * (-0.5 - centre))
    integral = (upper_cosine - lower_cosine) + 1j * (upper_sine - lower_sine)
    response = np.exp(-1j * np.pi * offsets * centre) * integral / scale
    return np.asarray(response if z > 0 else response.conj())
