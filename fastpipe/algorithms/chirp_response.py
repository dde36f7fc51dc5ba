"""Fourier response of a signal of which the frequency drifts at a constant rate.

A signal ``exp(2 pi i (r t + z t^2 / 2))``, with t from -1/2 to 1/2 the time from the middle of the observation in units of
its length, has frequency r at the middle and drifts by z bins. Its Fourier amplitude at bin k is a function of the offset
k - r and of z alone (Ransom, Eikenberry & Middleditch 2002, AJ 124, 1788).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_NO_DRIFT = 1e-5
"""Drift in bins below which the response is that of a sinusoid, to 3e-6 of its peak."""


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
