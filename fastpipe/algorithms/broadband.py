"""Whether the channels share noise, so that a zero-DM filter is worth its price."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_LEAST_SEGMENTS: Final = 4
_LEAST_SAMPLES: Final = 64
"""Fewer segments, or shorter ones, cannot tell."""
_LEAST_PRESENT: Final = 0.5
"""Part of a segment that must not be masked for it to count."""
_EXCESS: Final = 2.0
"""Power over that of independent noise. Neighbouring channels that overlap reach 1.3; a filter that halves the noise power
gains 40 % of S/N, and costs a pulse a tenth as wide as the sweep of the band 15 %."""


def has_broadband(segments: NDArray[np.float32]) -> bool:
    """Decide whether the sum over the band is clearly more than independent noise of the channels.

    Only the highest octave of frequency counts. Below it, mains and other lines are birdies, drifts of the gain are removed
    by whitening, and a bright pulsar at low DM looks like interference; at the highest frequencies it has no power left.

    Parameters
    ----------
    segments
        Sums over the good channels in stretches of the recording, where independent noise has a standard deviation of 1 and
        masked samples are 0, shape [nsegments, nsamples].

    Returns
    -------
    bool
        True where in most segments the power of the highest octave is twice that of independent noise. False for fewer than
        four segments of 64 samples.

    Notes
    -----
    A mean over 1000 frequencies and a median over four segments: independent noise comes not within 20 standard deviations
    of the threshold.
    """
    nsamples = segments.shape[1]
    segments = segments[np.count_nonzero(segments, axis=1) > _LEAST_PRESENT * nsamples]
    if len(segments) < _LEAST_SEGMENTS or nsamples < _LEAST_SAMPLES:
        return False
    present = segments != 0.0
    # A window without steps keeps strong slow signals out of the highest frequencies.
    window = np.hanning(nsamples) * present
    means = segments.sum(axis=1, keepdims=True) / present.sum(axis=1, keepdims=True)
    powers = np.abs(np.fft.rfft((segments - means) * window)) ** 2 / (window**2).sum(axis=1, keepdims=True)
    nyquist = nsamples // 2
    return bool(np.median(powers[:, nyquist // 2 : nyquist].mean(axis=1)) > _EXCESS)
