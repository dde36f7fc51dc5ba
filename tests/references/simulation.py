"""The signal of a simulated pulsar by its definition: averages over fine steps of time and frequency."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import DISPERSION_CONSTANT, SPEED_OF_LIGHT_M_S
from fastpipe.data.header import Header
from fastpipe.simulation.pulsar import SimulatedPulsar


def pulse_shape(pulsar: SimulatedPulsar, header: Header, ntimes: int = 8, nfreqs: int = 16) -> NDArray[np.float64]:
    """Return the pulses with an intrinsic peak of 1, smeared by brute force, shape [nsamples, nchans]."""
    freq = 1.0 / pulsar.period_s
    fdot = -freq * pulsar.accel / SPEED_OF_LIGHT_M_S
    sigma = pulsar.duty_cycle / 2.3548200450309493
    freqs = header.chan_freqs_mhz
    steps = (np.arange(ntimes) + 0.5) / ntimes
    times = (np.arange(header.nsamples)[:, None] + steps).reshape(-1) * header.tsamp - header.tobs_s / 2
    out = np.zeros((header.nsamples, header.nchans))
    for j in range(header.nchans):
        delay = DISPERSION_CONSTANT * pulsar.dm * (freqs[j] ** -2 - freqs.max() ** -2)
        low, high = freqs[j] - abs(header.foff) / 2, freqs[j] + abs(header.foff) / 2
        smearing = DISPERSION_CONSTANT * pulsar.dm * (low**-2 - high**-2)
        for step in (np.arange(nfreqs) + 0.5) / nfreqs - 0.5:
            tau = times - delay - step * smearing
            turns = freq * tau + fdot * tau**2 / 2
            phase = turns - np.round(turns)
            gauss = sum(np.exp(-((phase + k) ** 2) / (2 * sigma**2)) for k in (-2, -1, 0, 1, 2))
            out[:, j] += gauss.reshape(-1, ntimes).mean(axis=1) / nfreqs
    return out
