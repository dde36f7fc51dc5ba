"""The spectrum of one DM trial, and sums of its harmonics, that show themselves."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.harmonic_sums import harmonic_sums
from fastpipe.algorithms.significance import log_noise_probability, power_threshold, sigma_from_log_probability
from fastpipe.data.trial_series import TrialPowers
from fastpipe.explore.candidate import Candidate
from fastpipe.explore.facts import facts_html, facts_text
from fastpipe.plotting.picture import Picture
from fastpipe.plotting.spectrum import draw_spectrum, draw_sums

_SIGMA = 5.0
_LEAST_HZ = 0.2
_LEAST_BIN = 8


class Spectrum:
    """Whitened powers of a series, in which noise has mean 1 and an exponential distribution.

    Parameters
    ----------
    trial
        The powers at half Fourier bins.
    """

    def __init__(self, trial: TrialPowers) -> None:
        self.trial = trial

    @property
    def powers(self) -> NDArray[np.float32]:
        """Powers at half Fourier bins, shape [nfft]."""
        return self.trial.powers

    @property
    def freqs_hz(self) -> NDArray[np.float64]:
        """Their frequencies in Hz, shape [nfft]."""
        return self.trial.freqs_hz

    @property
    def dm(self) -> float:
        """DM in pc cm^-3."""
        return self.trial.dm

    @property
    def frame(self) -> str:
        """Frame of the frequencies: topocentric or barycentric."""
        return self.trial.frame

    def harmonic_sums(self, nharm: int = 8) -> "HarmonicSums":
        """Add the powers of harmonics, as the search does for every frequency.

        Parameters
        ----------
        nharm
            Harmonics to sum: 1, 2, 4, 8, 16 or 32.

        Raises
        ------
        ConfigError
            If the number of harmonics is none of these.
        """
        return HarmonicSums(self.trial, nharm)

    def plot(self, signal: Candidate | float | None = None) -> Picture:
        """Draw the spectrum.

        Parameters
        ----------
        signal
            A candidate, or a frequency in Hz, whose harmonics are marked and drawn one by one; None for none.
        """
        return Picture(draw_spectrum(self.trial, _freq_hz(signal, self.frame)))

    def _facts(self) -> list[tuple[str, str]]:
        freqs_hz = self.freqs_hz
        return [
            ("DM", f"{self.dm:g} pc cm^-3"),
            ("powers", f"{len(self.powers)}, half a Fourier bin apart; mean 1 in noise"),
            ("frequency", f"0 to {freqs_hz[-1]:.6g} Hz in bins of {1e3 * self.trial.bin_hz:.4g} mHz, {self.frame}"),
        ]

    def __repr__(self) -> str:
        return facts_text("Spectrum", self._facts())

    def _repr_html_(self) -> str:
        return facts_html("Spectrum", self._facts())


class HarmonicSums:
    """Sums of harmonics for every frequency of the fundamental.

    Parameters
    ----------
    trial
        Powers of the spectrum.
    nharm
        Harmonics to sum: 1, 2, 4, 8, 16 or 32.
    """

    def __init__(self, trial: TrialPowers, nharm: int) -> None:
        self.nharm = nharm
        self._trial = trial
        self.powers = harmonic_sums(trial.powers, nharm)
        """Summed powers, shape [nfft]."""

    @property
    def freqs_hz(self) -> NDArray[np.float64]:
        """Frequency of the fundamental of each sum in Hz, shape [nfft]."""
        return self._trial.freqs_hz / self.nharm

    @property
    def sigma(self) -> NDArray[np.float64]:
        """Gaussian equivalent of the probability of each sum in one trial, shape [nfft]."""
        return sigma_from_log_probability(log_noise_probability(np.maximum(self.powers, 0.0), self.nharm))

    @property
    def best(self) -> tuple[float, float]:
        """Frequency in Hz and sigma of the largest sum, of those that a search looks at: from 0.2 Hz on."""
        first = max(int(np.ceil(2 * self.nharm * _LEAST_HZ / self._trial.bin_hz)), _LEAST_BIN)
        row = min(first, len(self.powers) - 1) + int(np.argmax(self.powers[first:-1], axis=0))
        sigma = sigma_from_log_probability(log_noise_probability(float(self.powers[row]), self.nharm))
        return float(self.freqs_hz[row]), float(sigma)

    def plot(self, signal: Candidate | float | None = None) -> Picture:
        """Draw the sums, and what noise exceeds as rarely as 5 sigma.

        Parameters
        ----------
        signal
            A candidate, or a frequency in Hz, to mark; None for none.
        """
        freq_hz = _freq_hz(signal, self._trial.frame)
        threshold = power_threshold(_SIGMA, self.nharm)
        return Picture(draw_sums(self.freqs_hz, self.powers, self.nharm, threshold, freq_hz))

    def _facts(self) -> list[tuple[str, str]]:
        freq_hz, sigma = self.best
        return [
            ("DM", f"{self._trial.dm:g} pc cm^-3"),
            ("harmonics", f"{self.nharm}; the mean sum in noise is {self.nharm}"),
            ("largest", f"{sigma:.1f} sigma at {freq_hz:.7g} Hz, a period of {1e3 / freq_hz:.6g} ms"),
        ]

    def __repr__(self) -> str:
        return facts_text("HarmonicSums", self._facts())

    def _repr_html_(self) -> str:
        return facts_html("HarmonicSums", self._facts())


def _freq_hz(signal: Candidate | float | None, frame: str) -> float | None:
    if not isinstance(signal, Candidate):
        return signal
    has_other_frame = signal.frame != frame and np.isfinite(signal.topocentric_period_s)
    return 1.0 / float(signal.topocentric_period_s) if has_other_frame else float(signal.freq_hz)
