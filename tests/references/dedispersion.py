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
