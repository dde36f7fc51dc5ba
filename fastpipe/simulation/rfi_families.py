"""Families of interference: carriers, sparks, mains, radar, satellites, the noise diode, aviation.

Amplitudes are in units of the noise of one channel and one sample.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.data.noise_diode import square_wave
from fastpipe.data.sample_levels import SAMPLE_LEVELS
from fastpipe.errors import ConfigError
from fastpipe.simulation.rfi_signals import DriftingSpectrum, SteadySpectrum

# Receiver noise over its own fluctuation in one sample, as FAST's 8-bit samples hold it.
_LEVEL_OVER_NOISE: Final = SAMPLE_LEVELS[8][0] / SAMPLE_LEVELS[8][1]
_FWHM_OF_SIGMA: Final = math.sqrt(8.0 * math.log(2.0))


def _require_positive(family: object, *names: str) -> None:
    for name in names:
        value = getattr(family, name)
        if not 0.0 < value < np.inf:
            raise ConfigError(f"found {name} = {value}, expected a positive number; correct it")


def _in_band(header: Header, centre_mhz: float, width_mhz: float, level: float) -> NDArray[np.float32]:
    """Level in the channels within a range of frequency, in the nearest one at least, shape [nchans]."""
    distance = np.abs(header.chan_freqs_mhz - centre_mhz)
    inside = distance <= max(width_mhz / 2.0, float(distance.min()))
    return np.where(inside, np.float32(level), np.float32(0.0))


def _events(
    header: Header, rng: np.random.Generator, rate_hz: float, width_s: float, amplitude: float
) -> NDArray[np.float32]:
    """Pulses at random times with exponentially distributed heights, shape [nsamples]."""
    series = np.zeros(header.nsamples, np.float32)
    starts = rng.integers(0, header.nsamples, rng.poisson(rate_hz * header.tobs_s))
    heights = rng.exponential(amplitude, starts.size).astype(np.float32)
    for step in range(max(1, round(width_s / header.tsamp))):
        inside = starts + step < header.nsamples
        np.add.at(series, starts[inside] + step, heights[inside])
    return series


@dataclass(frozen=True, kw_only=True, slots=True)
class Carrier:
    """A narrow-band transmitter, always on or in bursts; it is as noisy as it is strong."""

    freq_mhz: float
    """Centre in MHz."""
    bandwidth_mhz: float = 0.0
    """Width in MHz; one channel at least."""
    amplitude: float = 5.0
    """Level above the mean of the channel, and standard deviation of its noise."""
    on_fraction: float = 1.0
    """Part of the time that it is on."""
    burst_s: float = 1.0
    """Mean length of a burst in s."""

    def __post_init__(self) -> None:
        _require_positive(self, "freq_mhz", "amplitude", "burst_s")
        if not 0.0 < self.on_fraction <= 1.0:
            raise ConfigError(f"found on_fraction = {self.on_fraction}, expected a fraction above 0; correct it")

    def make_signal(self, header: Header, rng: np.random.Generator) -> SteadySpectrum:
        """Return the signal of one recording; see `RFIFamily.make_signal`."""
        levels = _in_band(header, self.freq_mhz, self.bandwidth_mhz, self.amplitude)
        return SteadySpectrum(self._bursts(header, rng), levels, levels)

    def _bursts(self, header: Header, rng: np.random.Generator) -> NDArray[np.float32]:
        series = np.ones(header.nsamples, np.float32)
        if self.on_fraction == 1.0:
            return series
        mean_off_s = self.burst_s * (1.0 - self.on_fraction) / self.on_fraction
        time_s, is_on = 0.0, bool(rng.random() < self.on_fraction)
        while time_s < header.tobs_s:
            length_s = rng.exponential(self.burst_s if is_on else mean_off_s)
            if not is_on:
                series[round(time_s / header.tsamp) : round((time_s + length_s) / header.tsamp)] = 0.0
            time_s, is_on = time_s + length_s, not is_on
        return series


@dataclass(frozen=True, kw_only=True, slots=True)
class Sparks:
    """Broadband impulses at random times and of random heights, a little stronger at the bottom of the band."""

    rate_hz: float = 0.5
    """Mean number a second."""
    amplitude: float = 2.0
    """Mean height in the middle of the band."""
    width_s: float = 5e-4
    """Length in s."""

    def __post_init__(self) -> None:
        _require_positive(self, "rate_hz", "amplitude", "width_s")

    def make_signal(self, header: Header, rng: np.random.Generator) -> SteadySpectrum:
        """Return the signal of one recording; see `RFIFamily.make_signal`."""
        series = _events(header, rng, self.rate_hz, self.width_s, self.amplitude)
        levels = (header.fcenter_mhz / header.chan_freqs_mhz).astype(np.float32)
        return SteadySpectrum(series, levels, np.zeros_like(levels))


@dataclass(frozen=True, kw_only=True, slots=True)
class Mains:
    """Hum of the power line and its harmonics: cosines of random phase, in all channels alike or in a part of the band."""

    freq_hz: float = 50.0
    """Frequency in Hz."""
    nharm: int = 4
    """Number of harmonics; harmonic h has amplitude / h."""
    amplitude: float = 0.1
    """Amplitude of the fundamental."""
    centre_mhz: float | None = None
    """Centre of the part of the band in MHz; None is all of it."""
    bandwidth_mhz: float = 0.0
    """Width of the part of the band in MHz; one channel at least."""

    def __post_init__(self) -> None:
        _require_positive(self, "freq_hz", "nharm", "amplitude")

    def make_signal(self, header: Header, rng: np.random.Generator) -> SteadySpectrum:
        """Return the signal of one recording; see `RFIFamily.make_signal`."""
        turns = (np.arange(header.nsamples) + 0.5) * header.tsamp * self.freq_hz
        phases = rng.random(self.nharm)
        series = np.zeros(header.nsamples)
        for harmonic in range(1, self.nharm + 1):
            series += np.cos(2.0 * np.pi * (harmonic * turns + phases[harmonic - 1])) / harmonic
        if self.centre_mhz is None:
            levels = np.full(header.nchans, np.float32(self.amplitude))
        else:
            levels = _in_band(header, self.centre_mhz, self.bandwidth_mhz, self.amplitude)
        return SteadySpectrum(series.astype(np.float32), levels, np.zeros_like(levels))


@dataclass(frozen=True, kw_only=True, slots=True)
class Radar:
    """A pulsed transmitter whose rotating beam passes the telescope once a turn."""

    centre_mhz: float
    """Centre of its band in MHz."""
    bandwidth_mhz: float = 8.0
    """Width of its band in MHz."""
    amplitude: float = 100.0
    """Level during a pulse in the middle of a passage; its noise is as strong."""
    rotation_s: float = 12.0
    """Time of one turn in s."""
    passage_s: float = 0.1
    """Time for which the beam is above half of its maximum, in s."""
    pulse_hz: float = 350.0
    """Pulses a second."""
    pulse_s: float = 1e-4
    """Length of a pulse in s; a shorter pulse than a sample is diluted in it."""

    def __post_init__(self) -> None:
        _require_positive(self, "centre_mhz", "amplitude", "rotation_s", "passage_s", "pulse_hz", "pulse_s")

    def make_signal(self, header: Header, rng: np.random.Generator) -> SteadySpectrum:
        """Return the signal of one recording; see `RFIFamily.make_signal`."""
        first_pass_s = rng.random() * self.rotation_s
        times_s = (np.arange(header.nsamples) + 0.5) * header.tsamp - first_pass_s
        offset_s = times_s - self.rotation_s * np.round(times_s / self.rotation_s)
        beam = np.exp(-0.5 * (offset_s * _FWHM_OF_SIGMA / self.passage_s) ** 2)
        period_samples, on_samples = 1.0 / (self.pulse_hz * header.tsamp), self.pulse_s / header.tsamp
        pulses = square_wave(period_samples, on_samples, rng.random() * period_samples, 0, header.nsamples)
        levels = _in_band(header, self.centre_mhz, self.bandwidth_mhz, self.amplitude)
        # Far from the passage nothing is left that 8 bits could hold.
        return SteadySpectrum(np.where(beam > 1e-4, beam * pulses, 0.0).astype(np.float32), levels, levels)


@dataclass(frozen=True, kw_only=True, slots=True)
class Satellite:
    """A carrier some MHz wide that moves through the band, rises and sets over the recording, and fades."""

    start_mhz: float
    """Centre at the start of the recording in MHz."""
    drift_mhz_s: float
    """Speed through the band in MHz s^-1, with sign."""
    width_mhz: float = 5.0
    """Full width at half the level in MHz."""
    amplitude: float = 6.0
    """Greatest level; its noise is as strong as its level."""
    fade_s: float = 5.0
    """Time between two minima of the fading in s."""

    def __post_init__(self) -> None:
        _require_positive(self, "start_mhz", "width_mhz", "amplitude", "fade_s")

    def make_signal(self, header: Header, rng: np.random.Generator) -> DriftingSpectrum:
        """Return the signal of one recording; see `RFIFamily.make_signal`."""
        times_s = (np.arange(header.nsamples) + 0.5) * header.tsamp
        fading = np.cos(np.pi * (times_s / self.fade_s + rng.random())) ** 2
        passage = np.sin(np.pi * times_s / header.tobs_s)
        return DriftingSpectrum(
            series=(self.amplitude * passage * fading).astype(np.float32),
            centres_mhz=np.asarray(self.start_mhz + self.drift_mhz_s * times_s, np.float64),
            width_mhz=self.width_mhz,
            chan_freqs_mhz=header.chan_freqs_mhz,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SwitchedDiode:
    """A calibration noise diode that is switched on and off; it raises the level and with it the noise of every channel."""

    period_s: float = 1.0
    """Time between two switchings on in s."""
    on_fraction: float = 0.125
    """Part of the time that it is on: 1/2, 1/8, 1/16 for ratios on to off of 1:1, 1:7, 1:15."""
    first_on_s: float = 0.3
    """Time of the first switching on in s."""
    amplitude: float = 1.0
    """Rise in the middle of the band."""
    slope: float = 0.3
    """Rise at the top of the band less that at the bottom, over that in the middle."""

    def __post_init__(self) -> None:
        _require_positive(self, "period_s", "on_fraction", "amplitude")

    def make_signal(self, header: Header, rng: np.random.Generator) -> SteadySpectrum:  # noqa: ARG002
        """Return the signal of one recording; it has no random times."""
        period_samples = self.period_s / header.tsamp
        series = square_wave(
            period_samples, self.on_fraction * period_samples, self.first_on_s / header.tsamp, 0, header.nsamples
        )
        position = (header.chan_freqs_mhz - header.fcenter_mhz) / header.bandwidth_mhz
        levels = self.amplitude * (1.0 + self.slope * position)
        # Noise is proportional to the level of the receiver and the diode together.
        noise = np.sqrt((1.0 + levels / _LEVEL_OVER_NOISE) ** 2 - 1.0)
        return SteadySpectrum(series, levels.astype(np.float32), noise.astype(np.float32))


@dataclass(frozen=True, kw_only=True, slots=True)
class AviationPulses:
    """Answers of aircraft near 1090 MHz: short pulses at random times in a few channels, heights random."""

    centre_mhz: float = 1090.0
    """Centre of the channels in MHz."""
    bandwidth_mhz: float = 4.0
    """Width in MHz."""
    rate_hz: float = 150.0
    """Mean number of pulses a second."""
    amplitude: float = 8.0
    """Mean height of a pulse; its noise is as strong."""
    width_s: float = 1.2e-4
    """Length of a pulse in s; one sample at least."""

    def __post_init__(self) -> None:
        _require_positive(self, "centre_mhz", "rate_hz", "amplitude", "width_s")

    def make_signal(self, header: Header, rng: np.random.Generator) -> SteadySpectrum:
        """Return the signal of one recording; see `RFIFamily.make_signal`."""
        levels = _in_band(header, self.centre_mhz, self.bandwidth_mhz, 1.0)
        return SteadySpectrum(_events(header, rng, self.rate_hz, self.width_s, self.amplitude), levels, levels)
