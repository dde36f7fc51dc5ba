"""A simulated pulsar: its spin, its profile in every channel, and the amplitude that gives a stated S/N."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import SPEED_OF_LIGHT_M_S
from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.header import Header
from fastpipe.dispersion import channel_smearing_s, dm_delay_s
from fastpipe.errors import ConfigError
from fastpipe_kernels.simulation import add_pulses

# 46 bins a standard deviation of a narrow profile; more would push the profiles of all channels out of the cache.
_NBINS = 512
_FWHM_OF_SIGMA = math.sqrt(8.0 * math.log(2.0))
# A Gaussian is below 1e-6 of its peak beyond 5.3 standard deviations.
_SIGMAS_ON_PULSE = 11.0


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedPulsar:
    """A pulsar with a Gaussian profile and the same S/N in every channel before smearing.

    The peak of a pulse passes the centre of the highest channel at the middle of the recording (phase 0), and phase runs
    as ``freq t + fdot t^2 / 2`` from there, with ``fdot = -freq accel / c``. Sample i lasts from i to i + 1 sampling times
    after the start; its value is the average over that time and over the width of its channel, so the profile is smeared
    by both. Delays are exact, not rounded to samples.

    `snr` is that of the best possible search of the recording before it is cut to bits: the root of the sum over all
    samples and living channels of ``(signal / noise)^2``, the signal as smeared and less its mean over a turn, the noise
    that of the receiver without interference. The sum is taken as that over whole turns.
    """

    period_s: float
    """Spin period in s at the middle of the recording."""
    dm: float
    """Dispersion measure in pc cm^-3."""
    snr: float
    """Matched-filter S/N over the whole recording; see above."""
    duty_cycle: float = 0.05
    """Full width of the intrinsic profile at half its height, in turns."""
    accel: float = 0.0
    """Line-of-sight acceleration in m s^-2, positive away from us."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.period_s) and self.period_s > 0.0):
            raise ConfigError(f"found period_s = {self.period_s}, expected a positive period; correct it")
        if not 0.0 < self.duty_cycle < 1.0:
            raise ConfigError(f"found duty_cycle = {self.duty_cycle}, expected 0 to 1 turns; correct it")
        for name, value in (("dm", self.dm), ("snr", self.snr)):
            if not (math.isfinite(value) and value >= 0.0):
                raise ConfigError(f"found {name} = {value}, expected no negative number; correct it")
        if not math.isfinite(self.accel):
            raise ConfigError(f"found accel = {self.accel}, expected a number in m s^-2; correct it")

    @property
    def freq_hz(self) -> float:
        """Spin frequency in Hz at the middle of the recording."""
        return 1.0 / self.period_s

    @property
    def fdot_hz_s(self) -> float:
        """Derivative of the spin frequency in Hz s^-1."""
        return -self.freq_hz * self.accel / SPEED_OF_LIGHT_M_S


@dataclass(frozen=True, slots=True)
class PulseTemplates:
    """The pulses of a pulsar in the channels of one recording, ready to be added."""

    spin: NDArray[np.float64]
    """Frequency in Hz and its derivative in Hz s^-1 at the middle of the recording, shape [2]."""
    delays_s: NDArray[np.float64]
    """Delay of each channel behind the highest one in s, shape [nchans]."""
    window: float
    """Width of the profiles in turns, centred on the peak."""
    profiles: NDArray[np.float32]
    """Signal over noise of each channel across the window, both ends included, shape [nchans, nbins + 1]."""
    header: Header
    """Header of the recording."""
    barycentre: BarycentricModel | None
    """How time runs at the barycentre, if the spin is that seen there; None for that at the telescope."""

    def add(self, start: int, values: NDArray[np.float32]) -> None:
        """Add the pulses to spectra in units of the noise, in place.

        Parameters
        ----------
        start
            Position of the first spectrum in the recording.
        values
            Spectra, changed in place, shape [n, nchans].
        """
        header = self.header
        samples = np.arange(start, start + len(values), dtype=np.float64) + 0.5
        if self.barycentre is None:
            times_s = (samples - header.nsamples / 2.0) * header.tsamp
        else:
            mid_s = self.barycentre.to_barycentric_s(np.array([header.tobs_s / 2.0]))
            times_s = self.barycentre.to_barycentric_s(samples * header.tsamp) - mid_s
        add_pulses(times_s, self.delays_s, self.spin, self.window, self.profiles, values)


def make_pulse_templates(
    pulsar: SimulatedPulsar, header: Header, is_alive: NDArray[np.bool_], barycentre: BarycentricModel | None = None
) -> PulseTemplates:
    """Make the profiles of a pulsar in all channels, scaled to its S/N.

    The Fourier coefficients of a Gaussian smeared by two boxes (the sampling time, the delay across the channel) are those
    of the Gaussian times one sinc for each box.

    Parameters
    ----------
    pulsar
        The pulsar.
    header
        Header of the recording.
    is_alive
        Channels that record anything, shape [nchans].
    barycentre
        How time runs at the barycentre, if the spin is that seen there; None for that at the telescope.

    Returns
    -------
    PulseTemplates
        Profiles and delays of all channels.
    """
    freqs_mhz = header.chan_freqs_mhz
    sample_turns = header.tsamp * pulsar.freq_hz
    channel_turns = channel_smearing_s(pulsar.dm, freqs_mhz, header.foff) * pulsar.freq_hz
    sigma_turns = pulsar.duty_cycle / _FWHM_OF_SIGMA
    # Beyond one turn pulses overlap: the Fourier series with the period of a turn then adds them up by itself.
    window = min(1.0, _SIGMAS_ON_PULSE * sigma_turns + sample_turns + float(channel_turns.max()))
    harmonics = np.arange(_NBINS // 2 + 1) / window
    coefficients = np.exp(-2.0 * (np.pi * sigma_turns * harmonics) ** 2) * np.sinc(sample_turns * harmonics)
    coefficients = coefficients * np.sinc(channel_turns[:, None] * harmonics)
    coefficients[:, 1::2] *= -1.0  # puts the peak in the middle of the window
    profiles = np.fft.irfft(coefficients, _NBINS, axis=1, norm="forward") / window
    # Over a turn the profile has mean 1, so this is its variance.
    variance = window * np.mean(profiles**2, axis=1) - 1.0
    signal = header.nsamples * float(variance[is_alive].sum())
    amplitude = pulsar.snr / math.sqrt(signal) if signal > 0.0 else 0.0
    scaled = (amplitude * np.concatenate((profiles, profiles[:, :1]), axis=1)).astype(np.float32)
    return PulseTemplates(
        spin=np.array([pulsar.freq_hz, pulsar.fdot_hz_s]),
        delays_s=dm_delay_s(pulsar.dm, freqs_mhz, float(freqs_mhz.max())),
        window=window,
        profiles=scaled,
        header=header,
        barycentre=barycentre,
    )
