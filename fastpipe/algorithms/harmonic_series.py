"""The harmonics of a signal as short complex series, cut out of a spectrum and freed of a frequency and its drift.

The bins around a harmonic, transformed back, are the series of a receiver tuned to that harmonic. Turned by the phase of a
guess it is constant where the guess is right and turns slowly where it is nearly right, so 64 values are enough whatever
the drift of the guess. By Parseval's theorem their sum is the correlation of the spectrum with the response of a drifting
sinusoid (Ransom, Eikenberry & Middleditch 2002, AJ 124, 1788).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

NVALUES: Final = 64
"""Values of a series over the whole transform: signals within 8 bins of the guess keep 95 % of their power."""

_SHORTEST_TRANSFORM: Final = 4 * NVALUES
_SLAB_POINTS: Final = 1 << 18
"""Points that are transformed at a time, for the sake of memory."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spin:
    """Frequencies and drifts of signals at the middle of a stretch of time, in Fourier bins of its length."""

    fourier_bin: NDArray[np.float64]
    """Frequency times length, shape [nsignals]."""
    z: NDArray[np.float64]
    """First derivative of the frequency times length squared, shape [nsignals]."""
    w: NDArray[np.float64]
    """Second derivative of the frequency times length cubed, shape [nsignals]."""

    def __getitem__(self, chosen: slice | NDArray[np.intp]) -> "Spin":
        """Return the spins of some of the signals."""
        return Spin(fourier_bin=self.fourier_bin[chosen], z=self.z[chosen], w=self.w[chosen])

    def in_part(self, part: float) -> "Spin":
        """Return these spins at the middle and in bins of the first `part` of the stretch, or of a longer one (part > 1)."""
        shift = (part - 1.0) / 2.0
        return Spin(
            fourier_bin=(self.fourier_bin + self.z * shift + self.w * shift**2 / 2.0) * part,
            z=(self.z + self.w * shift) * part**2,
            w=self.w * part**3,
        )

    def sweep_bins(self) -> NDArray[np.float64]:
        """Return how far frequencies may stray from those in the middle, in Fourier bins, shape [nsignals]."""
        return np.asarray(np.abs(self.z) / 2.0 + np.abs(self.w) / 8.0)


def phase_basis(filled: float) -> NDArray[np.float64]:
    """Return the turns of phase that a unit of frequency, z and w makes at each value of a series.

    Parameters
    ----------
    filled
        Part of the transform that holds data; zeros follow.

    Returns
    -------
    ndarray
        X, X^2 / 2 and X^3 / 6 with X the time from the middle of the data in units of their length, shape [3, NVALUES].
        Values after the end of the data, which are zeros in the series, have the X of that end.

    Examples
    --------
    >>> phase_basis(1.0)[:, 0].round(3).tolist()
    [-0.492, 0.121, -0.02]
    """
    starts = np.arange(NVALUES) / NVALUES
    middles = (np.minimum(starts, filled) + np.minimum(starts + 1.0 / NVALUES, filled)) / 2.0
    return _basis_at(middles, filled)


def harmonic_series(
    spectra: NDArray[np.float32],
    lanes: NDArray[np.integer],
    spin: Spin,
    nharm: int,
    *,
    filled: float,
    margin_bins: NDArray[np.int64],
) -> NDArray[np.complex64]:
    """Cut the harmonics of signals out of spectra, as series turned by the phases of these signals.

    Parameters
    ----------
    spectra
        Whitened spectra of 16 lanes, real and imaginary parts, shape [nbins, 2, 16]. The first and the last bin, which are
        real, take no part.
    lanes
        Lane of each signal, shape [nsignals].
    spin
        Frequency, z and w of each signal, for the part of the transform that holds data.
    nharm
        Harmonics of each signal.
    filled
        Part of the transform that holds data; zeros follow.
    margin_bins
        Bins of the transform used on either side of those that a signal sweeps over, shape [nsignals]. Leaving out the
        rest moves the largest power of a harmonic by up to 0.1 / `margin_bins` bins.

    Returns
    -------
    ndarray
        Series, shape [nsignals, nharm, NVALUES]; zeros for harmonics outside the spectrum. The squared modulus of the sum
        of a series has mean 1 in noise of mean power 1, and is the whole power of a signal that the guess fits.
    """
    order = np.arange(1, nharm + 1)
    sweep = (spin.sweep_bins()[:, np.newaxis] * order / filled).astype(np.int64)
    half_width = np.minimum(sweep + margin_bins[:, np.newaxis], len(spectra))
    npoints = np.maximum(1 << np.ceil(np.log2(3 * half_width)).astype(np.int64), _SHORTEST_TRANSFORM)
    series = np.empty((len(lanes), nharm, NVALUES), np.complex64)
    for length in np.unique(npoints):
        signals, harmonics = np.nonzero(npoints == length)
        step = max(1, _SLAB_POINTS // int(length))
        for start in range(0, len(signals), step):
            chosen, harmonic = signals[start : start + step], harmonics[start : start + step]
            tuned = _Tuned(spin[chosen], order[harmonic], half_width[chosen, harmonic], filled)
            series[chosen, harmonic] = _cut_out(spectra, lanes[chosen], tuned, int(length))
    return series


@dataclass(frozen=True, slots=True)
class _Tuned:
    """One harmonic of each of several signals, and the bins on either side that hold it."""

    spin: Spin
    order: NDArray[np.int64]
    half_width: NDArray[np.int64]
    filled: float

    def middle_bins(self) -> NDArray[np.int64]:
        return np.rint(self.order * self.spin.fourier_bin / self.filled).astype(np.int64)

    def turns(self, place: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the phase of the harmonics against their middle bins at places 0 to 1 of the transform."""
        residual = self.order * self.spin.fourier_bin - self.middle_bins() * self.filled
        weights = np.stack((residual, self.order * self.spin.z, self.order * self.spin.w))
        turns = np.einsum("ps,pj->sj", weights, _basis_at(place, self.filled))
        return np.asarray(turns - np.rint(turns))


def _cut_out(spectra: NDArray[np.float32], lanes: NDArray[np.integer], tuned: _Tuned, npoints: int) -> NDArray[np.complex64]:
    """Cut one harmonic of each signal out of the spectra by transforms of a common length, shape [nsignals, NVALUES]."""
    offsets = np.fft.fftfreq(npoints, 1.0 / npoints).astype(np.int64)
    bins = tuned.middle_bins()[:, np.newaxis] + offsets
    is_used = (np.abs(offsets) <= tuned.half_width[:, np.newaxis]) & (bins > 0) & (bins < len(spectra) - 1)
    bins[~is_used] = 0
    pair = spectra[bins, :, lanes[:, np.newaxis]]
    values = (pair[..., 0] + np.complex64(1j) * pair[..., 1]) * is_used
    # Values in the middles of the steps: their sums are integrals to second order, which the ends of a drift need.
    values *= np.exp(1j * np.pi * offsets / npoints).astype(np.complex64)
    series = np.fft.ifft(values, axis=1, norm="forward")
    place = (np.arange(npoints) + 0.5) / npoints
    series *= np.exp(np.complex64(-2j * np.pi) * tuned.turns(place).astype(np.float32))
    series[:, place >= tuned.filled] = 0.0
    return np.asarray(series.reshape(len(lanes), NVALUES, -1).sum(axis=2) / np.float32(npoints))


def _basis_at(place: NDArray[np.float64], filled: float) -> NDArray[np.float64]:
    """Return the phases of a unit of frequency, z and w at places 0 to 1 of the transform, shape [3, nplaces]."""
    x = place / filled - 0.5
    return np.stack((x, x**2 / 2.0, x**3 / 6.0))
