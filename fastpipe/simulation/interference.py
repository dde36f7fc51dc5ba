"""Simulated interference: dead and noisy channels, mains, sparks, drifting gain."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.errors import ConfigError
from fastpipe.simulation.rfi_signals import RFIFamily


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedInterference:
    """What disturbs a recording. Amplitudes are in units of the noise of one channel and one sample; the default is none."""

    dead_channels: tuple[int, ...] = ()
    """Channels that record zeros."""
    narrowband_channels: tuple[int, ...] = ()
    """Channels with a carrier in them: their level and their noise are raised."""
    narrowband_amplitude: float = 5.0
    """Level of a carrier above the channel's mean, and standard deviation of the noise it adds."""
    mains_hz: float = 50.0
    """Frequency of the broadband periodic signal at DM 0 in Hz."""
    mains_amplitude: float = 0.0
    """Amplitude of that signal, a cosine, in every channel."""
    spark_rate_hz: float = 0.0
    """Mean number of broadband sparks a second, at DM 0 and at random times."""
    spark_amplitude: float = 5.0
    """Height of a spark in every channel."""
    spark_width_s: float = 2e-4
    """Length of a spark in s."""
    drift_amplitude: float = 0.0
    """Standard deviation of the drift of the level, common to all channels, with a power spectrum that falls as f^-2."""
    families: tuple[RFIFamily, ...] = ()
    """Further sources, each with random numbers of its own; `fastpipe.simulation.rfi_families` has them."""

    def __post_init__(self) -> None:
        for name in ("narrowband_amplitude", "mains_hz", "spark_rate_hz", "spark_width_s", "drift_amplitude"):
            value = getattr(self, name)
            if not 0.0 <= value < np.inf:
                raise ConfigError(f"found {name} = {value}, expected no negative number; correct it")

    def check_channels(self, nchans: int) -> None:
        """Refuse channels that a recording of `nchans` channels does not have.

        Raises
        ------
        ConfigError
            If there is one.
        """
        for channel in self.dead_channels + self.narrowband_channels:
            if not 0 <= channel < nchans:
                raise ConfigError(f"found interference in channel {channel}, expected 0 to {nchans - 1}; correct it")

    def add_narrowband(self, values: NDArray[np.float32]) -> None:
        """Raise level and noise of the narrow-band channels, in place.

        Parameters
        ----------
        values
            Noise in units of its standard deviation, changed in place, shape [n, nchans].
        """
        amplitude = np.float32(self.narrowband_amplitude)
        for channel in self.narrowband_channels:
            values[:, channel] *= np.sqrt(np.float32(1.0) + amplitude**2)
            values[:, channel] += amplitude

    def broadband(self, header: Header, rng: np.random.Generator) -> NDArray[np.float32]:
        """Return what is added to all channels of each sample.

        Parameters
        ----------
        header
            Header of the recording.
        rng
            Source of the random times and phases.

        Returns
        -------
        ndarray
            Broadband signal in units of the noise of a channel, shape [nsamples].
        """
        nsamples, tsamp = header.nsamples, header.tsamp
        times_s = (np.arange(nsamples) + 0.5) * tsamp
        signal = self.mains_amplitude * np.cos(2.0 * np.pi * self.mains_hz * times_s)
        starts = rng.integers(0, nsamples, rng.poisson(self.spark_rate_hz * header.tobs_s))
        width_samples = max(1, round(self.spark_width_s / tsamp))
        for start in starts.tolist():
            signal[start : start + width_samples] += self.spark_amplitude
        if self.drift_amplitude > 0.0 and nsamples > 2:
            signal += self.drift_amplitude * _drift(nsamples, rng)
        return np.asarray(signal, np.float32)


def _drift(nsamples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    harmonics = np.arange(1, nsamples // 2 + 1)
    phases = rng.uniform(0.0, 2.0 * np.pi, harmonics.size)
    coefficients = np.concatenate(([0.0], np.exp(1j * phases) / harmonics))
    drift = np.fft.irfft(coefficients, nsamples)
    return np.asarray(drift / drift.std())
