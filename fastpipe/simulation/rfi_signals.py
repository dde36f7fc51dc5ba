"""Interference of one recording, ready to be added to its noise."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.header import Header


class RFISignal(Protocol):
    """What one source of interference adds to a recording."""

    def add(self, start: int, values: NDArray[np.float32], rng: np.random.Generator) -> None:
        """Add the signal to spectra in units of the noise, in place.

        Parameters
        ----------
        start
            Number of the first sample.
        values
            Spectra, changed in place, shape [n, nchans].
        rng
            Source of the noise of the signal itself.
        """
        ...


class RFIFamily(Protocol):
    """A kind of interference with its strength; it draws its times and phases when a recording is made."""

    def make_signal(self, header: Header, rng: np.random.Generator) -> RFISignal:
        """Return the signal of one recording.

        Parameters
        ----------
        header
            Header of the recording.
        rng
            Source of random times and phases.
        """
        ...


@dataclass(frozen=True, slots=True)
class SteadySpectrum:
    """A signal whose strength changes with time and whose spectrum does not."""

    series: NDArray[np.float32]
    """Strength at each sample, shape [nsamples]."""
    levels: NDArray[np.float32]
    """What it adds to each channel at strength 1, in units of the noise, shape [nchans]."""
    noise: NDArray[np.float32]
    """Standard deviation of its own noise at strength 1, in the same units, shape [nchans]."""

    def add(self, start: int, values: NDArray[np.float32], rng: np.random.Generator) -> None:
        """Add the signal to spectra; see `RFISignal.add`."""
        rows = np.flatnonzero(self.series[start : start + len(values)])
        channels = np.flatnonzero(self.levels)
        if rows.size == 0 or channels.size == 0:
            return
        band = slice(int(channels[0]), int(channels[-1]) + 1)
        strength = self.series[start + rows, None]
        added = strength * self.levels[band]
        if self.noise[band].any():
            added += np.abs(strength) * self.noise[band] * rng.standard_normal(added.shape, np.float32)
        values[rows, band] += added


@dataclass(frozen=True, slots=True)
class DriftingSpectrum:
    """A signal of Gaussian spectrum that moves through the band."""

    series: NDArray[np.float32]
    """Level at the centre at each sample, in units of the noise; its own noise is as strong, shape [nsamples]."""
    centres_mhz: NDArray[np.float64]
    """Centre at each sample in MHz, shape [nsamples]."""
    width_mhz: float
    """Full width at half the level in MHz."""
    chan_freqs_mhz: NDArray[np.float64]
    """Centres of the channels in MHz, shape [nchans]."""

    def add(self, start: int, values: NDArray[np.float32], rng: np.random.Generator) -> None:
        """Add the signal to spectra; see `RFISignal.add`."""
        stop = start + len(values)
        centres_mhz = self.centres_mhz[start:stop]
        # Two widths from its centre a Gaussian is at 2e-5 of its level.
        near = (self.chan_freqs_mhz > centres_mhz.min() - 2.0 * self.width_mhz) & (
            self.chan_freqs_mhz < centres_mhz.max() + 2.0 * self.width_mhz
        )
        channels = np.flatnonzero(near)
        if channels.size == 0:
            return
        band = slice(int(channels[0]), int(channels[-1]) + 1)
        offsets = (self.chan_freqs_mhz[band] - centres_mhz[:, None]) / self.width_mhz
        levels = (self.series[start:stop, None] * np.exp2(-4.0 * offsets**2)).astype(np.float32)
        values[:, band] += levels * (1.0 + rng.standard_normal(levels.shape, np.float32))
