"""Fake filterbank data: pulses added to noise, and values cut to a few bits."""

from typing import Any

import numpy as np

from fastpipe_kernels._jit import kernel


@kernel
def add_pulses(times_s: Any, delays_s: Any, spin: Any, window: Any, profiles: Any, values: Any) -> None:
    """Add the pulses of one pulsar to a block of spectra.

    The phase of a sample is ``freq tau + fdot tau^2 / 2`` turns, with ``tau`` its time less the delay of the channel;
    profiles are interpolated linearly around phase 0 and are zero outside their window.

    Parameters
    ----------
    times_s
        Middle of each sample in s after the epoch, float64, shape [n].
    delays_s
        Delay of each channel in s, float64, shape [nchans].
    spin
        Frequency in Hz and its derivative in Hz s^-1 at the epoch, float64, shape [2].
    window
        Width of the profiles in turns, at most 1, float64.
    profiles
        Profile of each channel from phase -window / 2 to window / 2, both ends included, float32, shape [nchans, nbins + 1].
    values
        Spectra that the pulses are added to, float32, shape [n, nchans].

    Notes
    -----
    Cost: about 8 operations and 8 bytes a sample, and two more reads on pulse.
    """
    freq, half_fdot = spin[0], 0.5 * spin[1]
    nbins = profiles.shape[1] - 1
    scale = nbins / window
    # Two loops, so that the first one, without branches, is vectorised.
    positions = np.empty(values.shape[1], np.float64)
    for i in range(values.shape[0]):
        for j in range(positions.size):
            tau = times_s[i] - delays_s[j]
            turns = tau * (freq + half_fdot * tau)
            positions[j] = (turns - np.floor(turns + 0.5)) * scale + 0.5 * nbins
        for j in range(positions.size):
            if 0.0 <= positions[j] < nbins:
                left = int(positions[j])
                fraction = np.float32(positions[j] - left)
                values[i, j] += profiles[j, left] + fraction * (profiles[j, left + 1] - profiles[j, left])


@kernel
def quantise(values: Any, broadband: Any, mean: Any, std: Any, highest: Any, out: Any) -> None:
    """Scale spectra to counts and round them to whole numbers within the range of the recorder.

    ``out = clip(floor(mean + std (value + broadband) + 1/2), 0, highest)``.

    Parameters
    ----------
    values
        Spectra in units of the noise, float32, shape [n, nchans].
    broadband
        What is added to all channels of a spectrum, in units of the noise, float32, shape [n].
    mean, std
        Mean and standard deviation of the noise of each channel in counts, float32, shape [nchans].
    highest
        Largest count, float32: 2**nbits - 1.
    out
        Output: counts, uint8 or uint16, shape [n, nchans].

    Notes
    -----
    Cost: 6 operations and 5 bytes a sample.
    """
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            count = mean[j] + std[j] * (values[i, j] + broadband[i]) + np.float32(0.5)
            out[i, j] = np.uint16(min(max(count, np.float32(0.0)), highest))
