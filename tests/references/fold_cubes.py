"""Folded cubes with a Gaussian pulse of known S/N, frequency, drift and DM in white noise, made without folding."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.folded_cube import FoldedCube
from fastpipe.dispersion import dm_delay_s


def pulse_shape(nbins: int, width: float, phase: NDArray[np.float64] | float = 0.5) -> NDArray[np.float64]:
    """Gaussian of standard deviation `width` turns at `phase`, wrapped, without its mean, shape [..., nbins]."""
    centre = (np.arange(nbins) + 0.5) / nbins
    distance = (centre - np.asarray(phase)[..., None] + 0.5) % 1.0 - 0.5
    pulse = np.exp(-0.5 * (distance / width) ** 2)
    return np.asarray(pulse - pulse.mean(axis=-1, keepdims=True))


def make_cube(
    rng: np.random.Generator,
    *,
    snr: float,
    width: float = 0.02,
    freq_hz: float = 5.0,
    freq_offset_hz: float = 0.0,
    fdot_offset_hz_s: float = 0.0,
    dm: float = 50.0,
    dm_offset: float = 0.0,
    shape: tuple[int, int, int] = (32, 32, 64),
    tobs_s: float = 60.0,
    band_mhz: tuple[float, float] = (1450.0, 1050.0),
    noise: float = 16.0,
    subint_gain: NDArray[np.float64] | float = 1.0,
    subband_gain: NDArray[np.float64] | float = 1.0,
) -> FoldedCube:
    """Cube folded at `freq_hz` and `dm` of a pulsar whose values are larger by the offsets.

    `snr` is that of the exact template, in the sum of the whole cube.
    """
    nsubints, nsubbands, nbins = shape
    x = ((np.arange(nsubints) + 0.5) / nsubints - 0.5) * tobs_s
    freqs = np.linspace(*band_mhz, nsubbands) if nsubbands > 1 else np.array([np.mean(band_mhz)])
    late = dm_offset * freq_hz * dm_delay_s(1.0, freqs, band_mhz[0])
    phase = 0.5 - (freq_offset_hz * x + 0.5 * fdot_offset_hz_s * x * x)[:, None] + late
    counts = np.full(shape, 1000.0)
    gain = np.broadcast_to(np.asarray(subint_gain), nsubints)[:, None] * np.broadcast_to(np.asarray(subband_gain), nsubbands)
    energy = np.sqrt(np.sum(pulse_shape(nbins, width) ** 2))
    amplitude = snr * noise * np.sqrt(1000.0 / (nsubints * nsubbands)) / energy * gain / gain.mean()
    cube = amplitude[..., None] * pulse_shape(nbins, width, phase) + rng.normal(0, noise * np.sqrt(1000.0), shape)
    cube -= cube.mean(axis=2, keepdims=True)
    return FoldedCube(cube.astype(np.float32), counts.astype(np.float32), x, freqs, freq_hz, 0.0, dm, band_mhz[0])


def noise_cube(rng: np.random.Generator, counts: NDArray[np.float64], noise: float = 16.0) -> FoldedCube:
    """Cube of white noise with the given counts, shape [nsubints, nsubbands, nbins], without the mean of each row."""
    sums = rng.standard_normal(counts.shape) * noise * np.sqrt(counts)
    total = counts.sum(axis=2, keepdims=True)
    sums -= counts * np.divide(sums.sum(axis=2, keepdims=True), total, out=np.zeros_like(total), where=total > 0)
    subint_mid_s, freqs = np.linspace(-30.0, 30.0, len(counts)), np.linspace(1450.0, 1050.0, counts.shape[1])
    return FoldedCube(sums.astype(np.float32), counts.astype(np.float32), subint_mid_s, freqs, 5.0, 0.0, 50.0, 1450.0)
