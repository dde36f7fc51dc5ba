"""Dedispersion from its definition: every channel moved by its own delay and added, slowly."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.dispersion import dm_delay_s


def exact_delays(chan_freqs_mhz: NDArray[np.float64], tsamp: float, dm_trials: NDArray[np.float64]) -> NDArray[np.float64]:
    """Delays in samples against the top of the band, not rounded, shape [ntrials, nchans]."""
    return dm_delay_s(dm_trials[:, None], chan_freqs_mhz[None, :], chan_freqs_mhz[0]) / tsamp


def add_delayed(channels: NDArray[np.uint8], delays: NDArray[np.int64], lead: int, nsamples: int) -> NDArray[np.int64]:
    """Add channels moved by whole samples: out[trial, t] = sum over c of channels[c, lead + t + delays[trial, c]]."""
    out = np.zeros((len(delays), nsamples), np.int64)
    for trial, row in enumerate(delays):
        for channel, delay in enumerate(row):
            start = lead + delay
            out[trial] += channels[channel, start : start + nsamples]
    return out


def kept_snr(delays: NDArray[np.int64], exact: NDArray[np.float64], width_samples: float) -> NDArray[np.float64]:
    """Fraction of the matched-filter S/N of a Gaussian pulse that rounded delays keep, shape [ntrials].

    The channels of a pulse of full width `width_samples` at half maximum arrive misaligned by the errors of the delays; the
    sum is compared with the pulse that all channels would make together, the best common delay taken out.
    """
    errors = delays - exact
    errors = errors - errors.mean(axis=1, keepdims=True)
    sigma = width_samples / np.sqrt(8 * np.log(2))
    return np.asarray(np.exp(-(errors**2) / (4 * sigma**2)).mean(axis=1))


def kept_by_pairs(errors: NDArray[np.float64], width_samples: float) -> float:
    """Fraction of its S/N that a Gaussian pulse keeps under the filter for its smeared shape, one DM trial.

    The energy of the sum of all channels, each late by its error, is the sum over pairs of channels of the overlap of two
    Gaussians of full width `width_samples` at half maximum.
    """
    sigma = width_samples / np.sqrt(8 * np.log(2))
    energy = 0.0
    for one in errors:
        for other in errors:
            energy += np.exp(-((one - other) ** 2) / (4 * sigma**2))
    return float(np.sqrt(energy) / len(errors))


def gaussian_pulse(delays: NDArray[np.float64], nsamples: int, middle: float, width_samples: float) -> NDArray[np.uint8]:
    """8-bit channels with one strong pulse, late by the exact delay of each channel: 100 counts above 128 at its top."""
    sigma = width_samples / np.sqrt(8 * np.log(2))
    time = np.arange(nsamples) - middle
    pulse = 100.0 * np.exp(-((time - delays[:, None]) ** 2) / (2 * sigma**2))
    return np.rint(128.0 + pulse).astype(np.uint8)
