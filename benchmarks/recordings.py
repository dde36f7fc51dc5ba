"""Recordings of noise for benchmarks, of any length without the memory for it."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.fast_band import BANDWIDTH_MHZ, FCH1_MHZ, TSAMP
from fastpipe.data.header import Header

_NOISE_SAMPLES = 4096
_STORED_BYTES = 2**27


def noise(nsamples: int, nchans: int) -> NDArray[np.uint8]:
    """Return 8-bit noise of mean 100 and standard deviation 16, shape [nsamples, nchans]."""
    values = np.random.default_rng(1).normal(100.0, 16.0, (nsamples, nchans))
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


class RepeatedRecording:
    """A recording of which the same samples come again and again, so that it fits in memory."""

    paths, gaps, oddities = (), (), ()

    def __init__(self, nchans: int, nsamples: int) -> None:
        foff = -BANDWIDTH_MHZ / nchans
        self.header = Header(nchans=nchans, nsamples=nsamples, tsamp=TSAMP, fch1=FCH1_MHZ, foff=foff, nbits=8)
        repeats = max(_STORED_BYTES // (_NOISE_SAMPLES * nchans), 2)
        self._data = np.tile(noise(_NOISE_SAMPLES, nchans), (repeats, 1))

    def read(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Return spectra, from one stretch or from the end and the start."""
        first = start % len(self._data)
        last = first + stop - start
        if last <= len(self._data):
            return self._data[first:last]
        return np.concatenate([self._data[first:], self._data[: last - len(self._data)]])
