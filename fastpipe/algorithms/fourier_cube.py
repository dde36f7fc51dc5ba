"""A folded cube as Fourier coefficients over phase: sums for any frequency, drift and DM are sums of turned numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import LANES
from fastpipe.data.folded_cube import FoldedCube
from fastpipe.dispersion import dm_delay_s
from fastpipe_kernels.turned_sums import sum_turned


@dataclass(frozen=True, slots=True)
class FourierCube:
    """Harmonics of every sub-integration and sub-band, in units in which their sum has power of mean 1 in noise."""

    harmonics: NDArray[np.complex128]
    """Coefficients of harmonics 1, 2, ..., shape [nharm, nsubints, nsubbands]."""
    subint_mid_s: NDArray[np.float64]
    """Middle of each sub-integration in s after the epoch, shape [nsubints]."""
    turns_per_dm: NDArray[np.float64]
    """Turns by which a sub-band comes later for one pc cm^-3 more, shape [nsubbands]."""
    weights: NDArray[np.float64]
    """Part of the noise power that each cell holds, shape [nsubints, nsubbands], with the sum 1."""
    nbins: int
    """Phase bins of the cube."""


def _harmonic_ramps(turns: NDArray[np.float64], nharm: int) -> NDArray[np.complex128]:
    """Factors that turn harmonics 1 to nharm to later phase by the given turns, shape [nharm, ...]."""
    ramps = np.empty((nharm, *turns.shape), np.complex128)
    ramps[:1] = np.exp(-2j * np.pi * turns)
    # Powers by multiplication: one complex exponential for all harmonics.
    for index in range(1, nharm):
        np.multiply(ramps[index - 1], ramps[0], out=ramps[index])
    return ramps


def to_fourier(cube: FoldedCube, noise: float) -> FourierCube:
    """Transform a cube over phase.

    Parameters
    ----------
    cube
        Folded cube.
    noise
        Noise of one channel sample, positive.

    Returns
    -------
    FourierCube
        All harmonics below the Nyquist frequency of the bins, at which phase is not known.
    """
    counts = cube.counts.sum(axis=2, dtype=np.float64)
    unit = noise * np.sqrt(counts.sum())
    harmonics = np.empty(((cube.nbins - 1) // 2, *counts.shape), np.complex128)
    # One sub-integration after the other: what lies between stays in the cache.
    for index, profiles in enumerate(cube.cube):
        spectra = np.fft.rfft(profiles.astype(np.float64))[:, 1 : (cube.nbins + 1) // 2]
        np.multiply(spectra.T, 1.0 / unit, out=harmonics[:, index])
    return FourierCube(
        harmonics=harmonics,
        subint_mid_s=cube.subint_mid_s,
        turns_per_dm=cube.freq_hz * dm_delay_s(1.0, cube.subband_freqs_mhz, cube.reference_mhz),
        weights=counts / counts.sum(),
        nbins=cube.nbins,
    )


def sum_over_band(fourier: FourierCube, dm_offset: float) -> NDArray[np.complex128]:
    """Sum the sub-bands at a DM that differs by `dm_offset` pc cm^-3; shape [nharm, nsubints]."""
    ramp = _harmonic_ramps(-dm_offset * fourier.turns_per_dm, len(fourier.harmonics))
    return np.asarray(np.einsum("kib,kb->ki", fourier.harmonics, ramp))


def sum_over_time(fourier: FourierCube, freq_offset_hz: float, fdot_offset_hz_s: float) -> NDArray[np.complex128]:
    """Sum the sub-integrations at a frequency and drift that differ; shape [nharm, nsubbands]."""
    x = fourier.subint_mid_s
    ramp = _harmonic_ramps(freq_offset_hz * x + 0.5 * fdot_offset_hz_s * x * x, len(fourier.harmonics))
    return np.asarray(np.einsum("kib,ki->kb", fourier.harmonics, ramp))


def drift_grid(
    band_sums: NDArray[np.complex128],
    subint_mid_s: NDArray[np.float64],
    freq_offsets_hz: NDArray[np.float64],
    fdot_offsets_hz_s: NDArray[np.float64],
) -> NDArray[np.complex128]:
    """Sum sub-integrations at every frequency and drift of a grid, in the precision of float32.

    Parameters
    ----------
    band_sums
        Harmonics summed over the band, shape [nharm, nsubints].
    subint_mid_s
        Middle of each sub-integration in s after the epoch, shape [nsubints].
    freq_offsets_hz, fdot_offsets_hz_s
        Offsets in Hz, shape [nfreqs], and in Hz s^-1, shape [nfdots].

    Returns
    -------
    ndarray
        Harmonics of each sum, shape [nharm, nfdots, nfreqs].
    """
    of_fdot = _harmonic_ramps(0.5 * fdot_offsets_hz_s[:, None] * subint_mid_s**2, len(band_sums))
    return _turned_sums(of_fdot * band_sums[:, None, :], subint_mid_s[:, None] * freq_offsets_hz)


def dm_grid(
    time_sums: NDArray[np.complex128], turns_per_dm: NDArray[np.float64], dm_offsets: NDArray[np.float64]
) -> NDArray[np.complex128]:
    """Sum sub-bands, shape [nharm, nsubbands], at every DM offset in pc cm^-3, in float32; shape [nharm, ndms]."""
    return _turned_sums(time_sums[:, None, :], -turns_per_dm[:, None] * dm_offsets)[:, 0]


def _turned_sums(values: NDArray[np.complex128], turns: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Turn rows of harmonics, shape [nharm, na, nrows], by angles, shape [nrows, nd]; their sums, shape [nharm, na, nd]."""
    nharm, na, nrows = values.shape
    nblocks = -(-turns.shape[1] // LANES)
    ramps = np.ones((nrows, nblocks * LANES), np.complex64)
    ramps[:, : turns.shape[1]] = np.exp(-2j * np.pi * turns)
    lanes = np.stack((ramps.real, ramps.imag), axis=1).reshape(nrows, 2, nblocks, LANES)
    sums = np.empty((nharm, na, nblocks, 2, LANES), np.float32)
    pairs = values.astype(np.complex64).view(np.float32).reshape(nharm, na, nrows, 2)
    scratch = np.empty((nrows, 2, LANES), np.float32)
    sum_turned(pairs, np.ascontiguousarray(lanes.transpose(2, 0, 1, 3)), scratch, sums)
    joined = np.empty((nharm, na, turns.shape[1]), np.complex128)
    joined.real, joined.imag = (sums[:, :, :, part].reshape(nharm, na, -1)[:, :, : turns.shape[1]] for part in (0, 1))
    return joined


def detection_level(harmonics: NDArray[np.complex128]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the detection statistic of de Jager, and the number of harmonics that gives it.

    It is the largest over m of the power of harmonics 1 to m, less 2 (m - 1): half of the H statistic.

    Parameters
    ----------
    harmonics
        Harmonics in units of noise power 1, shape [nharm, ...].

    Returns
    -------
    level, nharm : ndarray
        Statistic and number of harmonics, shape [...].

    References
    ----------
    de Jager, Raubenheimer & Swanepoel 1989, A&A 221, 180.
    """
    numbers = np.arange(len(harmonics)).reshape(-1, *(1,) * (harmonics.ndim - 1))
    levels = np.cumsum(harmonics.real**2 + harmonics.imag**2, axis=0) - 2.0 * numbers
    return levels.max(axis=0), levels.argmax(axis=0) + 1
